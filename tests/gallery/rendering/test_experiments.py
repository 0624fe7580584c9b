import csv
import errno
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery import rendering
from gallery.exceptions import Conflict
from gallery.models import Experiment, Job, StyleNetwork
from gallery.rendering import experiments
from gallery.services import jobs
from gallery.services.experiments import keep_trial, retry_experiment
from gallery.services.uploads import delete_source_image
from stylize_engine import experiments as engine
from stylize_engine.networks import load_network

pytestmark = pytest.mark.django_db
TINY = {"architecture": {"fold": 2, "widths": [4, 8], "blocks": 1, "edge_kernel": 3}, "steps": 2, "batch_size": 1,
        "image_size": 64, "style_size": 64, "pyramid_levels": 2, "precision": "fp32"}  # fmt: skip


def stop_after(monkeypatch, trials, error, **asked):
    """Let the worker end in this way as soon as so many trials are done."""
    watched = experiments.reported

    def stopping(claim, steps, history):
        for progress in watched(claim, steps, history):
            yield progress
            if progress.step == trials and progress.preview is None:
                steps.close()
                if asked:
                    Job.objects.update(**asked)
                raise error

    monkeypatch.setattr(experiments, "reported", stopping)


@pytest.fixture
def four(ada, make_experiment):
    return make_experiment(ada, {"style_weight": [20.0, 200.0], "content_layers": [["relu2_1"], None]})


def test_every_combination_is_painted_scored_and_sorted_by_loss(four, run_jobs, media_root):
    run_jobs()
    four.refresh_from_db()
    job = four.latest_job
    assert (job.state, job.step, job.total) == ("succeeded", 4, 4), job.error_message
    totals = [result["losses"]["total"] for result in four.results]
    assert totals == sorted(totals)
    assert {result["trial"] for result in four.results} == {1, 2, 3, 4}
    assert {result["settings"]["content_layers"] for result in four.results} == {"relu2_1", None}
    assert all(result["style_score"] > 0 and result["content_score"] > 0 for result in four.results)
    folder = media_root / four.work_folder
    assert all((folder / f"trial_00{trial}.png").exists() for trial in range(1, 5))
    assert (folder / "sheet.jpg").exists()
    with (folder / "table.csv").open() as file:
        assert [float(row["total"]) for row in csv.DictReader(file)] == pytest.approx(totals, rel=1e-4)


def test_the_row_tells_what_is_done_while_the_rest_is_under_way(four, monkeypatch):
    claim = jobs.claim_next("optimize", "w")
    seen = []
    written = experiments.record_results

    def record(claim, experiment, results):
        written(claim, experiment, results)
        seen.append(len(Experiment.objects.get().results))

    monkeypatch.setattr(experiments, "record_results", record)
    rendering.run(claim)
    assert seen == [0, 1, 2, 3, 4, 4]


def test_a_trial_that_fails_says_why_and_comes_last(ada, make_experiment, run_jobs):
    experiment = make_experiment(ada, {"style_weight": [1e39, 20.0]}, parameters={
        "image_size": 64, "num_steps": 2, "optimizer": "adam"})  # fmt: skip
    run_jobs()
    experiment.refresh_from_db()
    assert experiment.latest_job.state == "succeeded"
    good, bad = experiment.results
    assert (good["trial"], bad["trial"]) == (2, 1)
    assert "no longer a finite number" in bad["failed"]
    assert experiment.failed_trials == [bad]


def test_where_every_trial_fails_so_does_the_experiment(ada, make_experiment, run_jobs):
    experiment = make_experiment(ada, {"style_weight": [1e39, 2e39]}, parameters={
        "image_size": 64, "num_steps": 2, "optimizer": "adam"})  # fmt: skip
    run_jobs()
    job = experiment.latest_job
    assert (job.state, job.error_code) == ("failed", "no_trial_ended_well")
    assert "None of the 2 trials ended well" in job.error_message
    assert "finite" in job.error_message


def test_a_cancelled_experiment_keeps_what_is_done_and_goes_on_there(four, monkeypatch, run_jobs, media_root):
    with monkeypatch.context() as patch:
        stop_after(patch, 2, rendering.Cancelled(), cancel_requested_at=timezone.now())
        rendering.run(jobs.claim_next("optimize", "w"))
    four.refresh_from_db()
    assert (four.latest_job.state, len(four.results)) == ("cancelled", 2)
    assert (media_root / four.work_folder / "sheet.jpg").exists()
    done = {path: path.stat().st_mtime_ns for path in (media_root / four.work_folder).glob("trial_*.json")}
    retry_experiment(four)
    run_jobs()
    four.refresh_from_db()
    assert (four.latest_job.state, len(four.results)) == ("succeeded", 4)
    assert all(path.stat().st_mtime_ns == time for path, time in done.items())


def test_an_experiment_goes_on_where_a_killed_worker_left_it(four, monkeypatch, media_root):
    with monkeypatch.context() as patch:
        stop_after(patch, 2, SystemExit())
        with pytest.raises(SystemExit):
            rendering.run(jobs.claim_next("optimize", "first"))
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    jobs.recover_expired_leases()
    done = {path: path.stat().st_mtime_ns for path in (media_root / four.work_folder).glob("trial_*.json")}
    assert len(done) == 2
    rendering.run(jobs.claim_next("optimize", "second"))
    four.refresh_from_db()
    job = four.latest_job
    assert (job.state, job.worker_name, len(four.results)) == ("succeeded", "second", 4)
    assert all(path.stat().st_mtime_ns == time for path, time in done.items())


