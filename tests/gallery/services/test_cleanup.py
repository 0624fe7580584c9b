import os
import time
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django_q.brokers import get_broker

from gallery.models import Job, StyleModel
from gallery.queue import waiting_rings
from gallery.services.artworks import delete_artwork
from gallery.services.cleanup import reap, ring_for_waiting_jobs, sweep_files
from gallery.services.jobs import claim_next
from gallery.services.leaving import delete_account
from gallery.services.picture_folder import OWNER_FILE, claim_empty_folder
from gallery.services.requests import request_instant_artwork

pytestmark = pytest.mark.django_db
LONG_AGO = time.time() - 7200


@pytest.fixture(autouse=True)
def own_folder(db):
    claim_empty_folder()
    cache.clear()


def test_old_files_that_no_record_names_are_swept_and_all_others_stay(ada, make_photo, media_root):
    named = media_root / make_photo(ada).file.name
    orphan, fresh = media_root / "content" / "orphan.jpg", media_root / "content" / "just-arriving.jpg"
    result, preview = media_root / "results" / "lost.jpg", media_root / "previews" / "lost.jpg"
    for path in (orphan, fresh, result, preview):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    for path in (named, orphan, result, preview):
        os.utime(path, (LONG_AGO, LONG_AGO))
    assert sweep_files() == 3
    assert named.exists()
    assert fresh.exists()
    assert not any(path.exists() for path in (orphan, result, preview))


def test_sessions_that_are_over_are_deleted_once_an_hour_and_others_stay(as_ada):
    def end_another():
        Session.objects.create(session_key="over", expire_date=timezone.now() - timedelta(seconds=1))

    cache.clear()
    end_another()
    reap()
    assert Session.objects.get().session_key == as_ada.session.session_key
    end_another()
    reap()
    assert Session.objects.count() == 2
    cache.clear()
    reap()
    assert Session.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_ring_is_rung_again_and_no_ring_is_rung_twice(ada, make_artwork):
    get_broker("optimize").purge_queue()
    make_artwork(ada)
    assert waiting_rings("optimize") == 1
    ring_for_waiting_jobs()
    assert waiting_rings("optimize") == 1
    get_broker("optimize").purge_queue()
    ring_for_waiting_jobs()
    assert waiting_rings("optimize") == 1


def test_of_a_deleted_person_no_picture_is_left_nor_a_smaller_copy_of_one(as_ada, ada, make_tried, media_root):
    experiment = make_tried(ada)
    for address in (
        reverse("media:content", args=[experiment.content_id, "card"]),
        reverse("media:style", args=[experiment.pictures.get().pk, "large"]),
        reverse("media:experiment", args=[experiment.pk, 1, "card"]),
    ):
        assert as_ada.get(address).status_code == 200
    assert len([path for path in media_root.glob("thumbnails/**/*") if path.is_file()]) == 3
    ada.delete()
    for path in media_root.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    sweep_files()
    assert [path for path in media_root.rglob("*") if path.is_file()] == [media_root / OWNER_FILE]


def test_a_style_left_behind_goes_after_the_last_artwork_that_was_made_with_it(
    ada, ben, trained, make_photo, django_capture_on_commit_callbacks
):
    left, kept = trained
    artwork = request_instant_artwork(ben, make_photo(ben), [(left, 1)], {"image_size": 64})
    StyleModel.objects.update(owner=ada, is_example=False, state="offered")
    StyleModel.objects.filter(pk=left.pk).update(published_at=None)
    delete_account(ada)
    reap()
    assert StyleModel.objects.filter(pk=left.pk).exists()
    delete_artwork(artwork)
    with django_capture_on_commit_callbacks(execute=True):
        reap()
    assert StyleModel.objects.get() == kept
    assert not left.cover.storage.exists(left.cover.name)


def test_files_are_looked_through_once_an_hour_and_jobs_each_time(ada, make_artwork, media_root, settings):
    def leave_another():
        path = media_root / "results" / "lost.jpg"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (LONG_AGO, LONG_AGO))

    leave_another()
    assert reap() == (0, 1)
    leave_another()
    job = make_artwork(ada).latest_job
    assert claim_next(job.queue, "a worker that dies")
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert reap() == (1, 0)
    cache.clear()
    assert reap() == (0, 1)


def test_nothing_to_sweep_is_no_error(media_root):
    assert sweep_files() == 0


@pytest.mark.parametrize(
    ("state", "days", "stays"),
    [("cancelled", 29, True), ("cancelled", 31, False), ("failed", 31, False), ("paused", 31, True)],
)
def test_a_training_that_nobody_takes_up_again_loses_its_files_after_a_while(
    ada, make_training, media_root, state, days, stays
):
    run = make_training(ada)
    checkpoint = media_root / run.work_folder / "checkpoint"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"x")
    os.utime(checkpoint.parent, (LONG_AGO, LONG_AGO))
    ended = None if state == "paused" else timezone.now() - timedelta(days=days)
    run.jobs.update(state=state, finished_at=ended, error_message="It broke." if state == "failed" else "")
    sweep_files()
    assert checkpoint.exists() is stays


def test_a_training_that_ended_well_keeps_its_samples(ada, make_training, media_root):
    run, long_ago = make_training(ada), timezone.now() - timedelta(days=400)
    folder = media_root / run.samples_folder
    folder.mkdir(parents=True)
    os.utime(folder.parent, (LONG_AGO, LONG_AGO))
    run.jobs.update(state="succeeded", finished_at=long_ago)
    type(run).objects.update(finished_at=long_ago)
    sweep_files()
    assert folder.exists()
