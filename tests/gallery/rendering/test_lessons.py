import errno

import pytest
import torch

from gallery import rendering
from gallery.models import Job, StyleModel
from gallery.rendering import gate, lessons
from gallery.rendering.networks import network_for, tensor_of
from gallery.services import jobs
from gallery.services.lessons import lesson_folder, reached_percent
from gallery.services.requests import request_instant_artwork
from gallery.services.teaching import retry_lesson

pytestmark = pytest.mark.django_db


def test_a_style_is_learnt_and_paints_afterwards(ada, lesson, trained, make_photo, run_jobs, media_root):
    run_jobs()
    lesson.refresh_from_db()
    job = lesson.latest_job
    assert (job.state, job.step, lesson.state) == ("succeeded", 4, "private"), job.error_message
    assert [entry["step"] for entry in job.loss_history] == [1, 2, 3, 4]
    assert not torch.equal(tensor_of(lesson.row), tensor_of(StyleModel.objects.get(slug="dots").row))
    assert (media_root / lesson.cover.name).exists()
    assert (media_root / lesson.strip.name).exists()
    assert not lesson_folder(lesson).exists()
    for styles in ([(lesson, 1)], [(lesson, 1), (trained[0], 2)]):
        artwork = request_instant_artwork(ada, make_photo(ada), styles, {"image_size": 64})
        run_jobs()
        artwork.refresh_from_db()
        assert artwork.result


def test_a_lesson_is_blended_with_styles_of_the_gallery(ada, lesson, make_photo, run_jobs):
    run_jobs()
    lesson.refresh_from_db()
    models = [lesson, StyleModel.objects.get(slug="dots")]
    artwork = request_instant_artwork(ada, make_photo(ada), [(model, 1) for model in models], {"image_size": 64})
    run_jobs()
    artwork.refresh_from_db()
    assert artwork.provenance["styles"] == {lesson.slug: 1, "dots": 1}
    assert set(network_for(models).added) == {lesson.slug, "dots"}


def test_a_lesson_goes_on_where_a_stopped_worker_left_it(lesson, monkeypatch):
    claim = jobs.claim_next("optimize", "first")
    steps = []

    def stop_after_three(claim, generator, history):
        for progress in generator:
            steps.append(progress.step)
            if len(steps) == 3:
                generator.close()
                raise rendering.WorkerStopping
            yield progress

    with monkeypatch.context() as patch:
        patch.setattr(lessons, "reported", stop_after_three)
        rendering.run(claim)
    assert Job.objects.get().state == "queued"
    rendering.run(jobs.claim_next("optimize", "second"))
    job = Job.objects.get()
    assert job.state == "succeeded"
    assert [entry["step"] for entry in job.loss_history] == [4]


def test_how_far_a_lesson_has_come_is_told_also_when_its_worker_was_stopped(lesson, monkeypatch):
    report = jobs.report_progress

    def stopped_at_three(claim, progress, **fields):
        if progress.step == 3:
            rendering.stop_requested.set()
        return report(claim, progress, **fields)

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "report_progress", stopped_at_three)
        patch.setattr("gallery.rendering.reporting.REPORT_SECONDS", 0)
        rendering.run(jobs.claim_next("optimize", "first"))
    rendering.stop_requested.clear()
    assert Job.objects.get().state == "queued"
    assert reached_percent(lesson) == 75


def test_a_reason_that_names_a_file_of_the_server_is_for_the_log(lesson, run_jobs, media_root, caplog):
    folder = lesson_folder(lesson)
    folder.parent.mkdir(parents=True)
    folder.write_bytes(b"in the way")
    run_jobs()
    job = lesson.latest_job
    assert (job.state, str(media_root) in job.error_message) == ("failed", False)
    assert str(folder) in caplog.text


def test_a_full_disk_fails_the_lesson_and_another_try_succeeds(lesson, monkeypatch, run_jobs):
    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(gate, "save_image", fail)
        run_jobs()
    job = lesson.latest_job
    assert (job.state, job.error_code) == ("failed", "disk_full")
    lesson.refresh_from_db()
    assert (lesson.state, lesson.row) == ("draft", None)
    retry_lesson(lesson)
    run_jobs()
    lesson.refresh_from_db()
    assert lesson.state == "private"


def test_a_cancelled_lesson_learns_nothing(lesson, run_jobs, media_root):
    claim = jobs.claim_next("optimize", "w")
    jobs.cancel_job(Job.objects.get())
    rendering.run(claim)
    lesson.refresh_from_db()
    assert (Job.objects.get().state, lesson.state) == ("cancelled", "draft")
    assert not (media_root / "samples").exists() or not list((media_root / "samples").glob(f"{lesson.pk}*"))


def test_a_network_that_is_gone_is_told_as_what_it_is(lesson, run_jobs, media_root, caplog):
    path = media_root / lesson.network.file.name
    path.unlink()
    run_jobs()
    job = lesson.latest_job
    assert (job.state, job.error_code) == ("failed", "weights_not_found")
    assert job.error_message == "The network of this style cannot be read; tell an administrator."
    assert str(path) in caplog.text


def test_a_painting_that_is_gone_is_named(lesson, run_jobs, media_root):
    picture = lesson.pictures.get()
    (media_root / picture.file.name).unlink()
    run_jobs()
    assert lesson.latest_job.state == "failed"
    assert "Errno" not in lesson.latest_job.error_message


@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(b"\xff\xd8 no picture")])
def test_photos_that_cannot_be_read_are_done_without(
    lesson, example_photo, ben, make_photo, run_jobs, media_root, damage
):
    sound, other = make_photo(ben, "blue"), make_photo(ben, "red")
    for photo, title in ((sound, "A second one"), (other, "A first one")):
        type(photo).objects.filter(pk=photo.pk).update(owner=None, is_example=True, title=title)
    damage(media_root / other.file.name)
    run_jobs()
    job = lesson.latest_job
    assert job.state == "succeeded", job.error_message
