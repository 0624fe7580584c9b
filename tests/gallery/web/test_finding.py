"""Finding pictures on the gallery's wall: the form, the addresses, the links that lead there."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.http import urlencode

from gallery.models import StyleModel

HOME = reverse("gallery:home")
pytestmark = pytest.mark.django_db


def shown(client, **asked) -> list[str]:
    """The titles on the wall, in their order."""
    return [artwork.title for artwork in client.get(HOME, asked).context["page"]]


def main(client, **asked) -> str:
    """What the page says, whoever it is said to."""
    return client.get(HOME, asked).text.partition("<main")[2]


def options(page: str) -> list[str]:
    return re.findall(
        r'<option value="[^"]*"[^>]*>([^<]*)</option>', page.partition('id="id_style"')[2].split("</select>")[0]
    )


@pytest.fixture
def bundled(ada, make_painting, named):
    """A painting of the gallery's own."""
    return named(make_painting(ada), "Ripe corn", owner=None, is_example=True)


def test_the_wall_is_narrowed_by_words_and_style_and_put_in_order(client, ada, ben, hang, trained, bundled):
    dots, lines = trained
    hang(ada, "boat", dots)
    hang(ben, "Anchor", dots, lines)
    hang(ada, "Quay", bundled)
    assert shown(client) == shown(client, search="", style="", order="newest") == ["Quay", "Anchor", "boat"]
    assert shown(client, order="oldest") == ["boat", "Anchor", "Quay"]
    assert shown(client, order="title") == ["Anchor", "boat", "Quay"]
    assert shown(client, style=dots.slug, order="title") == ["Anchor", "boat"]
    assert shown(client, style=lines.slug) == ["Anchor"]
    assert shown(client, style=bundled.pk) == ["Quay"]
    assert shown(client, style=dots.slug, search="ada") == ["boat"]


def test_commas_and_quotation_marks_are_no_part_of_a_word(client, ada, hang):
    hang(ada, "Boat and quay")
    for text in ("boat, quay", '"boat and quay"', "“Quay”,,", "  boat\t quay "):
        assert shown(client, search=text) == ["Boat and quay"]


def test_the_form_needs_no_script_and_shows_what_was_asked(client, ada, hang, trained):
    hang(ada, "Boat", trained[0])
    hang(ada, "Small boat", trained[0])
    page = client.get(HOME, {"search": 'the "boat"', "style": trained[0].slug, "order": "title"}).text
    form = page.partition('<form class="finder"')[2].split("</form>")[0]
    assert 'method="get"' in form
    assert 'value="the &quot;boat&quot;"' in form
    assert f'<option value="{trained[0].slug}" selected>' in form
    assert '<option value="title" selected>' in form
    for name in ("search", "style", "order"):
        assert f'for="id_{name}"' in form
        assert f'id="id_{name}"' in form
    assert f'href="{HOME}">Clear</a>' in form
    assert "2 artworks found." in client.get(HOME, {"search": "boat"}).text
    assert "1 artwork found." in client.get(HOME, {"search": "small"}).text


def test_a_wall_that_is_asked_for_nothing_offers_nothing_to_clear(client, ada, hang):
    assert 'class="finder"' not in client.get(HOME).text
    hang(ada, "Boat")
    page = client.get(HOME).text
    assert 'class="finder"' in page
    assert ">Clear<" not in page
    assert "found." not in page
    assert "noindex" not in page


def test_further_pages_keep_what_was_asked(client, ada, hang, trained):
    for number in range(30):
        hang(ada, f"Boat {number:02}", trained[0])
        hang(ada, f"Quay {number:02}")
    asked = {"search": "boat ada", "style": trained[0].slug, "order": "title"}
    first = client.get(HOME, asked).text
    following = f"?{urlencode({**asked, 'page': 2})}".replace("&", "&amp;")
    assert f'href="{following}" hx-get="{following}"' in first
    second = client.get(HOME, {**asked, "page": 2})
    assert [artwork.title for artwork in second.context["page"]] == [f"Boat {number}" for number in range(24, 30)]
    assert f'href="?{urlencode({**asked, "page": 1})}"'.replace("&", "&amp;") in second.text
    assert 'name="page"' not in second.text


def test_where_nothing_is_found_the_page_says_so_and_leads_on(client, ada, hang, trained):
    hang(ada, "Boat", trained[0])
    page = client.get(HOME, {"search": "<b>whale</b>"}).text
    assert "Nothing found" in page
    assert "“&lt;b&gt;whale&lt;/b&gt;”" in page
    assert "Show the whole gallery" in page
    page = client.get(HOME, {"search": "whale", "style": trained[0].slug}).text
    assert 'href="/?search=whale">Search all styles' in page
    page = client.get(HOME, {"style": trained[1].slug}).text
    assert f'href="{reverse("create:create")}?model={trained[1].pk}">Paint the first' in page


def test_who_looks_in_vain_for_a_style_by_its_name_may_paint_in_it(client, ben, make_painting, named, trained, bundled):
    named(make_painting(ben), "Ripe plums")
    page = client.get(HOME, {"search": "RIPE"}).text
    assert f'href="{reverse("create:create")}?style={bundled.pk}">Paint in Ripe corn' in page
    assert "Ripe plums" not in page, "which is ben's alone"
    named = trained[0].title
    assert f'href="{reverse("create:create")}?model={trained[0].pk}">Paint in {named}' in main(client, search=named)
    assert "Paint in" not in main(client, search="ripe whale")
    StyleModel.objects.filter(pk=trained[0].pk).update(title="<b>Dots</b>")
    assert "Paint in &lt;b&gt;Dots&lt;/b&gt;" in main(client, search="dots")


