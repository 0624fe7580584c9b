from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from gallery.exceptions import Conflict, LeaseLost
from gallery.models import Artwork, Job
from gallery.services import jobs
from gallery.services.requests import retry_artwork
from stylize_engine.progress import Progress

pytestmark = pytest.mark.django_db
OPTIMIZE = Job.Queue.OPTIMIZE


def claim(worker="worker"):
    return jobs.claim_next(OPTIMIZE, worker)


def expire(claim):
    Job.objects.filter(pk=claim.job_id).update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def progress(claim, step=1):
    return jobs.report_progress(claim, Progress(step, 4), eta_seconds=3.0, loss_history=[], preview="")


def succeed(claim):
    fields = {"result": "results/x.jpg", "width": 64, "height": 48}
    jobs.succeed_job(claim, Artwork.objects.get(jobs=claim.job_id), fields, loss_history=[], total=4)


def test_a_claimed_job_runs_under_a_lease_and_cannot_be_claimed_again(ada, make_artwork):
    job = make_artwork(ada).latest_job
    held = claim("one")
    job.refresh_from_db()
    assert (job.state, job.attempt, job.worker_name, job.lease_token) == ("running", 1, "one", held.token)
    assert claim("two") is None


def test_a_job_belongs_to_the_worker_that_changes_its_row_first(ada, make_artwork, monkeypatch):
    make_artwork(ada)
    stale = list(jobs.jobs_in_turn(OPTIMIZE))
    first = claim("first")
    seen = iter([stale, []])

    class Stale:
        def first(self):
            return next(iter(next(seen)), None)

    monkeypatch.setattr(jobs, "jobs_in_turn", lambda queue: Stale())
    assert claim("second") is None
    assert first.held.exists()


def test_progress_is_written_and_extends_the_lease(ada, make_artwork):
    job = make_artwork(ada).latest_job
    held = claim()
    expire(held)
    assert progress(held, step=2) is None
    job.refresh_from_db()
    assert (job.step, job.percent, job.eta_seconds) == (2, 50, 3.0)
    assert job.lease_expires_at > timezone.now()


def test_where_steps_cost_unequally_the_share_of_the_work_is_told(ada, make_artwork):
    job = make_artwork(ada).latest_job
    held = claim()
    jobs.report_progress(held, Progress(3, 4, work=0.25), eta_seconds=3.0, loss_history=[], preview="")
    job.refresh_from_db()
    assert (job.step, job.percent) == (3, 25)
    expire(held)
    jobs.recover_expired_leases()
    claim("next")
    job.refresh_from_db()
    assert (job.step, job.percent) == (0, 0)


def test_a_worker_that_lives_keeps_its_lease_however_long_a_step_takes(ada, make_artwork):
    make_artwork(ada)
    held = claim()
    expire(held)
    jobs.extend_lease(held)
    assert jobs.recover_expired_leases() == 0
    assert held.held.exists()


def test_people_take_turns(ada, ben, make_artwork):
    first, second, third = (make_artwork(ada) for _ in range(3))
    late = make_artwork(ben)
    order = []
    while held := claim():
        order.append(Job.objects.get(pk=held.job_id).artwork)
        succeed(held)
    assert order == [first, late, second, third]


def test_who_has_a_running_job_waits_for_those_who_have_none(ada, ben, make_artwork):
    make_artwork(ada), make_artwork(ada)
    held = claim()
    late = make_artwork(ben)
    assert held.held.exists()
    assert Job.objects.get(pk=claim().job_id).artwork == late


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL plans by the size of its tables")
def test_whose_turn_it_is_is_found_without_reading_what_people_had_done_before(db):
    plan = jobs.jobs_in_turn(OPTIMIZE).explain().splitlines()
    read = [step for step in plan if "SEARCH" in step or "SCAN" in step]
    assert len(read) == 4
    found_by = ("(state=? AND queue=?)", "COVERING INDEX", "PRIMARY KEY (rowid=?)")
    assert all(any(key in step for key in found_by) for step in read), plan


def test_a_waiting_job_is_cancelled_at_once(ada, make_artwork):
    job = make_artwork(ada).latest_job
    jobs.cancel_job(job)
    assert job.state == "cancelled"
    assert claim() is None


def test_a_running_job_is_told_to_stop_and_then_cancelled(ada, make_artwork):
    job = make_artwork(ada).latest_job
    held = claim()
    jobs.cancel_job(job)
    jobs.cancel_job(job)
    assert (job.state, job.stop_requested) == ("running", True)
    assert progress(held) == jobs.Request.CANCEL
    jobs.finish_cancelled_job(held)
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_job_that_is_queued_again_in_the_moment_in_which_it_is_cancelled_is_cancelled(
    ada, make_artwork, after_an_update
):
    job = make_artwork(ada).latest_job
    expire(claim())
    with after_an_update(jobs.recover_expired_leases):
        jobs.cancel_job(job)
    assert job.state == "cancelled"
    assert claim() is None


def test_a_job_cancelled_at_its_last_step_publishes_nothing(ada, make_artwork):
    artwork = make_artwork(ada)
    held = claim()
    jobs.cancel_job(artwork.latest_job)
    with pytest.raises(LeaseLost):
        succeed(held)
    artwork.refresh_from_db()
    assert not artwork.result


def test_a_finished_job_cannot_be_cancelled(ada, make_artwork):
    job = make_artwork(ada).latest_job
    succeed(claim())
    with pytest.raises(Conflict):
        jobs.cancel_job(job)


def test_an_expired_lease_is_queued_again_and_the_old_worker_can_write_nothing(ada, make_artwork):
    artwork = make_artwork(ada)
    old = claim("old")
    expire(old)
    assert jobs.recover_expired_leases() == 1
    new = claim("new")
    assert new.attempt == 2
    for write in (progress, succeed):
        with pytest.raises(LeaseLost):
            write(old)
    jobs.fail_job(old, "x", "late news")
    succeed(new)
    job = artwork.jobs.get()
    assert (job.state, job.error_message) == ("succeeded", "")


def test_a_lease_that_still_runs_is_left_alone(ada, make_artwork):
    make_artwork(ada)
    held = claim()
    assert jobs.recover_expired_leases() == 0
    assert held.held.exists()


def test_a_lost_job_that_was_to_be_cancelled_is_cancelled(ada, make_artwork):
    job = make_artwork(ada).latest_job
    held = claim()
    jobs.cancel_job(job)
    expire(held)
    jobs.recover_expired_leases()
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_job_given_back_by_a_stopping_worker_keeps_its_attempts(ada, make_artwork):
    job = make_artwork(ada).latest_job
    jobs.release_job(claim())
    job.refresh_from_db()
    assert (job.state, job.attempt, job.lease_token) == ("queued", 0, None)


def test_only_a_failed_or_cancelled_artwork_is_retried_and_only_once(ada, make_artwork):
    artwork = make_artwork(ada)
    first = artwork.latest_job
    assert retry_artwork(artwork) == first
    jobs.fail_job(claim(), "x", "no luck")
    second = retry_artwork(artwork)
    assert second.retry_of == first
    assert retry_artwork(artwork) == second
    succeed(claim())
    artwork.refresh_from_db()
    with pytest.raises(Conflict):
        retry_artwork(artwork)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_the_same_moment_never_get_the_same_job(ada, make_artwork):
    for _ in range(6):
        make_artwork(ada)

    def claim_until_empty(name):
        try:
            return [held.job_id for held in iter(lambda: claim(name), None)]
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        taken = [job for jobs_of_one in pool.map(claim_until_empty, "abc") for job in jobs_of_one]
    assert len(taken) == len(set(taken)) == 6
