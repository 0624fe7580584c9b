import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gallery.models import ContentImage
from tests.conftest import picture_bytes

pytestmark = pytest.mark.django_db
PHOTOS, PAINTINGS = reverse("api:photo-list"), reverse("api:painting-list")


@pytest.mark.parametrize("address", [PHOTOS, PAINTINGS])
def test_a_picture_is_brought_as_a_form(as_ada_api, address, make_upload):
    answer = as_ada_api.post(address, {"file": make_upload("lake.png"), "title": "Lake"}, format="multipart")
    assert answer.status_code == 201, answer.data
    assert (answer.data["title"], answer.data["width"]) == ("Lake", 96)
    assert as_ada_api.get(answer.data["files"]["card"]).status_code == 200


def test_a_picture_is_brought_as_the_body_itself(as_ada_api):
    headers = {"Content-Disposition": "attachment; filename=lake.png"}
    answer = as_ada_api.post(PHOTOS, picture_bytes(), content_type="image/png", headers=headers)
    assert (answer.status_code, answer.data["title"]) == (201, "lake")
    nameless = as_ada_api.post(PHOTOS, picture_bytes("red"), content_type="image/png")
    assert (nameless.status_code, nameless.data["title"]) == (201, "picture")


def test_the_same_file_again_gives_the_first_record(as_ada_api, make_upload):
    first, second = (
        as_ada_api.post(PHOTOS, {"file": make_upload("a.png")}, format="multipart").data["id"] for _ in range(2)
    )
    assert first == second


def test_what_is_no_picture_is_refused_with_a_sentence(as_ada_api):
    answer = as_ada_api.post(PHOTOS, b"not a picture", content_type="image/jpeg")
    assert (answer.status_code, answer.data["type"]) == (400, "upload_rejected")
    for body in ({}, {"file": "text"}):
        answer = as_ada_api.post(PHOTOS, body, format="multipart")
        assert "file" in answer.data["fields"]
    assert not ContentImage.objects.exists()


def test_an_empty_file_is_called_empty(as_ada_api):
    answer = as_ada_api.post(PHOTOS, {"file": SimpleUploadedFile("lake.png", b"")}, format="multipart")
    assert (answer.status_code, answer.data["message"]) == (400, "This file is empty.")


@pytest.mark.parametrize("raw", [True, False])
def test_a_file_too_large_is_refused_as_such(as_ada_api, settings, make_upload, raw):
    settings.MAX_UPLOAD_BYTES = 100
    if raw:
        answer = as_ada_api.post(PHOTOS, picture_bytes(), content_type="image/png")
    else:
        answer = as_ada_api.post(PHOTOS, {"file": make_upload()}, format="multipart")
    assert answer.status_code == 413
    assert "send a smaller one" in answer.data["message"]
    assert not ContentImage.objects.exists()


@pytest.mark.parametrize("raw", [True, False])
def test_a_file_for_which_the_disk_has_no_room_is_refused_as_such(as_ada_api, full_disk, make_upload, raw):
    full_disk("picture")
    if raw:
        answer = as_ada_api.post(PHOTOS, picture_bytes(), content_type="image/png")
    else:
        answer = as_ada_api.post(PHOTOS, {"file": make_upload("picture")}, format="multipart")
    assert (answer.status_code, answer.data["type"]) == (507, "no_room")
    assert "disk is full" in answer.data["message"]
    assert (ContentImage.objects.count(), full_disk.left()) == (0, [])


def test_a_picture_is_renamed_and_removed(as_ada_api, ada, make_photo):
    address = reverse("api:photo-detail", args=[make_photo(ada).pk])
    assert as_ada_api.patch(address, {"title": "Lake", "alt_text": "A lake"}).data["alt_text"] == "A lake"
    assert as_ada_api.delete(address).status_code == 204
    assert as_ada_api.get(address).status_code == 404


def test_a_painting_that_is_needed_is_kept(as_ada_api, ada, make_artwork):
    painting = make_artwork(ada).styles.get()
    answer = as_ada_api.delete(reverse("api:painting-detail", args=[painting.pk]))
    assert (answer.status_code, answer.data["type"]) == (409, "conflict")


@pytest.mark.parametrize("title", ["a\0b", "a" * 121])
def test_a_title_that_cannot_be_kept_is_refused_before_the_file_is(as_ada_api, make_upload, title):
    answer = as_ada_api.post(PHOTOS, {"file": make_upload(), "title": title}, format="multipart")
    assert (answer.status_code, list(answer.data["fields"])) == (400, ["title"])
    assert not ContentImage.objects.exists()
