"""Searches that were interrupted: where they go on, and what is left of them."""

import os
import time

import pytest

from gallery import rendering
from gallery.models import Job
from gallery.rendering import reporting
from gallery.services import jobs
from gallery.services.artworks import search_checkpoint
from gallery.services.cleanup import sweep_files
from gallery.services.requests import request_artwork, retry_artwork
from tests.conftest import QUICK

LONG_AGO = time.time() - 7200
pytestmark = pytest.mark.django_db


@pytest.fixture
def artwork(ada, make_artwork):
    return make_artwork(ada, parameters=QUICK | {"num_steps": 6})


@pytest.fixture
def at_step(monkeypatch):
    """Has something done when a job reports that step; reports come without a pause."""
    monkeypatch.setattr(reporting, "REPORT_SECONDS", 0)
    report = jobs.report_progress

    def arrange(step, done):
        def reported(claim, **fields):
            if fields["step"] == step:
                done(Job.objects.get(pk=claim.job_id))
            return report(claim, **fields)

        monkeypatch.setattr(jobs, "report_progress", reported)

    yield arrange
    rendering.stop_requested.clear()


def work(name):
    rendering.stop_requested.clear()
    rendering.run(jobs.claim_next("optimize", name))
    return Job.objects.get()


@pytest.fixture
def stopped_at_three(artwork, at_step):
    at_step(3, lambda job: rendering.stop_requested.set())
    work("first")
    at_step(None, None)
    return artwork


def test_a_search_goes_on_where_its_worker_was_stopped(stopped_at_three, worked):
    stopped = Job.objects.get()
    assert (stopped.state, stopped.step) == ("queued", 3)
    job = work("second")
    assert job.state == "succeeded"
    assert worked[0] > 3
    steps = [entry["step"] for entry in job.loss_history]
    assert (steps[0], steps[-1], steps) == (1, job.total, sorted(set(steps)))


def test_it_ends_with_the_picture_of_one_that_was_never_stopped(stopped_at_three, ada):
    work("second")
    stopped_at_three.refresh_from_db()
    styles = [(stopped_at_three.styles.get(), 1.0)]
    other = request_artwork(ada, stopped_at_three.content, styles, stopped_at_three.parameters)
    rendering.run(jobs.claim_next(other.latest_job.queue, "third"))
    other.refresh_from_db()
    assert stopped_at_three.result.read() == other.result.read()


@pytest.mark.parametrize("damaged", [b"PK damaged", None])
def test_a_checkpoint_of_no_use_costs_no_more_than_what_it_held(stopped_at_three, worked, damaged):
    path = search_checkpoint(stopped_at_three)
    if damaged:
        path.write_bytes(damaged)
    else:
        stopped_at_three.parameters |= {"style_weight": 7.0}
        stopped_at_three.save()
    job = work("second")
    assert job.state == "succeeded"
    assert worked == [entry["step"] for entry in job.loss_history] == list(range(1, job.total + 1))


def test_where_the_disk_has_no_room_for_a_checkpoint_the_search_is_painted_all_the_same(artwork, at_step, settings):
    settings.MIN_FREE_BYTES = 2**60
    at_step(3, lambda job: rendering.stop_requested.set())
    assert work("first").state == "queued"
    assert not search_checkpoint(artwork).exists()
    at_step(None, None)
    assert work("second").state == "succeeded"


def test_nothing_is_kept_of_a_search_that_is_done(stopped_at_three):
    assert search_checkpoint(stopped_at_three).exists()
    work("second")
    assert not search_checkpoint(stopped_at_three).exists()


def test_nothing_is_kept_of_a_search_that_is_cancelled(artwork, at_step, worked):
    at_step(3, jobs.cancel_job)
    assert work("first").state == "cancelled"
    assert not search_checkpoint(artwork).exists()
    at_step(None, None)
    retry_artwork(artwork)
    worked.clear()
    rendering.run(jobs.claim_next("optimize", "second"))
    assert worked[0] == 1


def test_a_checkpoint_is_swept_once_nobody_goes_on_with_it(stopped_at_three):
    path = search_checkpoint(stopped_at_three)
    os.utime(path, (LONG_AGO, LONG_AGO))
    sweep_files()
    assert path.exists()
    jobs.cancel_job(Job.objects.get())
    sweep_files()
    assert not path.exists()
