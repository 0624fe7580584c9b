import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gallery.exceptions import Conflict, UploadRejected
from gallery.models import PhotoSet
from gallery.services import photo_sets
from tests.conftest import picture_bytes

pytestmark = pytest.mark.django_db


def archive(**files) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "."), data)
    return SimpleUploadedFile("photos.zip", buffer.getvalue())


def test_an_archive_is_kept_and_not_yet_unpacked(ada, media_root):
    photos = photo_sets.add_photo_set(ada, archive(a__png=picture_bytes()), "Holiday")
    assert (photos.title, photos.count) == ("Holiday", None)
    assert (media_root / photos.archive.name).exists()


@pytest.mark.parametrize(
    ("upload", "message"),
    [
        (SimpleUploadedFile("a.zip", b"PK no zip"), "no zip archive"),
        (archive(words__txt=b"words"), "no JPEG, PNG or WebP"),
        (archive(), "no JPEG, PNG or WebP"),
    ],
)
def test_what_is_no_archive_of_pictures_is_refused(ada, upload, message):
    with pytest.raises(UploadRejected, match=message):
        photo_sets.add_photo_set(ada, upload)
    assert not PhotoSet.objects.exists()


def test_an_archive_with_a_password_is_refused(ada):
    data = bytearray(archive(a__png=picture_bytes()).read())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(UploadRejected, match="has a password"):
        photo_sets.add_photo_set(ada, SimpleUploadedFile("a.zip", bytes(data)))


def test_an_archive_that_is_small_only_while_packed_is_refused(ada, settings):
    settings.MAX_PHOTO_SET_BYTES = 100_000
    with pytest.raises(UploadRejected, match="Unpacked"):
        photo_sets.add_photo_set(ada, archive(bomb__jpg=b"\0" * 10_000_000))


def test_large_archives_and_too_many_pictures_are_refused(ada, settings):
    settings.MAX_PHOTO_SET_PICTURES = 1
    with pytest.raises(UploadRejected, match="more than 1 pictures"):
        photo_sets.add_photo_set(ada, archive(a__jpg=b"1", b__jpg=b"2"))
    settings.MAX_PHOTO_SET_BYTES = 10
    with pytest.raises(UploadRejected, match="larger than"):
        photo_sets.add_photo_set(ada, archive(a__jpg=b"1"))


def test_photos_go_once_no_training_needs_them(ada, make_training, media_root, django_capture_on_commit_callbacks):
    photos = photo_sets.add_photo_set(ada, archive(a__png=picture_bytes()))
    run = make_training(ada, photo_set=photos)
    with pytest.raises(Conflict, match="delete those first"):
        photo_sets.delete_photo_set(photos)
    run.delete()
    with django_capture_on_commit_callbacks(execute=True):
        photo_sets.delete_photo_set(photos)
    assert not (media_root / photos.archive.name).exists()
