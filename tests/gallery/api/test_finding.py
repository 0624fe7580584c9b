"""Programs find artworks as the gallery's page does, and among one's own by all that one may read."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

LIST = reverse("api:artwork-list")
pytestmark = pytest.mark.django_db


def found(program, **asked) -> list[str]:
    answer = program.get(LIST, asked)
    assert answer.status_code == 200, answer.data
    return [artwork["title"] for artwork in answer.data["results"]]


@pytest.fixture
def wall(ada, ben, hang, trained, named, make_painting, make_photo):
    """Artworks of two people; Ada's were made with a style and pictures that nobody else may see."""
    named(trained[1], "Hidden twigs", state="private", owner=ada, is_example=False)
    canvas, holiday = named(make_painting(ada), "Hidden canvas"), named(make_photo(ada), "Hidden holiday")
    hang(ada, "Boat", trained[0], trained[1], canvas, content=holiday)
    hang(ada, "Boat of mine", trained[0], visibility="private")
    hang(ben, "Quay", trained[0])
    hang(ben, "Boat with the link", trained[0], visibility="unlisted")
    return {"dots": trained[0].slug, "twigs": trained[1].slug, "canvas": str(canvas.pk)}


def test_the_gallery_is_searched_as_its_page_is(client, api, as_ada_api, as_ben_api, wall):
    for asked, titles in [
        ({"search": "boat"}, {"Boat"}),
        ({"search": "quay ben"}, {"Quay"}),
        ({"style": wall["dots"]}, {"Boat", "Quay"}),
        ({"search": "hidden"}, set()),
    ]:
        page = client.get(reverse("gallery:home"), asked).context["page"]
        assert {artwork.title for artwork in page} == titles
        for program in (api, as_ada_api, as_ben_api):
            assert set(found(program, scope="public", **asked)) == titles


def test_among_ones_own_everything_one_may_read_is_found(as_ada_api, as_ben_api, wall):
    assert set(found(as_ada_api, search="boat")) == {"Boat", "Boat of mine"}
    for word in ("twigs", "canvas", "holiday"):
        assert found(as_ada_api, search=f"hidden {word}") == ["Boat"]
        assert found(as_ben_api, search=word) == []
    assert found(as_ada_api, style=wall["twigs"]) == found(as_ada_api, style=wall["canvas"]) == ["Boat"]


@pytest.mark.parametrize("name", ["twigs", "canvas"])
def test_a_style_of_anothers_is_refused_like_one_that_there_is_not(api, as_ada_api, as_ben_api, wall, name):
    unknown = api.get(LIST, {"style": "unheard-of"})
    assert (unknown.status_code, unknown.data["fields"]) == (
        400, {"style": ["There is no such style here; choose another."]}
    )  # fmt: skip
    for program, scope in ((api, "public"), (as_ben_api, "mine"), (as_ben_api, "public"), (as_ada_api, "public")):
        refused = program.get(LIST, {"style": wall[name], "scope": scope})
        assert (refused.status_code, refused.data) == (400, unknown.data)


@pytest.mark.parametrize(("search", "said"), [("a\0", "Null characters"), ("a" * 101, "at most 100 characters")])
def test_a_search_that_cannot_be_is_refused(api, search, said):
    answer = api.get(LIST, {"search": search})
    assert answer.status_code == 400
    assert said in answer.data["fields"]["search"][0]


def test_a_search_that_finds_more_takes_no_more_queries(api, ada, ben, hang, trained):
    counts = []
    for more in (1, 8):
        for number in range(more):
            hang(ada if number % 2 else ben, f"Boat {number}", *trained)
        with CaptureQueriesContext(connection) as queries:
            found(api, search="boat", style=trained[0].slug)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_schema_describes_how_artworks_are_found():
    listed = SchemaGenerator().get_schema(public=True)["paths"]["/api/v1/artworks/"]["get"]["parameters"]
    described = {parameter["name"]: parameter for parameter in listed}
    assert described["search"]["schema"] == {"type": "string", "maxLength": 100}
    assert "every one" in described["search"]["description"]
    assert described["style"]["schema"] == {"type": "string"}
    assert "slug" in described["style"]["description"]
