"""How the gallery is doing: queues, workers, failures, room; and in words what should be done."""

import logging
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, F, Min, Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from gallery.models import Job, StyleModel, Worker
from gallery.services.picture_folder import why_not_ours
from gallery.services.room import bytes_in
from gallery.services.workers import usable_extractors
from stylize_engine.layers import EXTRACTORS

REAPED_AT, HELD_BACK = "status.reaped_at", "status.held_back"
LATEST_FAILURES = 10
LONG_WAIT = timedelta(minutes=10)
# Below either, uploads and results will soon fail.
LOW_BYTES, LOW_SHARE = 2 * 2**30, 0.05
MANY_FAILURES = 0.2
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueueStatus:
    """One queue: its jobs, and the workers that serve it. `oldest_waiting` is since when the first of those has waited
    that no worker has had yet."""

    name: str
    waiting: int
    running: int
    workers: int
    oldest_waiting: datetime | None


@dataclass(frozen=True)
class Disk:
    """A folder's file system, in bytes."""

    path: str
    free: int
    total: int

    @property
    def is_low(self) -> bool:
        return self.free < max(LOW_BYTES, LOW_SHARE * self.total)


@dataclass(frozen=True)
class Status:
    """Everything the status page tells. `last_hour` and `last_day` count ended jobs by state; `extractors` says of each
    whether its weights are here, None while no worker has looked; `held_back` says why no file is deleted that no row
    names."""

    queues: list[QueueStatus]
    workers: list[Worker]
    last_hour: dict[str, int]
    last_day: dict[str, int]
    failures: list[Job]
    disks: list[Disk]
    extractors: dict[str, bool | None]
    reaped_at: datetime | None
    held_back: str
    offered_styles: int
    training_bytes: int
    photo_set_bytes: int

    @property
    def warnings(self) -> list[str]:
        """What is wrong, each with what to do about it."""
        return [*self._queue_warnings(), *self._reaper_warnings(), *self._disk_warnings(), *self._failure_warnings()]

    def _queue_warnings(self):
        for queue in self.queues:
            if queue.waiting and not queue.workers:
                waiting = "1 job waits" if queue.waiting == 1 else f"{queue.waiting} jobs wait"
                yield (
                    f"{waiting} in the queue {queue.name}, which no worker serves: start one with "
                    f"Q_CLUSTER_NAME={queue.name} manage.py qcluster, or add {queue.name} to START_CLUSTERS."
                )
            elif queue.oldest_waiting and timezone.now() - queue.oldest_waiting > LONG_WAIT:
                yield (
                    f"A job has waited in the queue {queue.name} for more than 10 minutes: the workers are busy. "
                    "Start a second cluster, on this machine or another."
                )

    def _reaper_warnings(self):
        silent = timedelta(seconds=3 * settings.REAP_INTERVAL_SECONDS)
        if self.reaped_at is None or timezone.now() - self.reaped_at > silent:
            yield (
                "The reaper has not run lately, so jobs of crashed workers stay as they are: run "
                f"manage.py reap --every {settings.REAP_INTERVAL_SECONDS}, which manage.py start does too."
            )
        if self.held_back:
            yield self.held_back

    def _disk_warnings(self):
        for disk in self.disks:
            if disk.is_low:
                free = filesizeformat(disk.free)
                yield f"Only {free} are free for {disk.path}: make room or move it to a larger disk."

    def _failure_warnings(self):
        ended, failed = sum(self.last_hour.values()), self.last_hour[Job.State.FAILED]
        if failed >= 3 and failed > MANY_FAILURES * ended:
            yield f"{failed} of the {ended} jobs that ended in the last hour have failed: the reasons stand below."


def read_status() -> Status:
    """Ask the database, the cache and the disks."""
    usable, workers = usable_extractors(), list(Worker.objects.alive())
    return Status(
        queues=_queues(),
        workers=workers,
        last_hour=_ended_since(timedelta(hours=1)),
        last_day=_ended_since(timedelta(days=1)),
        failures=list(Job.objects.filter(state=Job.State.FAILED).order_by("-finished_at")[:LATEST_FAILURES]),
        disks=[_disk(path) for path in dict.fromkeys([Path(settings.MEDIA_ROOT), Path(settings.DATA_DIR)])],
        extractors={name: name in usable or (False if workers else None) for name in EXTRACTORS},
        reaped_at=cache.get(REAPED_AT),
        held_back=why_not_ours() or cache.get(HELD_BACK, ""),
        offered_styles=StyleModel.objects.offered().count(),
        training_bytes=bytes_in(Path(settings.MEDIA_ROOT) / "trainings"),
        photo_set_bytes=bytes_in(Path(settings.MEDIA_ROOT) / "photo_sets"),
    )


def note_reaped() -> None:
    """Remember that the reaper has just run."""
    cache.set(REAPED_AT, timezone.now(), timeout=None)


def note_held_back(reason: str) -> None:
    """Remember why the reaper deletes no files, and log it once; empty where it does."""
    if reason and not cache.get(HELD_BACK):
        logger.warning("%s", reason)
    cache.set(HELD_BACK, reason, timeout=None)


def _queues() -> list[QueueStatus]:
    waiting = Q(state=Job.State.QUEUED, owner__is_active=True)
    # What a worker has given back was queued long before it began to wait, and nobody knows when that was.
    known_since = waiting & (Q(started_at=None) | Q(queued_at__gt=F("started_at")))
    states = {
        row["queue"]: row
        for row in Job.objects.unfinished()
        .order_by()
        .values("queue")
        .annotate(
            waiting=Count("pk", filter=waiting),
            running=Count("pk", filter=Q(state=Job.State.RUNNING)),
            oldest_waiting=Min("queued_at", filter=known_since),
        )
    }
    serving = dict(Worker.objects.alive().order_by().values_list("cluster").annotate(Count("pk")))
    nothing = {"waiting": 0, "running": 0, "oldest_waiting": None}
    return [
        QueueStatus(
            name,
            **{key: states.get(name, nothing)[key] for key in nothing},
            workers=serving.get(name, 0),
        )
        for name in Job.Queue.values
    ]


def _ended_since(age: timedelta) -> dict[str, int]:
    ended = [state for state in Job.State.values if state not in Job.UNFINISHED]
    counted = Job.objects.filter(finished_at__gte=timezone.now() - age, state__in=ended).order_by()
    return dict.fromkeys(ended, 0) | dict(counted.values_list("state").annotate(Count("pk")))


def _disk(path: Path) -> Disk:
    existing = next(folder for folder in (path, *path.parents) if folder.exists())
    usage = shutil.disk_usage(existing)
    return Disk(str(path), usage.free, usage.total)
