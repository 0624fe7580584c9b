"""Which trials that failed are tried once more."""

import json

import pytest

from gallery import rendering
from gallery.models import Experiment
from gallery.services import jobs
from gallery.services.experiments import retry_experiment
from tests.gallery.rendering.test_experiments import stop_after

pytestmark = pytest.mark.django_db


def test_a_failed_trial_is_tried_again_and_the_good_one_is_left_alone(ada, make_tried, run_jobs, media_root):
    experiment = make_tried(ada)
    folder = media_root / experiment.work_folder
    record = json.loads((folder / "trial_002.json").read_text())
    (folder / "trial_002.json").write_text(json.dumps({"trial": 2, "settings": record["settings"], "failed": "Once."}))
    Experiment.objects.update(results=engine_results(folder))
    good = (folder / "trial_001.json").stat().st_mtime_ns
    experiment.refresh_from_db()
    retry_experiment(experiment)
    run_jobs()
    experiment.refresh_from_db()
    assert (experiment.latest_job.state, experiment.failed_trials) == ("succeeded", [])
    assert (folder / "trial_001.json").stat().st_mtime_ns == good


def test_a_trial_that_failed_is_not_tried_again_because_the_worker_was_restarted(
    ada, make_experiment, monkeypatch, media_root
):
    four = make_experiment(ada, {"style_weight": [20.0, 200.0], "init": ["content", "noise"]})
    with monkeypatch.context() as patch:
        stop_after(patch, 2, rendering.WorkerStopping())
        rendering.run(jobs.claim_next("optimize", "w"))
    record = media_root / four.work_folder / "trial_001.json"
    record.with_suffix(".png").unlink()
    failed = {"trial": 1, "settings": json.loads(record.read_text())["settings"], "failed": "It diverged."}
    record.write_text(json.dumps(failed))
    assert (four.latest_job.state, four.latest_job.attempt) == ("queued", 0)
    rendering.run(jobs.claim_next("optimize", "w"))
    four.refresh_from_db()
    assert four.latest_job.state == "succeeded"
    assert [result["failed"] for result in four.failed_trials] == ["It diverged."]


def engine_results(folder):
    return [json.loads(path.read_text()) for path in sorted(folder.glob("trial_*.json"))]
