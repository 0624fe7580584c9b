"""What people may fill, and what the disk keeps free."""

import importlib
import shutil

import pytest
from django.apps import apps
from django.db import connection

from gallery.exceptions import NoRoom, QuotaExceeded
from gallery.models import Artwork, ContentImage, Experiment, StyleModel
from gallery.services.artworks import delete_artwork
from gallery.services.experiments import delete_experiment
from gallery.services.jobs import cancel_job
from gallery.services.lessons import lesson_folder
from gallery.services.requests import request_artwork, retry_artwork
from gallery.services.styles import delete_style
from gallery.services.teaching import retry_lesson, teach_style
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db
FULL = 2**60


@pytest.fixture
def fill(settings):
    """Leave a person as much room as is taken already."""

    def fill(*records):
        settings.MAX_UPLOADED_BYTES_PER_USER = sum(record.byte_size for record in records)

    return fill


def bytes_in(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_is_painted_counts_like_what_is_uploaded_until_it_is_deleted(ada, make_painted, make_photo, fill):
    artwork = make_painted(ada)
    photo, painting = artwork.content, artwork.styles.get()
    assert artwork.byte_size == artwork.result.size
    fill(photo, painting, artwork)
    with pytest.raises(QuotaExceeded, match="artworks"):
        request_artwork(ada, photo, [(painting, 1)], QUICK)
    with pytest.raises(QuotaExceeded, match="delete some"):
        make_photo(ada, "violet")
    assert Artwork.objects.get() == artwork
    delete_artwork(artwork)
    assert request_artwork(ada, photo, [(painting, 1)], QUICK)


def test_the_pictures_of_an_experiment_count_too(ada, make_tried, make_experiment, media_root, fill):
    experiment = make_tried(ada)
    photo, painting = experiment.content, experiment.pictures.get()
    assert experiment.byte_size == bytes_in(media_root / experiment.work_folder) > 0
    fill(photo, painting, experiment)
    with pytest.raises(QuotaExceeded, match="experiments"):
        make_experiment(ada, content=photo, pictures=[painting])
    delete_experiment(experiment)
    assert make_experiment(ada, content=photo, pictures=[painting])


def test_what_a_cancelled_lesson_keeps_counts_until_it_is_deleted(
    ada, trained, example_photo, make_painting, make_photo, settings
):
    painting, photo = make_painting(ada), make_photo(ada)
    lesson = teach_style(ada, [painting])
    cancel_job(lesson.latest_job)
    checkpoint = lesson_folder(lesson) / "samples" / "step_000005.jpg"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(bytes(4_000_000))
    settings.MAX_UPLOADED_BYTES_PER_USER = painting.byte_size + photo.byte_size + 4_000_000
    with pytest.raises(QuotaExceeded, match="not learnt yet"):
        make_photo(ada, "violet")
    with pytest.raises(QuotaExceeded):
        retry_lesson(lesson)
    delete_style(lesson)
    assert make_photo(ada, "violet")


def test_others_have_their_own_room(ada, ben, make_painted, make_photo, fill):
    artwork = make_painted(ada)
    fill(artwork.content, artwork.styles.get(), artwork)
    assert make_photo(ben)


def test_no_lesson_begins_on_a_disk_that_is_nearly_full(ada, trained, example_photo, make_painting, settings):
    painting = make_painting(ada)
    lesson = teach_style(ada, [painting])
    cancel_job(lesson.latest_job)
    settings.MIN_FREE_BYTES = FULL
    with pytest.raises(NoRoom, match="make room first"):
        teach_style(ada, [painting])
    with pytest.raises(NoRoom):
        retry_lesson(lesson)
    assert (StyleModel.objects.owned_by(ada).get(), lesson.jobs.count()) == (lesson, 1)


def test_nothing_is_taken_nor_begun_on_a_disk_that_is_nearly_full(ada, make_artwork, make_photo, settings):
    artwork = make_artwork(ada)
    artwork.jobs.update(state="failed", error_message="The worker stopped.", finished_at=artwork.created_at)
    settings.MIN_FREE_BYTES = FULL
    with pytest.raises(NoRoom, match="make room first"):
        request_artwork(ada, artwork.content, [(artwork.styles.get(), 1)], QUICK)
    with pytest.raises(NoRoom):
        retry_artwork(artwork)
    with pytest.raises(NoRoom):
        make_photo(ada, "violet")
    assert (Artwork.objects.count(), ContentImage.objects.count(), artwork.jobs.count()) == (1, 1, 1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="The database is elsewhere.")
def test_nothing_is_taken_where_the_disk_of_the_database_is_nearly_full(ada, make_photo, media_root, monkeypatch):
    make_photo(ada)
    usage = shutil.disk_usage

    def full_but_for_pictures(path):
        return usage(path) if media_root in (path, *path.parents) else usage(path)._replace(free=0)

    monkeypatch.setattr(shutil, "disk_usage", full_but_for_pictures)
    with pytest.raises(NoRoom, match="make room first"):
        make_photo(ada, "violet")


def test_what_was_painted_before_sizes_were_kept_counts_as_well(ada, make_painted, make_tried, media_root):
    gone, painted = make_painted(ada), make_painted(ada, parameters={**QUICK, "seed": 2})
    experiment = make_tried(ada)
    Artwork.objects.update(byte_size=0)
    Experiment.objects.update(byte_size=0)
    gone.result.storage.delete(gone.result.name)
    importlib.import_module("gallery.migrations.0011_result_sizes").fill_sizes(apps, None)
    for record in (gone, painted, experiment):
        record.refresh_from_db()
    assert (gone.byte_size, painted.byte_size) == (0, painted.result.size)
    assert experiment.byte_size == bytes_in(media_root / experiment.work_folder)
