"""Several own things are deleted together: ticked in their list, after one question."""

import pytest
from django.urls import reverse

from gallery.models import Artwork, ContentImage, StyleImage
from gallery.services.artworks import share_artwork

pytestmark = pytest.mark.django_db
MINE, ARTWORKS = reverse("artworks:mine"), reverse("artworks:delete_several")
PHOTOS, PAINTINGS = (reverse("uploads:delete_several", args=[kind]) for kind in ("content", "style"))


def ticked(*records, **more):
    return {"ticked": [str(record.pk) for record in records], **more}


def test_ticked_artworks_are_deleted_after_one_question_that_names_them(as_ada, ada, make_painted, make_artwork):
    shared, waiting, kept = make_painted(ada, title="Shared"), make_artwork(ada, title="Waiting"), make_artwork(ada)
    share_artwork(shared, "public")
    place = f"{MINE}?show=all&page=1"
    assert f'name="ticked" value="{shared.pk}"' in as_ada.get(place).text
    question = as_ada.post(f"{ARTWORKS}?next={place.replace('&', '%26')}", ticked(shared, waiting))
    assert "Delete 2 artworks?" in question.text
    assert "Shared</a>, seen by: Everyone, in the gallery" in question.text
    assert "Waiting</a>, not painted yet" in question.text
    assert Artwork.objects.count() == 3
    answer = as_ada.post(f"{ARTWORKS}?next={place.replace('&', '%26')}", ticked(shared, waiting, sure="yes"))
    assert answer.url == place
    assert list(Artwork.objects.all()) == [kept]
    assert "2 were deleted." in as_ada.get(place).text


def test_pictures_that_are_needed_are_named_with_their_reasons_and_stay(as_ada, ada, make_artwork, make_photo, named):
    artwork, spare = make_artwork(ada), named(make_photo(ada, "red"), "Spare one")
    photo = named(artwork.content, "Needed one")
    question = as_ada.post(PHOTOS, ticked(photo, spare)).text
    assert "Delete 1 photo?" in question
    assert "1 of those ticked is needed and stays:" in question
    assert "Needed one</a>: An artwork is being painted from this photo" in question
    assert f'name="ticked" value="{spare.pk}"' in question
    assert f'name="ticked" value="{photo.pk}"' not in question
    page = as_ada.post(PHOTOS, ticked(photo, spare, sure="yes"), follow=True).text
    assert list(ContentImage.objects.all()) == [photo]
    assert "1 was deleted." in page
    assert "“Needed one” stays. An artwork is being painted from this photo" in page


def test_where_all_that_is_ticked_is_needed_there_is_nothing_to_agree_to(
    as_ada, ada, make_artwork, make_painting, make_training
):
    artwork, taught = make_artwork(ada), make_painting(ada, "red")
    make_training(ada, styles={"waves": [taught]})
    question = as_ada.post(PAINTINGS, ticked(artwork.styles.get(), taught)).text
    assert "None of these can be deleted yet" in question
    assert "part of an artwork of yours" in question
    assert "A training was made with this painting" in question
    assert 'name="sure"' not in question
    assert StyleImage.objects.count() == 2


def test_nothing_of_others_and_nothing_of_the_gallery_is_deleted_whatever_is_sent(
    as_ada, ben, make_photo, make_artwork, example_photo
):
    other, artwork = make_photo(ben), make_artwork(ben)
    for address, records in ((PHOTOS, (other, example_photo)), (ARTWORKS, (artwork,))):
        for more in ({}, {"sure": "yes"}):
            page = as_ada.post(address, ticked(*records, **more), follow=True)
            assert "Nothing was ticked." in page.text
    assert as_ada.post(PHOTOS, {"ticked": ["", "nonsense", "'"]}).status_code == 302
    assert ContentImage.objects.filter(pk__in=[other.pk, example_photo.pk]).count() == 2
    assert Artwork.objects.filter(pk=artwork.pk).exists()


def test_who_opens_the_address_is_led_to_the_list(as_ada):
    assert as_ada.get(ARTWORKS).url == MINE
    assert as_ada.get(PAINTINGS).url == reverse("uploads:list", args=["style"])
