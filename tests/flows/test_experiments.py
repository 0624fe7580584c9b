"""A grid tried through a real queue by real worker processes."""

import os
import signal

import pytest

from gallery.models import Job
from gallery.services.cleanup import reap
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cluster")]
VARIED = {"style_weight": [20.0, 200.0, 2000.0], "num_steps": [30]}


def test_a_worker_killed_in_mid_grid_costs_no_attempt_and_the_trials_done_are_kept(ada, make_experiment, flow_media):
    experiment = make_experiment(ada, VARIED, parameters={"image_size": 192})

    def past_the_first_trial():
        job = experiment.jobs.get()
        assert not job.is_finished, f"{job.state}: {job.error_message}"
        experiment.refresh_from_db()
        return job if experiment.results and job.step else None

    job = wait_until(past_the_first_trial, "the first trial")
    os.kill(int(job.worker_name.rpartition(":")[2]), signal.SIGKILL)
    done = {path: path.stat().st_mtime_ns for path in (flow_media / experiment.work_folder).glob("trial_*.json")}

    def tried():
        reap()
        job = experiment.jobs.get()
        assert job.state != Job.State.FAILED, job.error_message
        return job if job.is_finished else None

    job = wait_until(tried, "the second attempt")
    experiment.refresh_from_db()
    assert (job.state, job.attempt, len(experiment.results)) == ("succeeded", 1, 3)
    assert done
    assert all(path.stat().st_mtime_ns == time for path, time in done.items())
