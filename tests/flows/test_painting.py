"""From the request to the picture, through a real queue and a real worker process."""

import os
import signal

import pytest
from PIL import Image, ImageChops

from gallery.models import Job, Worker
from gallery.services import jobs, workers
from gallery.services.cleanup import reap
from gallery.services.requests import request_artwork
from gallery.services.searches import search_checkpoint
from tests.conftest import QUICK
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cluster")]
LONG = {"image_size": 128, "num_steps": 400}


def wait_for_state(artwork, *states) -> Job:
    def job_in_state():
        job = artwork.jobs.latest("queued_at")
        assert job.state in states or not job.is_finished, f"{job.state}: {job.error_message}"
        return job if job.state in states else None

    return wait_until(job_in_state, f"the job to be {' or '.join(states)}")


def wait_for_steps(artwork, steps=1) -> Job:
    def job_with_steps():
        job = artwork.jobs.latest("queued_at")
        assert not job.is_finished, f"{job.state}: {job.error_message}"
        return job if job.state == Job.State.RUNNING and job.step >= steps else None

    return wait_until(job_with_steps, f"{steps} steps")


def test_a_request_becomes_a_picture(ada, make_artwork, media_root):
    artwork = make_artwork(ada, parameters={"image_size": 96, "num_steps": 12})
    job = wait_for_state(artwork, "succeeded")
    artwork.refresh_from_db()
    assert (job.attempt, job.step, job.percent) == (1, 12, 100)
    assert (artwork.width, artwork.height) == (96, 72)
    assert [entry["step"] for entry in artwork.loss_history] == list(range(1, 13))
    assert artwork.loss_history[-1]["total"] < artwork.loss_history[0]["total"]
    assert artwork.provenance["content_sha256"] == artwork.content.sha256
    with Image.open(artwork.result.path) as result, Image.open(artwork.content.file.path) as photo:
        assert result.size == photo.size == (96, 72)
        assert ImageChops.difference(result.convert("RGB"), photo.convert("RGB")).getbbox()
    assert not list((media_root / "previews").glob(f"{job.pk}*"))


def test_a_running_job_shows_previews_and_stops_when_cancelled(ada, make_artwork, media_root):
    artwork = make_artwork(ada, parameters=LONG)
    job = wait_for_steps(artwork, 2)
    with Image.open(media_root / job.preview) as preview:
        assert preview.size == (128, 96)
    assert job.eta_seconds > 0
    jobs.cancel_job(job)
    job = wait_for_state(artwork, "cancelled")
    artwork.refresh_from_db()
    assert job.step < job.total
    assert not artwork.result


def test_a_job_cancelled_while_it_waits_is_never_started(ada, make_artwork):
    first, second = make_artwork(ada, parameters=LONG), make_artwork(ada)
    wait_for_steps(first)
    jobs.cancel_job(second.latest_job)
    jobs.cancel_job(first.latest_job)
    wait_for_state(first, "cancelled")
    third = make_artwork(ada)
    wait_for_state(third, "succeeded")
    job = second.jobs.get()
    assert (job.state, job.attempt) == ("cancelled", 0)


def test_a_worker_killed_in_mid_job_gives_one_picture(ada, make_artwork, media_root):
    artwork = make_artwork(ada, parameters={"image_size": 128, "num_steps": 120})
    job = wait_for_steps(artwork)
    os.kill(int(job.worker_name.rpartition(":")[2]), signal.SIGKILL)

    def painted_again():
        reap()
        job = artwork.jobs.get()
        assert job.state != Job.State.FAILED, job.error_message
        return job if job.is_finished else None

    job = wait_until(painted_again, "the second attempt")
    artwork.refresh_from_db()
    assert job.state == "succeeded"
    results = [path.name for path in (media_root / "results").iterdir() if str(artwork.pk) in path.name]
    assert results == [os.path.basename(artwork.result.name)]


def test_a_picture_that_is_gone_fails_the_job_with_a_sentence_and_the_worker_lives_on(
    ada, make_artwork, make_photo, make_painting
):
    photo = make_photo(ada)
    os.unlink(photo.file.path)
    artwork = request_artwork(ada, photo, [(make_painting(ada), 1.0)], QUICK)
    job = wait_for_state(artwork, "failed")
    assert job.error_code == "file_missing"
    assert "no longer there" in job.error_message
    wait_for_state(make_artwork(ada, content=make_photo(ada, "red")), "succeeded")


def test_a_stopped_cluster_gives_its_job_back_at_once(ada, make_artwork, start_cluster):
    workers.register_worker("w", host="h", cluster="x", pid=1, device="CPU", memory_bytes=0, extractors=["slim"])
    workers.record_speed("w", "slim", 10.0)
    own = start_cluster("interactive")
    try:
        artworks = [make_artwork(ada, parameters=LONG) for _ in range(3)]
        assert {artwork.latest_job.queue for artwork in artworks} == {Job.Queue.INTERACTIVE}
        wait_for_steps(artworks[0])
        os.killpg(own.popen.pid, signal.SIGINT)
        own.popen.wait(60)
        given_back = Job.objects.filter(artwork__in=artworks).values_list("state", "attempt", "lease_token")
        assert list(given_back) == [(Job.State.QUEUED, 0, None)] * 3
        assert search_checkpoint(artworks[0].pk).exists()
    finally:
        own.kill_group()


def test_workers_introduce_themselves(start_cluster, db):
    own = start_cluster("interactive")
    try:
        worker = wait_until(
            lambda: Worker.objects.filter(cluster="interactive", speeds__has_key="slim").first(), "the worker's speed"
        )
        assert "slim" in worker.extractors
        assert worker.speeds["slim"] > 0
        assert worker.memory_bytes > 0
    finally:
        own.kill_group()
