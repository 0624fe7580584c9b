"""Smaller copies of pictures go with them, however they were made."""

from threading import Barrier, Thread

import pytest
import sorl.thumbnail.default
from django.db import connections
from django.urls import reverse
from sorl.thumbnail import get_thumbnail

from gallery.services.cleanup import sweep_files
from gallery.services.picture_folder import claim_empty_folder
from gallery.services.uploads import delete_source_image

pytestmark = pytest.mark.django_db


def thumbnails(media_root):
    return [path for path in (media_root / "thumbnails").rglob("*") if path.is_file()]


@pytest.fixture
def keep(media_root):
    """Put a file there that looks like a thumbnail."""

    def keep(name):
        path = media_root / "thumbnails" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff\xd8")
        return path

    return keep


@pytest.mark.django_db(transaction=True)
def test_copies_that_are_made_at_the_same_time_all_go_with_the_picture(ada, make_photo, media_root, monkeypatch):
    photo, together = make_photo(ada, size=(900, 600)), Barrier(2)
    write = sorl.thumbnail.default.engine.write

    def write_together(*arguments):
        write(*arguments)
        together.wait()

    def make(geometry):
        get_thumbnail(photo.file, geometry)
        connections.close_all()

    monkeypatch.setattr(sorl.thumbnail.default.engine, "write", write_together)
    makers = [Thread(target=make, args=[geometry]) for geometry in ("480x480", "1280x1280")]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(thumbnails(media_root)) == 2
    delete_source_image(photo)
    assert thumbnails(media_root) == []


def test_a_copy_that_nothing_knows_of_goes_with_the_picture_too(
    ada, make_photo, keep, django_capture_on_commit_callbacks
):
    photo = make_photo(ada)
    left = keep(f"{photo.file.name}/480x480.jpg")
    with django_capture_on_commit_callbacks(execute=True):
        delete_source_image(photo)
    assert not left.exists()


def test_copies_of_pictures_that_are_gone_are_swept_and_all_others_stay(as_ada, ada, make_photo, media_root, keep):
    claim_empty_folder()
    photo = make_photo(ada)
    assert as_ada.get(reverse("media:content", args=[photo.pk, "card"])).status_code == 200
    (kept,) = thumbnails(media_root)
    orphan, of_an_earlier_version = keep("content/gone.jpg/480x480.jpg"), keep("3f/a2/3fa2bd.jpg")
    assert sweep_files() == 0
    assert thumbnails(media_root) == [kept]
    assert not any(path.parent.exists() for path in (orphan, of_an_earlier_version))


def test_copies_stay_where_the_pictures_may_be_another_gallerys(media_root, keep):
    elsewhere = keep("content/gone.jpg/480x480.jpg")
    (media_root / "content").mkdir()
    (media_root / "content" / "theirs.jpg").write_bytes(b"x")
    sweep_files()
    assert elsewhere.exists()
