from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gallery.models import ContentImage, StyleImage
from gallery.picture_files import VARIANTS
from tests.conftest import picture_bytes

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def add(kind="content"):
    return reverse("uploads:add", args=[kind])


def broken(name="broken.jpg"):
    return SimpleUploadedFile(name, b"\xff\xd8\xff\xe0 no picture")


def test_pictures_are_asked_for_by_people_who_are_signed_in(client):
    response = client.get(reverse("uploads:list"))
    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


def test_the_address_that_takes_files_leads_to_the_page_of_the_pictures(client, as_ada):
    assert as_ada.get(add("style")).url == reverse("uploads:list", args=["style"])
    client.logout()
    sign_in = f"{reverse('account_login')}?next={reverse('uploads:list', args=['style'])}"
    assert client.post(add("style"), headers={"Accept": "text/html"}).url == sign_in


def test_a_script_gets_the_record_of_the_picture(as_ada, ada, make_upload):
    response = as_ada.post(add(), {"files": make_upload("evening_sky.png")}, headers=JSON)
    photo = ContentImage.objects.get()
    assert response.status_code == 201
    assert photo.owner == ada
    assert response.json() == {
        "id": str(photo.pk),
        "title": "evening sky",
        "width": 96,
        "height": 72,
        "urls": {name: reverse("media:content", args=[photo.pk, name]) for name in VARIANTS},
    }
    assert as_ada.get(response.json()["urls"]["card"]).status_code == 200


def test_a_painting_is_kept_as_a_painting(as_ada, make_upload):
    assert as_ada.post(add("style"), {"files": make_upload()}, headers=JSON).status_code == 201
    assert StyleImage.objects.count() == 1
    assert not ContentImage.objects.exists()


def test_the_owner_is_who_is_signed_in_whatever_the_form_says(as_ada, ada, ben, make_upload):
    as_ada.post(add(), {"files": make_upload(), "owner": ben.pk}, headers=JSON)
    assert ContentImage.objects.get().owner == ada


def test_a_script_is_told_why_a_file_is_refused(as_ada):
    response = as_ada.post(add(), {"files": broken()}, headers=JSON)
    assert response.status_code == 400
    assert response.json()["message"].endswith(".")
    assert not ContentImage.objects.exists()


def test_a_script_is_told_that_a_file_is_empty(as_ada):
    answer = as_ada.post(add(), {"files": SimpleUploadedFile("a.jpg", b"")}, headers=JSON)
    assert (answer.status_code, answer.json()["message"]) == (400, "This file is empty.")


def test_a_script_is_told_that_it_is_signed_out(client, make_upload):
    response = client.post(add(), {"files": make_upload()}, headers=JSON)
    assert response.status_code == 401
    assert "sign in" in response.json()["message"]
    assert not ContentImage.objects.exists()


def test_an_oversized_file_is_answered_with_413_and_a_sentence(as_ada, settings):
    settings.MAX_UPLOAD_BYTES = 1000
    large = SimpleUploadedFile("large.png", picture_bytes(size=(600, 400)))
    response = as_ada.post(add(), {"files": large}, headers=JSON)
    assert response.status_code == 413
    assert "larger than" in response.json()["message"]


@pytest.mark.parametrize("headers", [JSON, {}])
def test_a_file_for_which_the_disk_has_no_room_is_answered_with_507_and_a_sentence(
    as_ada, make_upload, full_disk, headers
):
    full_disk("lake.png")
    answer = as_ada.post(add(), {"files": make_upload("lake.png")}, headers=headers)
    assert answer.status_code == 507
    assert "disk is full" in (answer.json()["message"] if headers else unescape(answer.text))
    assert (ContentImage.objects.count(), full_disk.left()) == (0, [])


def test_a_plain_form_keeps_the_good_files_and_names_the_bad_one(as_ada, make_upload):
    files = [make_upload("one.png"), broken("two.jpg"), make_upload("three.png", color="red")]
    page = as_ada.post(add(), {"files": files})
    assert page.status_code == 400
    assert set(ContentImage.objects.values_list("title", flat=True)) == {"one", "three"}
    assert "two.jpg" in page.text
    assert page.context["refused"][0].name == "two.jpg"


def test_a_plain_form_is_redirected_to_the_list(as_ada, make_upload):
    page = as_ada.post(add("style"), {"files": [make_upload("a.png"), make_upload("b.png", color="red")]}, follow=True)
    assert page.redirect_chain == [(reverse("uploads:list", args=["style"]), 302)]
    assert "2 pictures are here." in page.text