def test_an_experiment_lets_others_have_their_turn_before_its_time_is_over(four, monkeypatch, settings):
    monkeypatch.setitem(settings.Q_CLUSTER["ALT_CLUSTERS"]["optimize"], "timeout", 0)
    for done in (1, 2, 3):
        rendering.run(jobs.claim_next("optimize", "w"))
        four.refresh_from_db()
        assert (four.latest_job.state, len(four.results)) == ("queued", done)
    rendering.run(jobs.claim_next("optimize", "w"))
    assert Job.objects.get().state == "succeeded"


def test_a_full_disk_fails_the_experiment_and_another_try_succeeds(four, monkeypatch, run_jobs):
    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "save_image", fail)
        run_jobs()
    assert (four.latest_job.state, four.latest_job.error_code) == ("failed", "disk_full")
    retry_experiment(four)
    run_jobs()
    assert four.latest_job.state == "succeeded"


def test_a_disk_that_fills_up_stops_the_rest_of_the_experiment(four, run_jobs, settings):
    settings.MIN_FREE_BYTES = 2**60
    run_jobs()
    job = four.latest_job
    assert (job.state, job.error_code) == ("failed", "disk_full")
    assert "make room first" in job.error_message


def test_a_weight_far_too_large_fails_its_trial_and_no_more(ada, make_experiment, run_jobs):
    experiment = make_experiment(ada, {"style_weight": [10**39, 20]}, parameters={
        "image_size": 64, "num_steps": 2, "optimizer": "adam"})  # fmt: skip
    run_jobs()
    experiment.refresh_from_db()
    assert experiment.latest_job.state == "succeeded", experiment.latest_job.error_message
    assert [result["trial"] for result in experiment.results] == [2, 1]


def test_results_that_come_too_late_are_thrown_away(four, monkeypatch):
    claim = jobs.claim_next("optimize", "w")
    stop_after(monkeypatch, 2, jobs.LeaseLost("gone"))
    rendering.run(claim)
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    jobs.recover_expired_leases()
    rendering.run(claim)
    four.refresh_from_db()
    assert (four.latest_job.state, len(four.results)) == ("queued", 2)


def test_other_pictures_than_at_the_beginning_are_refused_in_words(ada, make_experiment, make_painting, run_jobs):
    paintings = [make_painting(ada, "red"), make_painting(ada, "blue")]
    experiment = make_experiment(ada, pictures=paintings, parameters={"image_size": 64, "num_steps": 2})
    run_jobs()
    Experiment.objects.update(results=[{"trial": 2, "failed": "Once."}])
    delete_source_image(paintings[0])
    experiment.refresh_from_db()
    retry_experiment(experiment)
    run_jobs()
    job = experiment.latest_job
    assert (job.state, job.error_code) == ("failed", "configuration")
    assert "have changed since it began" in job.error_message


@pytest.fixture
def trainings(trainer, make_tried, example_photo, make_photo):
    make_photo(trainer, "olive")
    return make_tried(
        trainer, {"style_weight": [6.0, 12.0]}, method="training", parameters=TINY, title="Short trainings"
    )


def test_short_trainings_keep_a_network_each(trainings, media_root):
    for trial in (1, 2):
        folder = media_root / trainings.work_folder / f"trial_00{trial}"
        assert load_network(folder / "model.safetensors").style_names == ("short-trainings",)
        assert not list(folder.glob("epoch_*"))
    assert all("style_score" in result and "total" in result["losses"] for result in trainings.results)


def test_a_kept_network_is_checked_by_a_worker_like_any_other(trainings, run_jobs):
    network = keep_trial(trainings, 2)
    assert keep_trial(trainings, 2) == network
    assert "trial 2" in network.provenance
    run_jobs()
    network.refresh_from_db()
    assert network.latest_job.state == "succeeded", network.latest_job.error_message
    assert [style.state for style in network.styles.all()] == ["offered"]
    assert keep_trial(trainings, 2) == network
    assert StyleNetwork.objects.count() == 1


def test_a_network_that_is_here_from_elsewhere_is_not_kept_again(trainings):
    network = keep_trial(trainings, 2)
    network.jobs.all().delete()
    with pytest.raises(Conflict, match=f"is here already, as “{network.title}”"):
        keep_trial(trainings, 2)


def test_trainings_begin_from_a_network_and_go_on_where_they_stopped(
    trainer, trained, make_experiment, example_photo, monkeypatch, media_root, run_jobs
):
    parameters = {name: value for name, value in TINY.items() if name != "architecture"}
    experiment = make_experiment(
        trainer, {"style_weight": [6.0, 12.0]}, method="training", parameters=parameters, base=trained[0].network,
        title="dots",
    )  # fmt: skip
    with monkeypatch.context() as patch:
        stop_after(patch, 1, rendering.WorkerStopping())
        rendering.run(jobs.claim_next("training", "first"))
    assert experiment.latest_job.state == "queued"
    run_jobs()
    experiment.refresh_from_db()
    assert experiment.latest_job.state == "succeeded", experiment.latest_job.error_message
    network = load_network(media_root / experiment.work_folder / "trial_002" / "model.safetensors")
    assert network.style_names == ("dots", "lines", f"dots-{experiment.pk.hex[:8]}")
