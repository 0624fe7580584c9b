from collections import namedtuple
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from gallery.models import Job, Worker
from gallery.services import jobs, pauses, status, workers
from gallery.services.cleanup import reap

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def well(db):
    """A gallery whose queues are served and whose reaper has run."""
    cache.clear()
    for queue in Job.Queue.values:
        workers.register_worker(
            queue, host="h", cluster=queue, pid=1, device="CPU", memory_bytes=2**30, extractors=["slim"]
        )
    reap()


def warning(text):
    (found,) = [line for line in status.read_status().warnings if text in line]
    return found


def test_a_gallery_that_is_well_gives_no_warning():
    assert status.read_status().warnings == []


def test_the_queues_are_told_with_their_jobs_and_workers(ada, make_artwork):
    make_artwork(ada)
    make_artwork(ada)
    jobs.claim_next("optimize", "w")
    optimize = next(queue for queue in status.read_status().queues if queue.name == "optimize")
    assert (optimize.waiting, optimize.running, optimize.workers) == (1, 1, 1)
    assert optimize.oldest_waiting == Job.objects.get(state="queued").queued_at


def test_a_queue_that_nobody_serves_is_named_with_the_command_that_helps(ada, make_artwork):
    make_artwork(ada)
    Worker.objects.update(heartbeat_at=timezone.now() - timedelta(hours=1))
    told = warning("no worker serves")
    assert told.startswith("1 job waits in the queue optimize")
    assert "Q_CLUSTER_NAME=optimize manage.py qcluster" in told
    make_artwork(ada)
    assert warning("no worker serves").startswith("2 jobs wait")


def test_a_long_wait_is_told(ada, make_artwork):
    make_artwork(ada)
    Job.objects.update(queued_at=timezone.now() - timedelta(minutes=11))
    assert "second cluster" in warning("more than 10 minutes")


def test_a_training_that_was_paused_for_days_has_not_waited_so_long(trainer, make_training):
    job = make_training(trainer).latest_job
    pauses.pause_job(job)
    Job.objects.update(queued_at=timezone.now() - timedelta(days=3))
    pauses.resume_job(job)
    assert status.read_status().warnings == []
    Job.objects.update(queued_at=timezone.now() - timedelta(minutes=11))
    assert "the queue training" in warning("more than 10 minutes")


def test_a_job_that_its_worker_has_just_given_back_has_not_waited_so_long(ada, make_artwork):
    make_artwork(ada)
    Job.objects.update(queued_at=timezone.now() - timedelta(days=3))
    jobs.release_job(jobs.claim_next("optimize", "w"))
    assert status.read_status().warnings == []


@pytest.mark.parametrize("silent", [None, timedelta(hours=1)])
def test_a_reaper_that_is_silent_is_told(silent):
    cache.clear()
    if silent:
        cache.set(status.REAPED_AT, timezone.now() - silent)
    assert "manage.py reap" in warning("reaper")


def test_a_disk_that_is_nearly_full_is_told(monkeypatch):
    monkeypatch.setattr(status.shutil, "disk_usage", lambda path: Usage(100 * 2**30, 99 * 2**30, 2**30))
    assert len([line for line in status.read_status().warnings if "make room" in line]) == 2


def test_many_failures_are_told_and_the_latest_listed(ada, make_artwork):
    for _ in range(3):
        make_artwork(ada)
        jobs.fail_job(jobs.claim_next("optimize", "w"), "internal", "Something broke.")
    assert "3 of the 3 jobs" in warning("have failed")
    found = status.read_status()
    assert [job.error_message for job in found.failures] == ["Something broke."] * 3
    assert found.last_day == {"succeeded": 0, "failed": 3, "cancelled": 0}


def test_weights_are_present_where_a_living_worker_has_them():
    found = status.read_status().extractors
    assert (found["slim"], found["vgg19"]) == (True, False)


def test_of_weights_that_no_worker_has_looked_for_nothing_is_told_but_of_those_that_ship(client, trainer):
    Worker.objects.all().delete()
    found = status.read_status().extractors
    assert (found["slim"], found["vgg19"]) == (True, None)
    client.force_login(trainer)
    page = client.get(reverse("admin_status")).text
    assert "slim present, " in page
    assert "vgg19 unknown" in page
    assert client.get(reverse("api:status")).json()["extractors"]["vgg19"] is None


def test_what_trainings_take_on_the_disk_is_told(ada, make_training, media_root):
    checkpoint = media_root / make_training(ada).work_folder / "checkpoint"
    photo = media_root / "photo_sets" / "holiday" / "1.jpg"
    for path, size in ((checkpoint, 3000), (photo, 200)):
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(size))
    found = status.read_status()
    assert (found.training_bytes, found.photo_set_bytes) == (3000, 200)
