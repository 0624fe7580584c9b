"""What is asked of a running training, when its worker leaves before it has done so."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.exceptions import Conflict
from gallery.services import jobs, pauses, trainings
from gallery.services.jobs import Request
from stylize_engine.progress import Progress

pytestmark = pytest.mark.django_db


def stopped(claim):
    """The worker is told to stop, and gives its job back."""
    jobs.release_job(claim)


def killed(claim):
    """The worker is heard of no more."""
    claim.held.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert jobs.recover_expired_leases() == 1


leaves = pytest.mark.parametrize("leave", [stopped, killed])


@pytest.fixture
def running(ada, make_training):
    """A training's job and the claim of the worker that is at it."""
    job = make_training(ada).latest_job
    return job, jobs.claim_next("training", "w")


def report(claim):
    return jobs.report_progress(claim, Progress(1, 4), eta_seconds=3.0, loss_history=[], preview="")


@leaves
def test_a_training_to_be_paused_rests_until_it_is_resumed(running, leave):
    job, held = running
    pauses.pause_job(job)
    leave(held)
    job.refresh_from_db()
    assert (job.state, job.wish) == ("paused", "")
    pauses.resume_job(job)
    assert report(jobs.claim_next("training", "next")) is None


@leaves
def test_a_training_that_is_queued_again_in_the_moment_in_which_it_is_paused_is_paused(running, leave, after_an_update):
    job, held = running
    with after_an_update(lambda: leave(held)):
        pauses.pause_job(job)
    assert job.state == "paused"


@leaves
def test_a_training_cancelled_while_it_pauses_is_cancelled_and_may_be_deleted(running, leave):
    job, held = running
    pauses.pause_job(job)
    assert report(held) == Request.PAUSE
    jobs.cancel_job(job)
    leave(held)
    job.refresh_from_db()
    assert (job.state, job.wish) == ("cancelled", "")
    assert job.finished_at
    trainings.delete_training(job.training_run)


@leaves
def test_a_training_to_be_stopped_and_kept_is_so_by_the_next_worker(running, leave):
    job, held = running
    pauses.finish_job(job)
    leave(held)
    job.refresh_from_db()
    assert job.state == "queued"
    assert report(jobs.claim_next("training", "next")) == Request.FINISH


@pytest.mark.parametrize("leave", [stopped, killed, lambda claim: None])
def test_a_training_to_be_stopped_and_kept_is_not_paused(running, leave):
    job, held = running
    pauses.finish_job(job)
    leave(held)
    with pytest.raises(Conflict, match="to end and be kept"):
        pauses.pause_job(job)
    job.refresh_from_db()
    assert (job.state != "paused", job.wish) == (True, "finish")
