"""Experiments fill no more of the gallery's disk than each person may."""

import pytest

from gallery.rendering import experiments
from gallery.services.experiments import retry_experiment

pytestmark = pytest.mark.django_db


def test_trials_end_where_their_owners_room_does_and_go_on_once_there_is_more(
    ada, make_experiment, run_jobs, settings, monkeypatch
):
    experiment, limit = make_experiment(ada, {"style_weight": [20.0, 200.0, 2000.0]}), 10**9
    written = experiments.record_results

    def record(claim, tried, results):
        written(claim, tried, results)
        settings.MAX_UPLOADED_BYTES_PER_USER = 1 if len(results) == 1 else limit

    with monkeypatch.context() as patch:
        patch.setattr(experiments, "record_results", record)
        run_jobs()
    experiment.refresh_from_db()
    job = experiment.latest_job
    assert (job.state, job.error_code) == ("failed", "quota_exceeded")
    assert "delete some first" in job.error_message
    assert [result["trial"] for result in experiment.results] == [1]
    settings.MAX_UPLOADED_BYTES_PER_USER = limit
    retry_experiment(experiment)
    run_jobs()
    experiment.refresh_from_db()
    assert (experiment.latest_job.state, len(experiment.results)) == ("succeeded", 3)
