"""Lessons that were cancelled or have failed, tried once more."""

import pytest

from gallery.models import Job, StyleModel
from gallery.services import jobs, workers
from gallery.services.lessons import lesson_folder, reached_percent
from gallery.services.teaching import retry_lesson

pytestmark = pytest.mark.django_db


def cancelled_at(step, monkeypatch):
    """Let the owner cancel while a lesson is at that step, and reports come without a pause."""
    report = jobs.report_progress

    def reported(claim, progress, **fields):
        if progress.step == step:
            jobs.cancel_job(Job.objects.get(pk=claim.job_id))
        return report(claim, progress, **fields)

    monkeypatch.setattr(jobs, "report_progress", reported)
    monkeypatch.setattr("gallery.rendering.reporting.REPORT_SECONDS", 0)


@pytest.fixture
def cancelled(lesson, run_jobs, monkeypatch):
    """A lesson that was cancelled at its third step of four."""
    with monkeypatch.context() as patch:
        cancelled_at(3, patch)
        run_jobs()
    assert lesson.latest_job.state == "cancelled"
    return lesson


def test_another_try_is_estimated_from_where_it_goes_on(cancelled, settings):
    workers.register_worker("w", host="h", cluster="optimize", pid=1, device="CPU", memory_bytes=0, extractors=[])
    workers.record_speed("w", "lesson", 2.0)
    reached = reached_percent(cancelled)
    assert 0 < reached < 100
    left = settings.LESSON_STEPS * (1 - reached / 100)
    assert retry_lesson(cancelled).estimated_seconds == pytest.approx(left / 2.0)


@pytest.fixture
def steps_of_another_try(cancelled, run_jobs, worked):
    def tried():
        worked.clear()
        retry_lesson(cancelled)
        run_jobs()
        job = cancelled.latest_job
        assert job.state == "succeeded", job.error_message
        assert [entry["step"] for entry in job.loss_history] == [1, 2, 3, 4], (
            "its curve is whole, however often it stopped"
        )
        return list(worked)

    return tried


def test_a_cancelled_lesson_goes_on_where_it_was_while_the_photos_are_the_same(cancelled, steps_of_another_try):
    assert reached_percent(cancelled) == 75
    assert steps_of_another_try() == [4]


def test_a_photo_that_comes_meanwhile_loses_nothing_of_a_cancelled_lesson(
    cancelled, ada, make_photo, steps_of_another_try
):
    make_photo(ada, "crimson")
    assert reached_percent(cancelled) == 75
    assert steps_of_another_try() == [4]


def test_a_cancelled_lesson_begins_anew_with_other_photos(cancelled, ada, make_photo, steps_of_another_try):
    photo = make_photo(ada, "crimson")
    type(photo).objects.filter(pk=photo.pk).update(created_at=cancelled.created_at)
    assert reached_percent(cancelled) == 0
    assert steps_of_another_try() == [1, 2, 3, 4]


def test_a_cancelled_lesson_begins_anew_with_other_paintings(cancelled, ada, make_painting, steps_of_another_try):
    cancelled.pictures.set([make_painting(ada, "crimson")])
    assert steps_of_another_try() == [1, 2, 3, 4]


def test_a_cancelled_lesson_begins_anew_on_another_network(
    cancelled, trained, run_jobs, tmp_path, steps_of_another_try
):
    from gallery.services.networks import add_network
    from tests.gallery.services.test_networks import network_file

    other = add_network(cancelled.owner, network_file(tmp_path), "Tides")
    run_jobs()
    StyleModel.objects.filter(pk=cancelled.pk).update(network=other)
    assert steps_of_another_try() == [1, 2, 3, 4]


def test_a_damaged_checkpoint_is_put_away_and_the_lesson_begins_anew(cancelled, steps_of_another_try):
    (lesson_folder(cancelled) / "checkpoint").write_bytes(b"PK damaged")
    assert steps_of_another_try() == [1, 2, 3, 4]


def test_a_checkpoint_that_the_disk_does_not_give_is_kept_and_the_lesson_fails(cancelled, run_jobs):
    checkpoint = lesson_folder(cancelled) / "checkpoint"
    checkpoint.unlink()
    checkpoint.symlink_to("/proc/self/mem")  # no process has a page at its first address: an input/output error
    retry_lesson(cancelled)
    run_jobs()
    assert cancelled.latest_job.state == "failed"
    assert checkpoint.is_symlink()