def test_a_style_may_be_chosen_once_something_everybody_sees_was_painted_in_it(client, ada, hang, trained, bundled):
    hang(ada, "With the link", trained[0], bundled, visibility="unlisted")
    hang(ada, "Mine", trained[0], bundled, visibility="private")
    hang(ada, "Other")
    assert options(client.get(HOME).text) == ["Any style"]
    hang(ada, "Boat", trained[0], bundled)
    assert options(client.get(HOME).text) == ["Any style", trained[0].title, bundled.title]
    assert options(client.get(HOME, {"style": trained[1].slug}).text) == ["Any style", trained[0].title,
                                                                          trained[1].title, bundled.title]  # fmt: skip


@pytest.mark.parametrize("state", ["private", "offered", "retired"])
def test_a_style_that_is_not_public_is_as_one_that_there_is_not(
    as_ada, ada, hang, trained, named, make_painting, state
):
    named(trained[0], "Hidden twigs", state=state, owner=ada, is_example=False)
    painting = named(make_painting(ada), "Hidden canvas")
    hang(ada, "Boat", trained[0], painting)
    for visitor in (Client(), as_ada):
        unknown = main(visitor, style="unheard-of")
        assert "There is no such style here" in unknown
        for key in (trained[0].slug, str(painting.pk)):
            assert main(visitor, style=key) == unknown
        assert shown(visitor, search="hidden") == []
        assert options(visitor.get(HOME).text) == ["Any style"]


def test_what_is_not_public_is_neither_found_nor_counted(as_ada, ada, hang, trained):
    hang(ada, "Boat", trained[0])
    hang(ada, "Boat with the link", trained[0], visibility="unlisted")
    hang(ada, "Boat of mine", trained[0], visibility="private")
    for visitor in (Client(), as_ada):
        assert shown(visitor, search="boat") == shown(visitor, style=trained[0].slug) == ["Boat"]
        assert "1 artwork found." in visitor.get(HOME, {"search": "boat"}).text
        assert ">1 artwork in the gallery<" in visitor.get(trained[0].get_absolute_url()).text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"search": "a" * 10_000}, "at most 100 characters (it has 10000)"),
        ({"search": "a b c d e f g h i j k"}, "10 words at the most"),
        ({"search": "boat\0"}, "Null characters are not allowed"),
        ({"style": "banana"}, "There is no such style here"),
        ({"style": "\0"}, "There is no such style here"),
        ({"style": "b" * 10_000}, "There is no such style here"),
        ({"order": "banana"}, "There is no such order"),
        ({"page": "banana"}, ""),
        ({"page": "-1"}, ""),
        ({"page": "9" * 5000}, ""),
        ({"search": ","}, ""),
    ],
    ids=lambda part: str(part)[:24],
)
def test_odd_values_are_told_and_all_pictures_shown(client, ada, hang, trained, asked, said):
    hang(ada, "Boat", trained[0])
    answer = client.get(HOME, asked)
    assert answer.status_code == 200
    assert said in answer.text
    assert [artwork.title for artwork in answer.context["page"]] == ["Boat"]


def test_the_number_of_queries_grows_neither_with_pictures_nor_with_styles(client, ada, ben, hang, trained, bundled):
    asked = {"search": "boat", "order": "title"}
    counts = []
    for more in (1, 8):
        for number in range(more):
            hang(ada if number % 2 else ben, f"Boat {number}", *trained[: 1 if more == 1 else 2], bundled)
        with CaptureQueriesContext(connection) as queries:
            client.get(HOME, asked)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_style_leads_to_the_artworks_in_it(client, ada, hang, trained):
    hang(ada, "Boat", trained[0])
    link = f'href="{HOME}?style={trained[0].slug}"'
    hang(ada, "With the link", trained[1], visibility="unlisted")
    for page in (reverse("styles:list"), trained[0].get_absolute_url()):
        assert link in client.get(page).text
    for page in (reverse("styles:list"), trained[1].get_absolute_url()):
        assert f"?style={trained[1].slug}" not in client.get(page).text


def test_a_style_of_ones_own_leads_to_the_gallery_once_it_is_published(as_ada, ada, hang, trained, named):
    named(trained[0], "Twigs", state="private", owner=ada, is_example=False)
    hang(ada, "Boat", trained[0])
    pages = [reverse("styles:list"), trained[0].get_absolute_url()]
    assert not [page for page in pages if f"{HOME}?style=" in as_ada.get(page).text]
    StyleModel.objects.update(state="published")
    assert [page for page in pages if f"{HOME}?style={trained[0].slug}" in as_ada.get(page).text] == pages


def test_an_artwork_leads_to_others_in_its_styles_where_everybody_may_see_them(
    as_ada, ada, hang, trained, named, bundled, make_painting
):
    own = named(make_painting(ada, "red"), "Hidden canvas")
    named(trained[1], "Hidden twigs", state="private", owner=ada, is_example=False)
    artwork = hang(ada, "Boat", *trained, bundled, own)
    for visitor in (Client(), as_ada):
        page = visitor.get(artwork.get_absolute_url()).text
        assert re.findall(rf'href="{HOME}\?style=([^"]*)"', page) == [trained[0].slug, str(bundled.pk)]
