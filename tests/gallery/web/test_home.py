import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery.services.artworks import share_artwork

HOME = reverse("gallery:home")
pytestmark = pytest.mark.django_db


def test_a_bare_gallery_says_so(client):
    page = client.get(HOME)
    assert "Nobody has published an artwork yet" in page.text
    assert reverse("account_signup") in page.text


def test_only_what_is_public_hangs_in_the_gallery(client, ada, hang):
    hang(ada, "Work 1")
    hang(ada, "Work 2", visibility="unlisted")
    hang(ada, "Work 3", visibility="private", published_at=None)
    page = client.get(HOME).text
    assert "Work 1" in page
    assert "by <bdi>ada</bdi>" in page
    assert "Work 2" not in page
    assert "Work 3" not in page


def test_a_really_painted_artwork_appears_with_its_size_reserved(client, ada, make_painted):
    artwork = make_painted(ada)
    share_artwork(artwork, "public", False)
    page = client.get(HOME).text
    assert reverse("media:artwork", args=[artwork.pk, "card"]) in page
    assert f'width="{artwork.width}" height="{artwork.height}"' in page


def test_titles_are_escaped(client, ada, hang):
    hang(ada, "<script>alert(1)</script>")
    page = client.get(HOME).text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_more_pictures_are_a_link_without_scripts_and_a_fragment_with_them(client, ada, hang):
    for number in range(30):
        hang(ada, f"Work {number}")
    first = client.get(HOME)
    assert first.text.count('class="work ') == 24
    assert "?page=2" in first.text
    second = client.get(HOME, {"page": 2})
    assert second.text.count('class="work ') == 6
    assert "<html" in second.text
    previous = '<p><a class="button quiet" href="?page=1">Previous pictures</a></p>'
    assert previous in second.text, "also with scripts, which lead here where a fragment does not come"
    fragment = client.get(HOME, {"page": 2}, headers={"HX-Request": "true"})
    assert fragment.text.count('class="work ') == 6
    assert "<html" not in fragment.text
    assert "HX-Request" in fragment["Vary"]


def test_the_number_of_queries_does_not_grow_with_the_pictures(client, ada, ben, hang, django_assert_num_queries):
    for number in range(20):
        hang(ada if number % 2 else ben, f"Work {number}")
    with django_assert_num_queries(4):  # how many there are, the pictures, the trained styles, the paintings
        client.get(HOME)


@pytest.mark.parametrize("wall", [HOME, reverse("artworks:mine")])
def test_a_wall_does_not_read_what_it_does_not_show(as_ada, ada, hang, wall):
    hang(ada, "Work 1", loss_history=[{"step": 1, "total": 2.0}])
    with CaptureQueriesContext(connection) as asked:
        assert "Work 1" in as_ada.get(wall).text
    assert not [query["sql"] for query in asked if "loss_history" in query["sql"] or "provenance" in query["sql"]]


def test_browsers_find_the_icon_where_they_look_for_it(client):
    assert client.get("/favicon.ico").url.endswith("img/favicon.svg")
