"""A style learnt through a real queue by real worker processes."""

import os
import signal

import pytest

from gallery.models import Job, StyleModel
from gallery.services.cleanup import reap
from gallery.services.teaching import teach_style
from tests.flows.conftest import LESSON_STEPS
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cluster")]
CHECKPOINT = 25


def test_a_worker_killed_in_mid_lesson_costs_no_attempt_and_what_was_learnt_is_kept(
    ada, trained, example_photo, make_painting, settings
):
    settings.LESSON_STEPS = LESSON_STEPS
    model = teach_style(ada, [make_painting(ada)], "Waves")

    def past_the_checkpoint():
        job = model.jobs.get()
        assert not job.is_finished, f"{job.state}: {job.error_message}"
        return job if job.step > CHECKPOINT else None

    job = wait_until(past_the_checkpoint, "the first checkpoint")
    os.kill(int(job.worker_name.rpartition(":")[2]), signal.SIGKILL)

    def learnt():
        reap()
        job = model.jobs.get()
        assert job.state != Job.State.FAILED, job.error_message
        return job if job.is_finished else None

    job = wait_until(learnt, "the second attempt")
    model.refresh_from_db()
    assert (job.state, job.attempt, model.state) == ("succeeded", 1, StyleModel.State.PRIVATE)
    assert [entry["step"] for entry in job.loss_history] == list(range(5, LESSON_STEPS + 1, 5))
    assert model.row
