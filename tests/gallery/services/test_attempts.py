"""How often a job is begun again whose workers are lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.models import Job
from gallery.services import jobs
from stylize_engine.progress import Progress

pytestmark = pytest.mark.django_db


def lose(queue, *steps):
    """A worker reports these steps and is killed."""
    held = jobs.claim_next(queue, "worker")
    for step in steps:
        jobs.report_progress(held, Progress(step, 4), eta_seconds=3.0, loss_history=[], preview="")
    Job.objects.filter(pk=held.job_id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    jobs.recover_expired_leases()
    return Job.objects.get(pk=held.job_id)


def test_after_the_last_attempt_the_job_fails_with_a_reason(ada, make_artwork, settings):
    settings.JOB_MAX_ATTEMPTS = 2
    make_artwork(ada)
    assert lose("optimize").state == "queued"
    job = lose("optimize")
    assert (job.state, job.error_code) == ("failed", "worker_lost")
    assert "in attempt 2, the last" in job.error_message


def test_only_of_a_picture_it_is_said_that_it_may_be_too_large(ada, make_artwork, make_training, trainer, settings):
    settings.JOB_MAX_ATTEMPTS = 1
    make_artwork(ada), make_training(trainer)
    picture, training = lose("optimize"), lose("training")
    assert picture.error_message.endswith("the last; the picture may be too large.")
    assert training.error_message.endswith("in attempt 1, the last.")


def test_a_job_that_gets_further_in_each_attempt_outlives_any_number_of_restarts(ada, make_artwork, settings):
    settings.JOB_MAX_ATTEMPTS = 1
    make_artwork(ada)
    for reached in range(1, 4):
        job = lose("optimize", 0, reached)
        assert (job.state, job.attempt) == ("queued", 0)
    assert lose("optimize", 0, 3).state == "failed"


@pytest.mark.parametrize("steps", [(0, 2), (0, 1, 2), (1,)])
def test_a_job_whose_workers_are_lost_no_further_than_before_fails_in_the_end(ada, make_artwork, settings, steps):
    settings.JOB_MAX_ATTEMPTS = 2
    make_artwork(ada)
    assert lose("optimize", 0, 2).attempt == 0
    assert lose("optimize", *steps).state == "queued"
    job = lose("optimize", *steps)
    assert (job.state, job.error_code) == ("failed", "worker_lost")


def test_a_training_that_is_taken_up_again_has_to_get_further_than_it_had(trainer, make_training, settings):
    settings.JOB_MAX_ATTEMPTS = 2
    Job.objects.filter(pk=make_training(trainer).latest_job.pk).update(step=3)
    assert lose("training", 3).attempt == 1
    assert lose("training", 4).attempt == 0
