"""Finding one's own pictures, however many there are."""

import re

import pytest
from django.urls import reverse

from gallery.web import artworks, uploads

pytestmark = pytest.mark.django_db
PHOTOS = reverse("uploads:list", args=["content"])


def shown(client, address=PHOTOS, **asked) -> list[str]:
    return [record.title for record in client.get(address, asked).context["page"]]


@pytest.fixture
def photos(ada, make_photo, named):
    return [
        named(make_photo(ada, "red"), "Red boat", alt_text="At the Äußere quay"),
        named(make_photo(ada, "green"), "Green boat"),
    ]


def test_own_pictures_are_found_by_words_of_title_and_description(as_ada, photos, ben, make_photo, named):
    named(make_photo(ben), "Boat of Ben")
    assert shown(as_ada, search="boat") == ["Green boat", "Red boat"]
    assert shown(as_ada, search="BOAT äußere") == ["Red boat"]
    page = as_ada.get(PHOTOS, {"search": "boat red"}).text
    assert "1 photo found." in page
    assert 'role="search" aria-label="My pictures"' in page


def test_who_searches_own_pictures_in_vain_is_told_and_can_search_again(as_ada, photos, example_photo):
    page = as_ada.get(PHOTOS, {"search": "harbour"})
    assert "None of your photos matches “harbour”." in page.text
    assert 'value="harbour"' in page.text
    assert reverse("media:content", args=[example_photo.pk, "card"]) not in page.text


def test_who_has_no_pictures_yet_is_not_asked_what_to_search(as_ada):
    assert 'role="search"' not in as_ada.get(PHOTOS).text


def test_any_page_of_a_long_list_is_one_step_away_and_keeps_what_was_asked(
    as_ada, ada, photos, make_photo, make_artwork, named, monkeypatch
):
    named(make_photo(ada, "blue"), "Blue boat")
    named(make_photo(ada, "black"), "Black boat")
    monkeypatch.setattr(uploads, "PER_PAGE", 1)
    monkeypatch.setattr(artworks, "PER_PAGE", 1)
    page = as_ada.get(PHOTOS, {"search": "boat", "page": 2}).text
    form = page.partition('<form class="page-number" method="get">')[2].partition("</form>")[0]
    assert re.findall(r'name="(\w+)" value="([^"]*)"', form) == [("search", "boat"), ("page", "2")]
    assert 'max="4"' in form
    assert shown(as_ada, search="boat", page=4) == ["Red boat"]
    for title in ("Blue evening", "Red morning"):
        make_artwork(ada, title=title)
    assert "Page 1 of 2" in as_ada.get(reverse("artworks:mine")).text


def test_the_choices_of_create_offer_a_picture_no_larger_than_they_show(as_ada, ada, make_photo):
    address = reverse("media:content", args=[make_photo(ada, size=(900, 600)).pk, "small"])
    assert f"{address} 160w" in as_ada.get(reverse("create:create")).text
