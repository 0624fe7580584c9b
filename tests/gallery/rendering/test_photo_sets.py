import errno
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gallery.rendering import photo_sets
from gallery.services.photo_sets import add_photo_set
from gallery.services.trainings import retry_training
from tests.conftest import picture_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def photo_archive(tmp_path):
    """A zip archive with two photos, one file that claims to be one, and what Macs add."""
    path = tmp_path / "photos.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("holiday/one.png", picture_bytes("red"))
        archive.writestr("../two.jpg", picture_bytes("green", format="JPEG"))
        archive.writestr("three.jpg", b"no picture")
        archive.writestr("__MACOSX/._one.png", b"junk")
        archive.writestr("readme.txt", b"words")
    return SimpleUploadedFile("photos.zip", path.read_bytes())


def test_an_archive_is_unpacked_once_and_what_is_no_picture_left_out(
    ada, make_training, photo_archive, run_jobs, media_root
):
    photos = add_photo_set(ada, photo_archive, "Holiday")
    run = make_training(ada, photo_set=photos)
    run_jobs()
    photos.refresh_from_db()
    assert run.latest_job.state == "succeeded", run.latest_job.error_message
    assert (photos.count, photos.refused) == (2, 1)
    assert sorted(path.suffix for path in (media_root / photos.folder).iterdir()) == [".jpg", ".jpg"]
    assert not (media_root.parent / "two.jpg").exists()


def test_trainings_that_unpack_an_archive_at_once_both_find_all_of_it(
    ada, make_training, photo_archive, media_root, monkeypatch
):
    photos = add_photo_set(ada, photo_archive, "Holiday")
    run, folder, earlier = make_training(ada, photo_set=photos), media_root / photos.folder, []

    def slow(unfinished, kept):
        if not earlier:  # another worker begins and ends while this one is about to
            earlier.append(unfinished)
            assert photo_sets.photos_of(run) == [str(folder)]
        keep_first(unfinished, kept)

    keep_first = photo_sets._keep_first
    monkeypatch.setattr(photo_sets, "_keep_first", slow)
    assert photo_sets.photos_of(run) == [str(folder)]
    photos.refresh_from_db()
    assert photos.count == len(list(folder.iterdir())) == 2
    assert not list(folder.parent.glob("*.part"))


def test_a_folder_of_the_server_is_trained_on(ada, make_training, tmp_path, settings, run_jobs):
    (tmp_path / "shots").mkdir()
    (tmp_path / "shots" / "a.png").write_bytes(picture_bytes("red"))
    (tmp_path / "shots" / "b.png").write_bytes(picture_bytes("blue"))
    settings.TRAINING_FOLDERS = [str(tmp_path / "shots")]
    run = make_training(ada, folder=str(tmp_path / "shots"))
    run_jobs()
    run.refresh_from_db()
    assert run.photo_count == 1


def test_an_archive_without_a_readable_picture_fails_the_training(ada, make_training, run_jobs, tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("a.jpg", b"no picture")
    photos = add_photo_set(ada, SimpleUploadedFile("bad.zip", (tmp_path / "bad.zip").read_bytes()))
    run = make_training(ada, photo_set=photos)
    run_jobs()
    assert "No picture in “bad.zip” can be read" in run.jobs.get().error_message


def zipped(tmp_path, *pictures, damaged=False):
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, data in enumerate(pictures):
            archive.writestr(f"{number}.png", data)
    data = bytearray(path.read_bytes())
    if damaged:  # the first bytes of the first member's packed data
        data[36:44] = b"\xff" * 8
    return SimpleUploadedFile("sent.zip", bytes(data))


def test_a_damaged_member_of_an_archive_is_left_out(ada, make_training, run_jobs, tmp_path):
    photos = add_photo_set(ada, zipped(tmp_path, picture_bytes("red"), picture_bytes("blue"), damaged=True))
    run = make_training(ada, photo_set=photos)
    run_jobs()
    photos.refresh_from_db()
    assert run.jobs.get().state == "succeeded", run.jobs.get().error_message
    assert (photos.count, photos.refused) == (1, 1)


def test_a_disk_that_fills_up_while_unpacking_is_not_taken_for_bad_pictures(
    ada, make_training, run_jobs, tmp_path, monkeypatch, trainer
):
    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    photos = add_photo_set(ada, zipped(tmp_path, picture_bytes("red"), picture_bytes("blue")))
    run = make_training(ada, photo_set=photos)
    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, "save", fail)
        run_jobs()
    photos.refresh_from_db()
    assert run.jobs.get().error_code == "disk_full"
    assert photos.count is None
    retry_training(run, trainer)
    run_jobs()
    assert run.latest_job.state == "succeeded"
