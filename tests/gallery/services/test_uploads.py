import errno
import io
import shutil
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from gallery.exceptions import Conflict, NoRoom, QuotaExceeded, UploadRejected
from gallery.models import ContentImage, StyleModel
from gallery.services import uploads
from gallery.services.requests import request_instant_artwork
from gallery.services.room import bytes_in
from tests.conftest import picture_bytes

pytestmark = pytest.mark.django_db


def stored_files(media_root):
    return [path for path in media_root.rglob("*") if path.is_file()]


def test_an_upload_is_encoded_anew_and_named_by_its_id(ada, make_upload, media_root):
    photo = uploads.add_content_image(ada, make_upload("../../etc/My_holiday photo.PNG", size=(120, 80)))
    assert (photo.title, photo.width, photo.height, photo.owner) == ("My holiday photo", 120, 80, ada)
    assert stored_files(media_root) == [media_root / "content" / f"{photo.pk}.jpg"]
    with Image.open(photo.file.path) as stored:
        assert (stored.format, stored.size) == ("JPEG", (120, 80))


def test_metadata_and_orientation_do_not_survive_in_the_file(ada):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "taken at home"
    buffer = io.BytesIO()
    Image.new("RGB", (120, 80), "navy").save(buffer, "JPEG", exif=exif)
    photo = uploads.add_content_image(ada, SimpleUploadedFile("a.jpg", buffer.getvalue()))
    assert (photo.width, photo.height) == (80, 120)
    with Image.open(photo.file.path) as stored:
        assert not stored.getexif()


@pytest.mark.parametrize("told", [{"comment": b"Ann, 12 Elm Street"}, {"xmp": b"<x>12 Elm Street</x>"}])
def test_nothing_that_was_written_into_a_photo_survives(ada, told):
    buffer = io.BytesIO()
    Image.new("RGB", (120, 80), "navy").save(buffer, "JPEG", **told)
    assert b"12 Elm Street" in buffer.getvalue()
    photo = uploads.add_content_image(ada, SimpleUploadedFile("a.jpg", buffer.getvalue()))
    assert b"12 Elm Street" not in photo.file.read()


def test_transparency_is_kept_as_png(ada, make_upload):
    photo = uploads.add_content_image(ada, make_upload(mode="RGBA", color=(0, 128, 0, 100)))
    assert photo.file.name.endswith(".png")
    with Image.open(photo.file.path) as stored:
        assert stored.mode == "RGBA"


def test_the_same_file_twice_gives_one_picture_and_other_people_get_their_own(ada, ben, make_photo):
    first = make_photo(ada)
    assert make_photo(ada) == first
    assert make_photo(ben) != first


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This file is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture"),
        (b"<?php system('id'); ?>", "picture"),
        (picture_bytes()[:200], "damaged|end"),
        (picture_bytes(size=(20, 20)), "small|least"),
        (picture_bytes(format="GIF", mode="L", color=3), "picture"),
    ],
    ids=["empty", "svg", "php", "truncated", "tiny", "gif"],
)
def test_what_is_no_usable_picture_is_refused_in_a_sentence_and_leaves_nothing(ada, media_root, data, words):
    with pytest.raises(UploadRejected, match=words):
        uploads.add_content_image(ada, SimpleUploadedFile("evil.jpg", data, content_type="image/jpeg"))
    assert not ContentImage.objects.exists()
    assert stored_files(media_root) == []


def test_too_many_pixels_are_refused_before_decoding(ada, settings, make_upload):
    settings.MAX_UPLOAD_PIXELS = 1000
    with pytest.raises(UploadRejected, match="pixels"):
        uploads.add_content_image(ada, make_upload())


@pytest.mark.parametrize("add", [uploads.add_content_image, uploads.add_style_image])
def test_a_strip_too_long_to_paint_is_refused_and_the_longest_allowed_is_kept(ada, make_upload, media_root, add):
    for size in ((64 * 20 + 1, 64), (64, 64 * 20 + 1)):
        with pytest.raises(UploadRejected, match="at most 20 times its shorter one"):
            add(ada, make_upload(size=size))
    assert stored_files(media_root) == []
    assert add(ada, make_upload(size=(64 * 20, 64))).width == 64 * 20


def test_the_quota_counts_photos_and_paintings_together(ada, settings, make_upload, make_photo):
    make_photo(ada)
    settings.MAX_UPLOADED_BYTES_PER_USER = ContentImage.objects.get().byte_size + 10
    with pytest.raises(QuotaExceeded, match="delete some"):
        uploads.add_style_image(ada, make_upload(color="red"))


@pytest.fixture
def noise():
    """A small file that grows as it is encoded anew."""
    buffer = io.BytesIO()
    Image.effect_noise((300, 200), 90).convert("RGB").save(buffer, "WEBP", quality=30)
    return SimpleUploadedFile("noise.webp", buffer.getvalue())


