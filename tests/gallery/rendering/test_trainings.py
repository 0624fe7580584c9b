import errno
import uuid

import pytest
import torch
from django.utils import timezone

from gallery import rendering
from gallery.models import Job, StyleModel, StyleNetwork, TrainingRun
from gallery.rendering import trainings
from gallery.rendering.networks import tensor_of
from gallery.services import jobs, pauses
from gallery.services.requests import request_instant_artwork
from gallery.services.trainings import retry_training
from tests.conftest import TINY_NETWORK

pytestmark = pytest.mark.django_db


def test_a_new_style_of_a_network_is_offered_with_its_measures(ada, make_training, run_jobs, media_root):
    run = make_training(ada)
    run_jobs()
    run.refresh_from_db()
    job = run.latest_job
    assert (job.state, job.step) == ("succeeded", 4), job.error_message
    style = run.styles.get()
    assert (style.state, style.title, style.network) == ("offered", "Waves", run.base)
    assert style.gate["samples"]
    assert style.gate["style_score"] > 0
    assert [row["step"] for row in run.losses] == [1, 2, 3, 4]
    assert {"total", "content", "style", "style relu3_1", "validation"} <= set(run.losses[-1])
    assert (media_root / run.sheet.name).exists()
    assert sorted(path.name for path in (media_root / run.samples_folder).iterdir()) == [
        "step_000002.jpg", "step_000004.jpg",
    ]  # fmt: skip
    assert not (media_root / run.work_folder / "checkpoint").exists()


def test_a_network_of_its_own_holds_all_styles_and_says_where_it_comes_from(
    ada, make_training, make_painting, make_photo, run_jobs
):
    styles = {"waves": [make_painting(ada)], "dots": [make_painting(ada, "blue"), make_painting(ada, "red")]}
    run = make_training(ada, base=None, styles=styles, parameters={"architecture": TINY_NETWORK})
    run_jobs()
    run.refresh_from_db()
    assert run.network.manifest["styles"] == ["waves", "dots"]
    assert "by ada" in run.network.provenance
    assert not run.network.may_be_published
    style = run.styles.get(title="Dots")
    artwork = request_instant_artwork(ada, make_photo(ada), [(style, 1)], {"image_size": 64})
    run_jobs()
    artwork.refresh_from_db()
    assert artwork.result


def test_the_same_training_twice_shares_one_network(ada, make_training, make_painting, run_jobs):
    styles = {"waves": [make_painting(ada)]}
    for _ in range(2):
        make_training(ada, base=None, styles=styles, parameters={"architecture": TINY_NETWORK})
        run_jobs()
    first, second = TrainingRun.objects.all()
    assert first.network == second.network
    assert StyleNetwork.objects.filter(is_example=False).count() == 1
    assert StyleModel.objects.filter(training_run__isnull=False).count() == 2


def stop_at(step, monkeypatch, action):
    """Let the owner ask for something while a training is at that step, and reports come without a pause."""
    report = jobs.report_progress

    def reported(claim, progress, **report_fields):
        if progress.step == step:
            action(Job.objects.get(pk=claim.job_id))
        return report(claim, progress, **report_fields)

    monkeypatch.setattr(jobs, "report_progress", reported)
    monkeypatch.setattr("gallery.rendering.reporting.REPORT_SECONDS", 0)


def test_a_paused_training_goes_on_where_it_was_and_ends_as_if_it_had_not_been(
    ada, make_training, make_painting, run_jobs, monkeypatch
):
    styles = {"waves": [make_painting(ada)]}
    whole = make_training(ada, styles=styles)
    run_jobs()
    parts = make_training(ada, styles=styles)
    with monkeypatch.context() as patch:
        stop_at(3, patch, pauses.pause_job)
        run_jobs()
    job = parts.jobs.get()
    assert (job.state, job.attempt, job.wish) == ("paused", 0, "")
    pauses.resume_job(job)
    run_jobs()
    job.refresh_from_db()
    assert (job.state, job.step) == ("succeeded", 4), job.error_message
    assert [row["step"] for row in job.loss_history] == [1, 2, 3, 4]
    assert torch.equal(tensor_of(whole.styles.get().row), tensor_of(parts.styles.get().row))


def test_a_training_stopped_early_keeps_what_it_has_learnt(ada, make_training, run_jobs, monkeypatch):
    run = make_training(ada)
    stop_at(2, monkeypatch, pauses.finish_job)
    run_jobs()
    job = run.jobs.get()
    assert (job.state, job.step, job.total) == ("succeeded", 2, 2), job.error_message
    assert run.styles.get().provenance["steps"] == 2


def test_a_training_told_to_stop_and_keep_is_ended_early_by_the_next_worker(ada, make_training, run_jobs):
    run = make_training(ada)
    held = jobs.claim_next("training", "first")
    pauses.finish_job(run.latest_job)
    jobs.release_job(held)
    run_jobs()
    job = run.jobs.get()
    assert (job.state, job.step, job.total, job.wish) == ("succeeded", 1, 1, ""), job.error_message


