from datetime import timedelta

import pytest
from django.utils import timezone

from gallery import rendering
from gallery.models import Job
from gallery.rendering.resuming import PUT_ASIDE
from gallery.services import jobs
from gallery.services.trainings import retry_training
from stylize_engine.outputs import held
from stylize_engine.training import LOCK
from tests.conftest import picture_bytes
from tests.gallery.rendering.test_trainings import stop_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def cancelled_training(ada, make_training, run_jobs, monkeypatch):
    """A training that was cancelled at its third step of four."""
    run = make_training(ada)
    with monkeypatch.context() as patch:
        stop_at(3, patch, jobs.cancel_job)
        run_jobs()
    return run


def test_a_training_whose_photos_have_changed_says_so_and_goes_on_once_they_are_back(
    cancelled_training, example_photo, run_jobs, media_root, trainer, worked
):
    path, kept = media_root / example_photo.file.name, (media_root / example_photo.file.name).read_bytes()
    path.write_bytes(picture_bytes("crimson", (200, 150)))
    retry_training(cancelled_training, trainer)
    run_jobs()
    job = cancelled_training.latest_job
    assert job.state == "failed"
    assert "have changed since it began" in job.error_message
    assert str(media_root) not in job.error_message
    path.write_bytes(kept)
    worked.clear()
    retry_training(cancelled_training, trainer)
    run_jobs()
    assert worked == [4]


def test_a_worker_that_has_lost_its_training_leaves_the_checkpoint_to_the_one_that_has_it(
    ada, make_training, run_jobs, media_root, monkeypatch, worked
):
    run = make_training(ada)
    checkpoint = media_root / run.work_folder / "checkpoint"
    left = []

    def lose(job):
        left.append(checkpoint.read_bytes())
        Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        jobs.recover_expired_leases()

    with monkeypatch.context() as patch:
        stop_at(3, patch, lose)
        rendering.run(jobs.claim_next("training", "first"))
    assert run.latest_job.state == "queued"
    assert [checkpoint.read_bytes()] == left
    worked.clear()
    run_jobs()
    assert (run.latest_job.state, worked) == ("succeeded", [3, 4])


def test_a_training_with_a_damaged_checkpoint_begins_anew(cancelled_training, run_jobs, media_root, trainer, worked):
    (media_root / cancelled_training.work_folder / "checkpoint").write_bytes(b"PK damaged")
    worked.clear()
    retry_training(cancelled_training, trainer)
    run_jobs()
    assert worked == [row["step"] for row in cancelled_training.latest_job.loss_history] == [1, 2, 3, 4]


def test_a_damaged_checkpoint_is_put_aside_until_the_training_has_ended(
    cancelled_training, run_jobs, media_root, monkeypatch, trainer
):
    folder = media_root / cancelled_training.work_folder
    (folder / "checkpoint").write_bytes(b"PK damaged")
    retry_training(cancelled_training, trainer)
    with monkeypatch.context() as patch:
        stop_at(3, patch, jobs.cancel_job)
        run_jobs()
    assert (folder / PUT_ASIDE).read_bytes() == b"PK damaged"
    retry_training(cancelled_training, trainer)
    run_jobs()
    assert cancelled_training.latest_job.state == "succeeded"
    assert not list(folder.glob("checkpoint*"))


def test_a_training_whose_checkpoint_the_disk_does_not_give_fails_and_keeps_it(
    cancelled_training, run_jobs, media_root, trainer, worked
):
    checkpoint = media_root / cancelled_training.work_folder / "checkpoint"
    whole = checkpoint.rename(checkpoint.with_name("whole"))
    checkpoint.symlink_to("/proc/self/mem")  # no process has a page at its first address: an input/output error
    retry_training(cancelled_training, trainer)
    run_jobs()
    assert cancelled_training.latest_job.state == "failed"
    whole.replace(checkpoint)
    worked.clear()
    retry_training(cancelled_training, trainer)
    run_jobs()
    assert worked == [4]


def test_a_training_that_a_worker_without_lease_still_writes_waits_for_its_end(
    ada, make_training, run_jobs, media_root
):
    run = make_training(ada)
    folder = media_root / run.work_folder
    folder.mkdir(parents=True)
    with held(folder / LOCK, "another worker"):
        rendering.run(jobs.claim_next("training", "second"))
    job = run.latest_job
    assert (job.state, job.attempt) == ("running", 1)
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    jobs.recover_expired_leases()
    run_jobs()
    assert run.latest_job.state == "succeeded"