def test_the_quota_counts_a_picture_as_it_is_kept(ada, ben, settings, noise, media_root):
    kept = uploads.add_content_image(ben, noise)
    assert kept.byte_size == kept.file.size > 2 * noise.size
    settings.MAX_UPLOADED_BYTES_PER_USER = kept.byte_size - 1
    with pytest.raises(QuotaExceeded, match="delete some"):
        uploads.add_content_image(ada, noise)
    assert stored_files(media_root) == [media_root / kept.file.name]
    settings.MAX_UPLOADED_BYTES_PER_USER = kept.byte_size
    assert uploads.add_content_image(ada, noise).owner == ada


def test_a_picture_that_takes_what_the_disk_keeps_free_is_not_kept(ada, settings, noise, media_root, monkeypatch):
    settings.MIN_FREE_BYTES, disk = 1000, 1000 + 2 * noise.size
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=disk - bytes_in(media_root)))
    with pytest.raises(NoRoom, match="make room first"):
        uploads.add_content_image(ada, noise)
    assert (ContentImage.objects.count(), stored_files(media_root)) == (0, [])


def test_who_has_no_room_left_may_send_again_what_is_here(ada, settings, make_photo):
    photo = make_photo(ada)
    settings.MAX_UPLOADED_BYTES_PER_USER = photo.byte_size
    assert make_photo(ada) == photo


def test_a_full_disk_is_told_and_leaves_no_record(ada, make_upload, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    with pytest.raises(NoRoom, match="disk is full"):
        uploads.add_content_image(ada, make_upload())
    assert not ContentImage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_deleting_a_picture_deletes_its_file(ada, make_photo, media_root):
    uploads.delete_source_image(make_photo(ada))
    assert stored_files(media_root) == []


def test_a_photo_whose_file_was_lost_is_kept_anew_under_its_record(ada, make_upload, media_root):
    photo = uploads.add_content_image(ada, make_upload(), "Pier")
    path = media_root / photo.file.name
    stored = path.read_bytes()
    path.unlink()
    again = uploads.add_content_image(ada, make_upload(), "Bridge")
    assert (again, again.title) == (photo, "Pier")
    assert (media_root / again.file.name).read_bytes() == stored
    again.refresh_from_db()
    assert (again.file.name, again.byte_size) == (photo.file.name, len(stored))


def test_a_photo_in_use_and_a_painting_in_an_artwork_are_not_deleted(ada, make_artwork):
    artwork = make_artwork(ada)
    with pytest.raises(Conflict, match="being painted"):
        uploads.delete_source_image(artwork.content)
    with pytest.raises(Conflict, match="part of an artwork"):
        uploads.delete_source_image(artwork.styles.get())
    assert artwork.styles.get().file.storage.exists(artwork.styles.get().file.name)


@pytest.fixture
def taught_by(trained):
    """Makes the first style one that can be refined by this painting alone."""

    def taught_by(painting):
        StyleModel.objects.filter(pk=trained[0].pk).update(texture="")
        trained[0].pictures.add(painting)
        return StyleModel.objects.get(pk=trained[0].pk)

    return taught_by


def test_a_painting_stays_while_a_picture_waits_to_be_refined_by_it(
    ada, ben, make_photo, make_painting, taught_by, run_jobs
):
    painting = make_painting(ada)
    refined = {"image_size": 64, "refine_steps": 2}
    artwork = request_instant_artwork(ben, make_photo(ben), [(taught_by(painting), 1)], refined)
    with pytest.raises(Conflict, match="being refined by this painting"):
        uploads.delete_source_image(painting)
    run_jobs()
    assert artwork.latest_job.state == "succeeded"
    uploads.delete_source_image(painting)


def test_a_painting_may_go_while_a_picture_waits_that_is_painted_at_once(ada, make_photo, make_painting, taught_by):
    painting = make_painting(ada)
    request_instant_artwork(ada, make_photo(ada), [(taught_by(painting), 1)], {"image_size": 64})
    uploads.delete_source_image(painting)


def test_an_account_can_be_deleted_with_all_that_belongs_to_it(ada, make_artwork):
    make_artwork(ada)
    ada.delete()
    assert not ContentImage.objects.exists()


def test_whether_a_photo_is_needed_is_asked_in_the_transaction_that_removes_it(ada, make_photo):
    photo = make_photo(ada)
    with CaptureQueriesContext(connection) as asked:
        uploads.delete_source_image(photo)
    statements = [query["sql"] for query in asked]

    def first(words):
        return next(number for number, sql in enumerate(statements) if words in sql)

    locked, looked, removed = map(first, ('FROM "gallery_contentimage"', 'FROM "gallery_job"', "DELETE FROM"))
    assert first("SAVEPOINT") < locked < looked < removed
