"""Whose turn it is: what will be worked on before a job that waits, or before one that is only thought of."""

import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heapify, heappop, heappush

from django.db.models import Max
from django.utils import timezone

from gallery.models import Job, Worker

NEVER = datetime.min.replace(tzinfo=UTC)
# Everybody who waits asks each second, and what all of them are told is one order.
KEPT_SECONDS = 1.5
ASKED = ("kind", "queue", "state", "owner", "queued_at", "step", "total", "work", "eta_seconds", "estimated_seconds")
State = Job.State
Lines = Mapping[int | None, tuple[Job, ...]]


@dataclass(frozen=True)
class Turns:
    """A queue at a moment: what is worked on; what waits, by its owners, the oldest first; when they were served last;
    what `queue_before` tells of each job that waits. It holds `until` then."""

    running: list[Job]
    lines: Lines
    served: Mapping[int | None, datetime]
    workers: int
    told: Mapping[uuid.UUID, dict]
    until: float = field(default_factory=lambda: time.monotonic() + KEPT_SECONDS)


kept: dict[str, Turns] = {}
_reading = threading.Lock()


def queue_before(job: Job) -> dict:
    """How many jobs of its queue are worked on now or have their turn before one that waits (`jobs_before`), and in
    how many seconds roughly that is done (`wait`), a moment ago; nothing of any other job."""
    if job.state != State.QUEUED:
        return {}
    told = _turns(job.queue).told
    if job.pk not in told:  # it has come since then, or its turn has
        told = _turns(job.queue, anew=True).told
    return told.get(job.pk, {})


def queue_before_new(owner, queue: str) -> dict:
    """As `queue_before`, of a job that `owner`, who may not be signed in yet, would ask for now."""
    job, now = Job(owner_id=owner.pk, queue=queue, queued_at=timezone.now()), _turns(queue)
    lines = {**now.lines, owner.pk: (*now.lines.get(owner.pk, ()), job)}
    served = {**_last_served(queue, [owner.pk]), **now.served}
    for other, told in _in_turn(now.running, lines, served, now.workers):
        if other is job:
            return told


def _turns(queue: str, *, anew: bool = False) -> Turns:
    with _reading:
        turns = kept.get(queue)
        if anew or turns is None or turns.until < time.monotonic():
            kept[queue] = turns = _read(queue)
        return turns


def _read(queue: str) -> Turns:
    running = list(Job.objects.filter(state=State.RUNNING, queue=queue).only(*ASKED).order_by("started_at"))
    lines = {}
    for job in Job.objects.waiting(queue).only(*ASKED).order_by("queued_at", "pk"):
        lines.setdefault(job.owner_id, []).append(job)
    served = _last_served(queue, lines)
    workers = Worker.objects.alive().filter(cluster=queue).count()
    told = {job.pk: told for job, told in _in_turn(running, lines, served, workers)}
    return Turns(running, {owner: tuple(line) for owner, line in lines.items()}, served, workers, told)


def _last_served(queue: str, owners: Iterable[int | None]) -> dict[int, datetime]:
    served = Job.objects.filter(queue=queue, owner__in=filter(None, owners), started_at__isnull=False).order_by()
    return dict(served.values_list("owner").annotate(Max("started_at")))


def _in_turn(
    running: list[Job], lines: Lines, served: Mapping[int | None, datetime], workers: int
) -> Iterator[tuple[Job, dict]]:
    """The waiting jobs in the order in which they are claimed by the rule of `jobs.jobs_in_turn`, each with what is
    told of it, where each takes as long as any other and nothing else arrives."""
    busy = deque(job.owner_id for job in running)
    places, count, now = max(1, workers, len(running)), Counter(busy), timezone.now()
    waiting = {owner: deque(line) for owner, line in lines.items()}
    last = {owner: (served.get(owner, NEVER), 0) for owner in waiting}

    def turn(owner):
        first = waiting[owner][0]
        return count[owner], last[owner], first.queued_at, first.pk, owner

    # A turn that is no longer its owner's stays in there until it comes.
    turns = [turn(owner) for owner in waiting]
    heapify(turns)
    before, seconds = len(running), sum(job.seconds_left or 0 for job in running)
    while turns:
        if len(busy) == places:
            freed = busy.popleft()
            count[freed] -= 1
            if waiting.get(freed):
                heappush(turns, turn(freed))
        following = heappop(turns)
        owner = following[-1]
        if not waiting[owner] or following != turn(owner):
            continue
        job = waiting[owner].popleft()
        yield job, {"jobs_before": before, "wait": seconds / max(1, workers)}
        before, seconds = before + 1, seconds + (job.seconds_left or 0)
        busy.append(owner)
        count[owner] += 1
        last[owner] = (now, before)
        if waiting[owner]:
            heappush(turns, turn(owner))
