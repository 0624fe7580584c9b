import errno
import os
from datetime import timedelta

import pytest
import torch
from django.utils import timezone

from gallery import rendering
from gallery.models import Job
from gallery.queue import TaskTimeout
from gallery.rendering import artworks, reporting
from gallery.rendering.reporting import fit_to_read
from gallery.services import jobs
from gallery.tasks import work_on
from stylize_engine.errors import OutOfMemoryError
from stylize_engine.progress import Progress
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db


@pytest.fixture
def claimed(ada, make_artwork):
    artwork = make_artwork(ada)
    return artwork, jobs.claim_next(artwork.latest_job.queue, "test")


def job_of(artwork):
    return artwork.jobs.get()


def failing(monkeypatch, error):
    """Let saving the result fail, as the operating system would."""

    def save(*args, **kwargs):
        raise error

    monkeypatch.setattr(artworks, "save_image", save)


def results(media_root):
    folder = media_root / "results"
    return list(folder.iterdir()) if folder.exists() else []


def test_a_claimed_job_is_painted(claimed, media_root):
    artwork, claim = claimed
    rendering.run(claim)
    artwork.refresh_from_db()
    assert job_of(artwork).state == "succeeded"
    assert [path.name for path in results(media_root)] == [os.path.basename(artwork.result.name)]
    assert artwork.provenance["config"] == artwork.parameters


def test_transparency_of_the_photo_is_kept_in_the_result(ada, make_painted, make_photo):
    photo = make_photo(ada, mode="RGBA", color=(0, 128, 0, 100))
    assert make_painted(ada, content=photo).result.name.endswith(".png")


def test_a_full_disk_fails_the_job_and_says_so(claimed, monkeypatch):
    artwork, claim = claimed
    failing(monkeypatch, OSError(errno.ENOSPC, "No space left on device"))
    rendering.run(claim)
    job = job_of(artwork)
    assert (job.state, job.error_code) == ("failed", "disk_full")
    assert "disk is full" in job.error_message


def test_an_error_of_the_engine_is_told_in_its_own_words(claimed, monkeypatch):
    artwork, claim = claimed
    failing(monkeypatch, OutOfMemoryError("Too large for this device; choose a smaller size."))
    rendering.run(claim)
    job = job_of(artwork)
    assert (job.error_code, job.error_message) == (
        "out_of_memory",
        "Too large for this device; choose a smaller size.",
    )


def test_an_unforeseen_error_is_logged_and_shows_no_detail(claimed, monkeypatch, caplog):
    artwork, claim = claimed
    failing(monkeypatch, KeyError("secret detail"))
    rendering.run(claim)
    job = job_of(artwork)
    assert (job.state, job.error_code) == ("failed", "internal")
    assert "secret detail" not in job.error_message
    assert "secret detail" in caplog.text


def test_a_job_over_its_time_fails_and_the_worker_is_told(claimed, monkeypatch):
    artwork, claim = claimed
    failing(monkeypatch, TaskTimeout("over"))
    with pytest.raises(TaskTimeout):
        rendering.run(claim)
    assert job_of(artwork).error_code == "time_limit"


def test_where_a_machine_has_no_weights_of_an_extractor_nothing_is_downloaded(ada, make_artwork, monkeypatch):
    usable = {"parameters": QUICK | {"extractor": "vgg19"}}
    monkeypatch.setattr("gallery.services.workers.usable_extractors", lambda: ["vgg19"])
    artwork = make_artwork(ada, **usable)
    rendering.run(jobs.claim_next(artwork.latest_job.queue, "w"))
    job = job_of(artwork)
    assert (job.state, job.error_code) == ("failed", "weights_not_found")
    assert job.error_message.startswith("The machine that works here has no weights of vgg19")


def test_no_reason_names_a_folder_of_the_machine(settings):
    for root in (settings.MEDIA_ROOT, torch.hub.get_dir()):
        assert fit_to_read(f"{root}/checkpoints/vgg16.pth is damaged.") == "The file is damaged."


def test_a_result_that_comes_too_late_is_thrown_away(claimed, media_root, monkeypatch):
    artwork, claim = claimed
    save_image = artworks.save_image

    def save_and_lose_the_lease(*args, **kwargs):
        save_image(*args, **kwargs)
        Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        jobs.recover_expired_leases()

    monkeypatch.setattr(artworks, "save_image", save_and_lose_the_lease)
    rendering.run(claim)
    artwork.refresh_from_db()
    assert (job_of(artwork).state, artwork.result.name) == ("queued", "")
    assert results(media_root) == []


@pytest.fixture
def stopping():
    rendering.stop_requested.set()
    yield
    rendering.stop_requested.clear()


@pytest.mark.usefixtures("stopping")
def test_a_worker_that_is_being_stopped_gives_its_job_back_and_takes_no_other(claimed):
    artwork, claim = claimed
    rendering.run(claim)
    assert (job_of(artwork).state, job_of(artwork).attempt) == ("queued", 0)
    work_on(job_of(artwork).queue)
    assert job_of(artwork).state == "queued"


def test_a_long_loss_history_is_thinned_evenly():
    history = []
    for step in range(1, 1001):
        reporting.remember(history, Progress(step, 1000, {"total": 1.0 / step}))
    steps = [entry["step"] for entry in history]
    assert len(steps) <= reporting.MAX_HISTORY
    assert (steps[0], steps[-1]) == (1, 1000)
    assert steps == sorted(set(steps))