def test_a_plain_form_without_a_file_says_so(as_ada):
    assert "Choose a file first." in as_ada.post(add(), follow=True).text


def test_the_same_picture_twice_is_one_picture(as_ada, make_upload):
    ids = {as_ada.post(add(), {"files": make_upload()}, headers=JSON).json()["id"] for _ in range(2)}
    assert len(ids) == ContentImage.objects.count() == 1


def test_only_own_pictures_and_examples_are_listed(as_ada, ada, ben, make_photo):
    mine, other, example = make_photo(ada), make_photo(ben, "red"), make_photo(ben, "blue")
    ContentImage.objects.filter(pk=mine.pk).update(title="My boat")
    ContentImage.objects.filter(pk=other.pk).update(title="Secret place")
    ContentImage.objects.filter(pk=example.pk).update(title="Lent cat", owner=None, is_example=True)
    page = as_ada.get(reverse("uploads:list")).text
    assert "My boat" in page
    assert "Lent cat" in page
    assert "Secret place" not in page


@pytest.mark.parametrize("name", ["edit", "delete"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_pictures_of_others_and_examples_cannot_be_changed(as_ada, ben, make_photo, name, method):
    other, example = make_photo(ben), make_photo(ben, "red")
    ContentImage.objects.filter(pk=example.pk).update(owner=None, is_example=True)
    for picture in (other, example):
        address = reverse(f"uploads:{name}", args=["content", picture.pk])
        assert getattr(as_ada, method)(address, {"title": "Mine now"}).status_code == 404
    assert ContentImage.objects.count() == 2
    assert not ContentImage.objects.filter(title="Mine now").exists()


def test_title_and_description_can_be_changed(as_ada, ada, make_photo):
    photo = make_photo(ada)
    address = reverse("uploads:edit", args=["content", photo.pk])
    as_ada.post(address, {"title": "Harbour", "alt_text": "Three boats at a quay"})
    photo.refresh_from_db()
    assert (photo.title, photo.alt_text) == ("Harbour", "Three boats at a quay")
    assert 'alt="Three boats at a quay"' in as_ada.get(reverse("uploads:list")).text


def test_an_empty_title_is_refused_and_the_description_kept_in_the_form(as_ada, ada, make_photo):
    photo = make_photo(ada)
    page = as_ada.post(reverse("uploads:edit", args=["content", photo.pk]), {"title": " ", "alt_text": "Three boats"})
    assert "This field is required." in page.text
    assert "Three boats" in page.text
    photo.refresh_from_db()
    assert photo.title


def test_a_picture_is_deleted_only_after_the_question(as_ada, ada, make_photo):
    photo = make_photo(ada)
    address = reverse("uploads:delete", args=["content", photo.pk])
    assert "cannot be brought back" in as_ada.get(address).text
    assert ContentImage.objects.exists()
    as_ada.post(address)
    assert not ContentImage.objects.exists()


def test_a_picture_that_is_needed_stays_and_the_page_says_why(as_ada, ada, make_artwork):
    artwork = make_artwork(ada)
    for kind, picture in (("content", artwork.content), ("style", artwork.styles.get())):
        page = as_ada.post(reverse("uploads:delete", args=[kind, picture.pk]))
        assert page.status_code == 409
        assert 'role="alert"' in page.text
    assert ContentImage.objects.count() == StyleImage.objects.count() == 1


def test_what_needs_a_picture_is_named_before_anybody_tries_to_delete_it(
    as_ada, ada, make_artwork, make_experiment, make_training
):
    artwork, experiment = make_artwork(ada, title="Harbour"), make_experiment(ada, title="Weights")
    training = make_training(ada, styles={"waves": [artwork.styles.get()]})
    for kind, picture, needed_by in (
        ("style", artwork.styles.get(), [artwork, training]),
        ("content", experiment.content, [experiment]),
    ):
        address = reverse("uploads:delete", args=[kind, picture.pk])
        for page in (as_ada.get(address), as_ada.post(address)):
            assert "This cannot be deleted yet" in page.text
            assert "is removed" not in page.text
            assert "Delete it" not in page.text
            for record in needed_by:
                assert f'href="{record.get_absolute_url()}">{record.title}</a>' in page.text


def test_file_names_cannot_bring_markup_into_the_page(as_ada):
    page = as_ada.post(add(), {"files": broken("<img src=x onerror=alert(1)>.jpg")})
    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text
