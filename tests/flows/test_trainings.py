"""Trainings through a real queue, done by real worker processes."""

import os
import signal

import pytest

from gallery.models import Job, StyleModel
from gallery.services.cleanup import reap
from gallery.services.jobs import cancel_job
from gallery.services.pauses import finish_job, pause_job, resume_job
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("training_cluster")]
# Long enough to be asked to pause while it runs: workers look once a second.
LENGTH = {"steps": 240, "report_every": 10, "checkpoint_every": 20, "sample_every": 40}


def job_in(run, *states):
    """The job of a training once it is in one of these states."""

    def look():
        reap()
        job = run.jobs.get()
        assert job.state != Job.State.FAILED or "failed" in states, job.error_message
        return job if job.state in states else None

    return wait_until(look, f"a training that is {' or '.join(states)}")


def past(run, step):
    """The running job of a training once it has reached that step."""

    def look():
        job = run.jobs.get()
        assert not job.is_finished, f"{job.state}: {job.error_message}"
        return job if job.state == Job.State.RUNNING and job.step > step else None

    return wait_until(look, f"step {step}")


def row_of(run) -> bytes:
    return bytes(StyleModel.objects.get(training_run=run).row)


def test_killed_or_paused_a_training_ends_with_the_very_same_style(ada, make_training, make_painting):
    styles = {"waves": [make_painting(ada)]}
    whole = make_training(ada, styles=styles, parameters=LENGTH)
    job_in(whole, "succeeded")

    killed = make_training(ada, styles=styles, parameters=LENGTH)
    job = past(killed, LENGTH["checkpoint_every"])
    os.kill(int(job.worker_name.rpartition(":")[2]), signal.SIGKILL)
    job = job_in(killed, "succeeded")
    assert job.attempt == 1
    assert [entry["step"] for entry in job.loss_history] == list(range(10, LENGTH["steps"] + 1, 10))

    paused = make_training(ada, styles=styles, parameters=LENGTH)
    pause_job(past(paused, LENGTH["checkpoint_every"]))
    resume_job(job_in(paused, "paused"))
    assert job_in(paused, "succeeded").attempt == 1

    assert row_of(killed) == row_of(whole)
    assert row_of(paused) == row_of(whole)


def test_a_step_longer_than_a_lease_loses_no_job_while_its_worker_lives(ada, make_training):
    run = make_training(ada, parameters=LENGTH | {"steps": 100_000, "report_every": 100_000})
    leases = set()

    def kept():
        reap()
        job = run.jobs.get()
        leases.update({job.lease_expires_at} - {None})
        return job if len(leases) > 4 else None

    job = wait_until(kept, "a lease that is extended")
    assert (job.state, job.attempt, job.step) == ("running", 1, 0)
    cancel_job(job)
    os.kill(int(job.worker_name.rpartition(":")[2]), signal.SIGKILL)
    job_in(run, "cancelled")


def test_a_training_is_ended_early_and_its_style_is_kept(ada, make_training):
    run = make_training(ada, parameters=LENGTH | {"steps": 100_000})
    finish_job(past(run, 20))
    job = job_in(run, "succeeded")
    assert 20 < job.step == job.total < 100_000
    assert row_of(run)
