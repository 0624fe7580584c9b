"""What stands before a job is what is really claimed before it."""

import time
from collections import deque

import pytest
from django.contrib.auth.models import AnonymousUser

from gallery.models import Artwork, Job
from gallery.services import jobs, turns, workers
from gallery.services.turns import queue_before, queue_before_new

pytestmark = pytest.mark.django_db
QUEUE = "optimize"


@pytest.fixture
def wait(make_artwork):
    """Artworks that wait, asked for one after the other by these people."""
    return lambda *people: [make_artwork(person).latest_job for person in people]


def claim():
    return jobs.claim_next(QUEUE, "w")


def succeed(claim):
    fields = {"result": f"results/{claim.mark}.jpg", "width": 64, "height": 48}
    jobs.succeed_job(claim, Artwork.objects.get(jobs=claim.job_id), fields, loss_history=[], total=4)


def register(count):
    for number in range(count):
        told = {"host": "h", "cluster": QUEUE, "pid": 1, "device": "CPU", "memory_bytes": 1, "extractors": []}
        workers.register_worker(f"w{number}", **told)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("begun", [0, 1, 2])
def test_each_waits_for_just_those_that_are_claimed_before_it(ada, ben, make_user, wait, count, begun):
    eve = make_user("eve")
    register(count)
    wait(ada, ada, ada, ben, ada, eve, ben, ada, eve, ada)
    busy = deque(claim() for _ in range(min(begun, count)))
    told = {job.pk: queue_before(job)["jobs_before"] for job in Job.objects.filter(state="queued")}
    before, seen = len(busy), {}
    while Job.objects.filter(state="queued").exists():
        if len(busy) == count:
            succeed(busy.popleft())
        busy.append(claim())
        seen[busy[-1].job_id] = before
        before += 1
    assert seen == told


def test_who_has_nothing_waiting_is_served_before_those_who_have_much(ada, ben, wait):
    register(1)
    wait(*[ada] * 9)
    claim()
    Job.objects.update(estimated_seconds=60.0)
    assert queue_before_new(ben, QUEUE) == {"jobs_before": 1, "wait": 60}
    assert queue_before_new(ada, QUEUE) == {"jobs_before": 9, "wait": 540}
    assert queue_before_new(AnonymousUser(), QUEUE)["jobs_before"] == 1


def test_a_job_that_does_not_wait_has_none_before_it(ada, wait):
    (job,) = wait(ada)
    claim()
    job.refresh_from_db()
    assert queue_before(job) == {}


def test_the_order_of_a_queue_is_read_once_for_all_who_watch_it(ada, ben, wait, django_assert_num_queries):
    watched = wait(*[ada, ben] * 5)
    queue_before(watched[0])
    with django_assert_num_queries(0):
        assert [queue_before(job)["jobs_before"] for job in watched] == list(range(10))


def test_who_comes_later_is_told_at_once_where_they_stand(ada, ben, wait):
    (first, *_) = wait(ada, ada)
    assert queue_before(first)["jobs_before"] == 0
    (later,) = wait(ben)
    assert queue_before(later)["jobs_before"] == 1


def test_what_has_left_the_queue_waits_for_nothing_whatever_is_kept(ada, wait):
    claimed, cancelled, waiting = wait(ada, ada, ada)
    assert queue_before(waiting)["jobs_before"] == 2
    claim()
    jobs.cancel_job(cancelled)
    for job in (claimed, cancelled):
        job.refresh_from_db()
        assert queue_before(job) == {}


def test_an_order_is_kept_for_a_moment_only(ada, wait, monkeypatch):
    monkeypatch.setattr(turns, "KEPT_SECONDS", 0.2)
    cancelled, waiting = wait(ada, ada)
    assert queue_before(waiting)["jobs_before"] == 1
    jobs.cancel_job(cancelled)
    time.sleep(0.2)
    assert queue_before(waiting)["jobs_before"] == 0


def test_turns_are_read_in_as_many_queries_however_many_wait(make_training, trainer, django_assert_max_num_queries):
    for _ in range(4):
        make_training(trainer)
    Job.objects.update(estimated_seconds=60.0)
    with django_assert_max_num_queries(6):
        assert queue_before(Job.objects.last())


def test_jobs_of_deactivated_people_rest_and_stand_before_nobody(ada, ben, wait):
    (resting, waiting) = wait(ada, ben)
    type(ada).objects.filter(pk=ada.pk).update(is_active=False)
    assert queue_before(waiting)["jobs_before"] == 0
    assert queue_before(resting) == {}
    assert claim().job_id == waiting.pk
    assert claim() is None
    type(ada).objects.filter(pk=ada.pk).update(is_active=True)
    assert claim().job_id == resting.pk
