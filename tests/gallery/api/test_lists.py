"""Lists cost the database the same, however long they are, and refuse what they cannot be asked."""

from base64 import b64encode
from itertools import count

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

from gallery.models import Artwork, StyleModel
from gallery.services.networks import add_network
from gallery.services.teaching import teach_style

pytestmark = pytest.mark.django_db
number = count(1)


@pytest.fixture
def make_remix(make_artwork):
    """An artwork made from another one."""
    return lambda owner: make_artwork(owner, parent=make_artwork(owner))


@pytest.fixture
def make_lesson(trained, example_photo, make_painting):
    """A style that waits to be learnt from a painting of its own."""
    return lambda owner: teach_style(owner, [make_painting(owner, (next(number), 0, 0))])


@pytest.fixture
def make_network(db):
    """A network that was brought, with a style."""

    def make(owner):
        file = SimpleUploadedFile("waves.safetensors", bytes([next(number)]))
        slug = f"waves-{next(number)}"
        StyleModel.objects.create(network=add_network(owner, file, "Waves"), owner=owner, slug=slug, title="Waves")

    return make


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("artwork", "remix"),
        ("style", "lesson"),
        ("job", "lesson"),
        ("network", "network"),
        ("training", "training"),
        ("experiment", "experiment"),
    ],
)
def test_a_longer_list_takes_no_more_queries(request, program_of, trainer, name, made):
    program, address = program_of(trainer), reverse(f"api:{name}-list")
    make = request.getfixturevalue(f"make_{made}")

    def listed() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            return len(program.get(address).data["results"]), len(queries)

    make(trainer)
    shorter, queries = listed()
    make(trainer)
    longer, queries_of_longer = listed()
    assert longer > shorter
    assert queries_of_longer == queries


def test_records_of_the_same_title_come_in_one_order_page_by_page(as_ada_api, ada, make_photo):
    ids = sorted(str(make_photo(ada, (number, 0, 0)).pk) for number in range(6))
    pages, address = [], f"{reverse('api:photo-list')}?ordering=title&page_size=2"
    while address:
        page = as_ada_api.get(address).data
        pages, address = [*pages, *(photo["id"] for photo in page["results"])], page["next"]
    assert pages == ids


def test_a_list_of_very_many_records_of_one_title_comes_to_an_end(as_ada_api, ada):
    Artwork.objects.bulk_create(Artwork(owner=ada, title="Untitled", width=4, height=3) for _ in range(1250))
    found, address = [], f"{reverse('api:artwork-list')}?ordering=title&page_size=100"
    for _ in range(13):
        page = as_ada_api.get(address).data
        found, address = [*found, *(artwork["id"] for artwork in page["results"])], page["next"]
    assert (address, len(found), len(set(found))) == (None, 1250, 1250)


@pytest.mark.parametrize("offset", [10**9, 10**30])
def test_nothing_follows_however_far_a_cursor_counts(as_ada_api, ada, make_photo, offset):
    make_photo(ada)
    cursor = b64encode(f"o={offset}".encode()).decode()
    assert as_ada_api.get(reverse("api:photo-list"), {"cursor": cursor}).data["results"] == []


@pytest.mark.parametrize("position", ["yesterday", "\0"])
def test_a_cursor_that_nobody_was_given_is_no_page(as_ada_api, ada, make_photo, position):
    make_photo(ada)
    cursor = b64encode(f"p={position}".encode()).decode()
    answer = as_ada_api.get(reverse("api:photo-list"), {"cursor": cursor})
    assert (answer.status_code, answer.data["type"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("artwork", {"finished": "banana"}, "finished: Write true or false"),
        ("artwork", {"is_example": "banana"}, "is_example: Write true or false"),
        ("photo", {"is_example": "banana"}, "is_example: Write true or false"),
        ("artwork", {"visibility": "banana"}, "visibility: Select a valid choice"),
        ("artwork", {"ordering": "banana"}, "ordering: Sort by created_at or title"),
        ("artwork", {"ordering": "title,banana"}, "ordering: Sort by created_at or title"),
        ("job", {"ordering": "-created_at"}, "ordering: Sort by queued_at"),
    ],
)
def test_a_list_asked_for_what_it_cannot_do_says_so(as_ada_api, name, query, words):
    response = as_ada_api.get(reverse(f"api:{name}-list"), query)
    assert response.status_code == 400
    assert response.data["message"].startswith(words)


@pytest.mark.parametrize(("word", "count"), [("true", 0), ("0", 1), ("False", 1), ("", 1)])
def test_a_list_is_narrowed_by_a_truth_value_in_any_of_its_spellings(as_ada_api, ada, make_artwork, word, count):
    make_artwork(ada)
    assert len(as_ada_api.get(reverse("api:artwork-list"), {"finished": word}).data["results"]) == count


def test_the_schema_knows_truth_values_and_orderings():
    listed = SchemaGenerator().get_schema(public=True)["paths"]["/api/v1/artworks/"]["get"]["parameters"]
    types = {parameter["name"]: parameter["schema"]["type"] for parameter in listed}
    assert (types["finished"], types["is_example"], types["ordering"]) == ("boolean", "boolean", "string")
