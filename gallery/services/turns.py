"""Whose turn it is: what will be worked on before a job that waits, or before one that is only thought of."""

from collections import Counter, deque
from collections.abc import Iterable
from datetime import UTC, datetime

from django.db.models import Max
from django.utils import timezone

from gallery.models import Job, Worker

NEVER = datetime.min.replace(tzinfo=UTC)
State = Job.State


def queue_before(job: Job) -> dict:
    """How many jobs of its queue are worked on now or have their turn before one that waits (`jobs_before`), and in
    how many seconds roughly that is done (`wait`); nothing of any other job."""
    return _told(job.queue, job.owner_id, job) if job.state == State.QUEUED else {}


def queue_before_new(owner, queue: str) -> dict:
    """As `queue_before`, of a job that `owner`, who may not be signed in yet, would ask for now."""
    return _told(queue, owner.pk, Job(owner_id=owner.pk, queue=queue, queued_at=timezone.now()))


def _told(queue: str, owner_id: int | None, job: Job) -> dict:
    running = list(Job.objects.filter(queue=queue, state=State.RUNNING).order_by("started_at").defer("loss_history"))
    lines = _lines(queue)
    if job not in lines.setdefault(owner_id, deque()):
        lines[owner_id].append(job)
    workers = Worker.objects.alive().filter(cluster=queue).count()
    before = running + _taken_before(job, running, lines, max(1, workers, len(running)))
    seconds = sum(other.seconds_left or 0 for other in before)
    return {"jobs_before": len(before), "wait": seconds / max(1, workers)}


def _lines(queue: str) -> dict[int | None, deque[Job]]:
    """What waits, by its owner, the oldest first."""
    lines = {}
    waiting = Job.objects.filter(queue=queue, state=State.QUEUED).order_by("queued_at", "pk").defer("loss_history")
    for job in waiting:
        lines.setdefault(job.owner_id, deque()).append(job)
    return lines


def _taken_before(job: Job, running: list[Job], lines: dict[int | None, deque[Job]], workers: int) -> list[Job]:
    """The waiting jobs that are claimed before `job`, by the rule of `jobs.jobs_in_turn`, where each takes as long as
    any other and nothing else arrives."""
    busy = deque(other.owner_id for other in running)
    count, served, taken = Counter(busy), _last_served(job.queue, lines), []
    while True:
        if len(busy) == workers:
            count[busy.popleft()] -= 1

        def turn(owner):
            first = lines[owner][0]
            return count[owner], served.get(owner, (NEVER, 0)), first.queued_at, first.pk

        owner = min(filter(lines.get, lines), key=turn)
        following = lines[owner].popleft()
        if following == job:
            return taken
        taken.append(following)
        busy.append(owner)
        count[owner] += 1
        served[owner] = (timezone.now(), len(taken))


def _last_served(queue: str, owners: Iterable[int | None]) -> dict[int, tuple[datetime, int]]:
    served = Job.objects.filter(queue=queue, owner__in=filter(None, owners), started_at__isnull=False).order_by()
    return {owner: (last, 0) for owner, last in served.values_list("owner").annotate(Max("started_at"))}