def test_a_training_cancelled_while_its_checkpoint_is_written_is_not_paused(ada, make_training, run_jobs, monkeypatch):
    run = make_training(ada)
    report = jobs.report_progress

    def reported(claim, progress, **report_fields):
        if progress.step == 0:
            return report(claim, progress, **report_fields)
        pauses.pause_job(run.latest_job)
        answer = report(claim, progress, **report_fields)
        jobs.cancel_job(run.latest_job)
        return answer

    monkeypatch.setattr(jobs, "report_progress", reported)
    run_jobs()
    assert run.jobs.get().state == "cancelled"


def test_a_cancelled_training_leaves_no_styles_and_can_be_taken_up_again(
    ada, make_training, run_jobs, monkeypatch, trainer, worked
):
    run = make_training(ada)
    with monkeypatch.context() as patch:
        stop_at(3, patch, jobs.cancel_job)
        run_jobs()
    assert run.jobs.get().state == "cancelled"
    assert not run.styles.exists()
    worked.clear()
    again = retry_training(run, trainer)
    assert (again.step, again.total) == (3, 4), "nobody is told that it begins anew"
    run_jobs()
    assert worked == [4]
    run.refresh_from_db()
    assert [row["step"] for row in run.losses] == [1, 2, 3, 4]


def test_a_training_that_has_had_its_turn_waits_for_the_next_and_goes_on(
    ada, make_training, run_jobs, monkeypatch, worked
):
    run = make_training(ada)
    with monkeypatch.context() as patch:
        patch.setattr(trainings, "SPARE_SECONDS", 10**9)
        patch.setattr(trainings, "SPEED_EVERY_SECONDS", 0)
        rendering.run(jobs.claim_next("training", "w"))
    job = run.jobs.get()
    assert (job.state, job.attempt, worked) == ("queued", 0, [1])
    run_jobs()
    assert worked == [1, 2, 3, 4]
    assert run.jobs.get().state == "succeeded"


def test_epochs_that_come_to_more_steps_than_allowed_are_named(ada, make_training, run_jobs, settings):
    run = make_training(ada, parameters={"steps": None, "epochs": 5})
    settings.MAX_TRAINING_STEPS = 4
    run_jobs()
    job = run.jobs.get()
    assert job.state == "failed"
    assert job.error_message.startswith("5 epochs of these photos are")
    assert "this gallery allows 4; ask for fewer epochs" in job.error_message


def test_a_full_disk_stops_a_training_before_anything_is_lost(ada, make_training, run_jobs, settings, trainer):
    run = make_training(ada)
    settings.MIN_FREE_BYTES = 2**60
    run_jobs()
    job = run.jobs.get()
    assert (job.state, job.error_code) == ("failed", "disk_full")
    assert "make room first" in job.error_message
    settings.MIN_FREE_BYTES = 0
    retry_training(run, trainer)
    run_jobs()
    assert run.latest_job.state == "succeeded"


def test_a_disk_that_fills_up_at_the_end_leaves_no_half_a_result(ada, make_training, run_jobs, monkeypatch, media_root):
    run = make_training(ada, base=None, parameters={"architecture": TINY_NETWORK})

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("gallery.rendering.trainings.write_sheet", fail)
    before = set(media_root.rglob("*.safetensors"))
    run_jobs()
    assert run.jobs.get().error_code == "disk_full"
    assert not run.styles.exists()
    added = set(media_root.rglob("*.safetensors")) - before
    assert {path.parent.name for path in added} == {str(run.pk)}


def test_a_training_that_diverges_says_so(ada, make_training, run_jobs):
    run = make_training(ada, parameters={"style_weight": 1e300, "steps": 60})
    run_jobs()
    assert "smaller learning_rate" in run.jobs.get().error_message


def test_a_worker_that_is_being_stopped_gives_a_training_back(ada, make_training, run_jobs):
    run = make_training(ada)
    rendering.stop_requested.set()
    try:
        rendering.run(jobs.claim_next("training", "first"))
    finally:
        rendering.stop_requested.clear()
    assert run.jobs.get().state == "queued"
    run_jobs()
    assert run.jobs.get().state == "succeeded"


@pytest.mark.parametrize("time_zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_a_network_says_the_day_of_the_gallery_on_which_it_was_trained(
    ada, make_training, tmp_path, settings, time_zone, media_root
):
    settings.TIME_ZONE = time_zone
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    claim = jobs.Claim(uuid.uuid4(), uuid.uuid4(), 1)
    network = trainings._network(claim, make_training(ada), tmp_path / "model.safetensors", {})
    assert f"{timezone.localdate():%-d %B %Y}" in network.provenance
