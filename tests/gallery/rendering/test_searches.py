"""Searches that were interrupted: where they go on, and what is left of them."""

import os
import shutil
import time
from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery import rendering
from gallery.models import Job
from gallery.rendering import artworks, reporting
from gallery.services import jobs
from gallery.services.artworks import delete_artwork
from gallery.services.cleanup import sweep_files
from gallery.services.leaving import delete_account
from gallery.services.picture_folder import adopt_folder
from gallery.services.requests import request_artwork, retry_artwork
from gallery.services.searches import search_checkpoint
from stylize_engine import gatys
from tests.conftest import QUICK
from tests.engine.full_disk import full_disk

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
        def reported(claim, progress, **fields):
            if progress.step == step:
                done(Job.objects.get(pk=claim.job_id))
            return report(claim, progress, **fields)

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
    path = search_checkpoint(stopped_at_three.pk)
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
    assert not search_checkpoint(artwork.pk).exists()
    at_step(None, None)
    assert work("second").state == "succeeded"


def test_a_disk_that_has_filled_up_since_keeps_no_search_from_going_on(stopped_at_three, worked, settings):
    settings.MIN_FREE_BYTES = 2**60
    assert work("second").state == "succeeded"
    assert worked[0] > 3


def test_nothing_is_kept_of_a_search_that_is_done(stopped_at_three):
    assert search_checkpoint(stopped_at_three.pk).exists()
    work("second")
    assert not search_checkpoint(stopped_at_three.pk).exists()


@pytest.fixture
def written(monkeypatch):
    """How many checkpoints were written."""
    names, save = [], gatys.save_checkpoint
    monkeypatch.setattr(gatys, "save_checkpoint", lambda path, *state: [names.append(path), save(path, *state)])
    return names


def test_of_a_search_that_is_cancelled_nothing_is_written(artwork, at_step, written):
    at_step(3, jobs.cancel_job)
    assert work("first").state == "cancelled"
    assert written == []


@pytest.mark.parametrize("leave", [lambda job: delete_artwork(job.artwork), lambda job: delete_account(job.owner)])
def test_of_a_search_that_is_deleted_while_it_runs_nothing_is_written(artwork, at_step, written, leave):
    at_step(3, leave)
    rendering.run(jobs.claim_next("optimize", "first"))
    assert not Job.objects.exists()
    assert written == []


@pytest.mark.parametrize("leave", [lambda job: delete_artwork(job.artwork), lambda job: delete_account(job.owner)])
def test_what_was_kept_goes_with_an_artwork_that_is_deleted(
    stopped_at_three, leave, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        leave(Job.objects.get())
    assert not search_checkpoint(stopped_at_three.pk).exists()


def test_what_was_kept_goes_with_a_job_that_is_cancelled_as_it_waits(stopped_at_three, worked):
    jobs.cancel_job(Job.objects.get())
    assert not search_checkpoint(stopped_at_three.pk).exists()
    retry_artwork(stopped_at_three)
    rendering.run(jobs.claim_next("optimize", "second"))
    assert worked[0] == 1


@pytest.fixture
def killed_at_five(artwork, at_step, state_every_second_step):
    """A worker that is killed writes nothing more, and another takes its job over."""

    def lost(job):
        Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        jobs.recover_expired_leases()

    at_step(5, lost)
    assert work("first").state == "queued"
    at_step(None, None)
    return artwork


def test_a_long_search_whose_worker_was_killed_goes_on_from_its_last_state(killed_at_five, worked):
    job = work("second")
    assert (job.state, worked[0]) == ("succeeded", 5)
    assert [entry["step"] for entry in job.loss_history] == list(range(1, job.total + 1))


@pytest.mark.parametrize(("free", "kept"), [(3, True), (1.5, False)])
def test_states_on_the_way_are_written_where_there_is_room_for_one_beside_the_other(
    artwork, at_step, state_every_second_step, written, settings, monkeypatch, free, kept
):
    state = artworks.STATE_PICTURES["lbfgs"] * 64 * 43 * 3 * 4
    disk = shutil.disk_usage("/")._replace(free=settings.MIN_FREE_BYTES + round(free * state))
    monkeypatch.setattr("gallery.services.room.shutil.disk_usage", lambda folder: disk)
    assert work("first").state == "succeeded"
    assert bool(written) == kept


def test_one_that_takes_a_moment_writes_no_state_on_the_way(artwork, written):
    assert work("first").state == "succeeded"
    assert written == []


def test_a_disk_that_is_full_where_a_state_is_to_be_written_costs_only_the_steps_since_the_last(
    artwork, state_every_second_step, monkeypatch, worked
):
    saves, save = [], gatys.save_checkpoint

    def save_while_there_is_room(*state):
        saves.append(state)
        with full_disk() if len(saves) > 1 else nullcontext():
            save(*state)

    monkeypatch.setattr(gatys, "save_checkpoint", save_while_there_is_room)
    assert work("first").state == "succeeded"
    assert (len(saves), worked) == (2, [1, 2, 3, 3, 4, 5, 6])


@pytest.mark.parametrize("stopping", [False, True])
def test_a_search_that_another_worker_has_taken_over_keeps_what_was_kept(stopped_at_three, at_step, worked, stopping):
    checkpoint, left = search_checkpoint(stopped_at_three.pk), []

    def taken_over(job):
        left.append(checkpoint.read_bytes())
        if stopping:
            rendering.stop_requested.set()
        Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
        jobs.recover_expired_leases()

    at_step(5, taken_over)
    work("second")
    assert [checkpoint.read_bytes()] == left
    at_step(None, None)
    worked.clear()
    assert work("third").state == "succeeded"
    assert worked[0] > 3


def test_a_later_job_does_not_go_on_from_what_an_earlier_one_has_left(stopped_at_three, worked):
    Job.objects.update(state="failed", error_message="It broke.", finished_at=timezone.now())
    retry_artwork(stopped_at_three)
    rendering.run(jobs.claim_next("optimize", "second"))
    assert worked[0] == 1


def test_a_checkpoint_is_swept_once_nobody_goes_on_with_it(stopped_at_three):
    path = search_checkpoint(stopped_at_three.pk)
    os.utime(path, (LONG_AGO, LONG_AGO))
    adopt_folder()
    sweep_files()
    assert path.exists()
    Job.objects.update(state="failed", error_message="It broke.", finished_at=timezone.now())
    sweep_files()
    assert not path.exists()
