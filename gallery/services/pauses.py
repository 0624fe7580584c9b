"""Pausing a training, resuming it, and stopping it early with what it has learnt."""

from django.db.models import QuerySet
from django.utils import timezone

from gallery import queue as doorbell
from gallery.exceptions import Conflict
from gallery.models import Job

State = Job.State


def pause_job(job: Job) -> None:
    """Put a training aside: at once while it waits, after a checkpoint at its next report while it runs.

    Raises `Conflict` for one that has ended or is to end, and for other kinds of jobs.
    """
    _check_kind(job)
    goes_on = Job.objects.filter(pk=job.pk).exclude(wish=Job.Wish.FINISH)
    waiting = goes_on.filter(state=State.QUEUED)
    while waiting.exists() or _running(goes_on).exists():  # again where it has changed hands in between
        if waiting.update(state=State.PAUSED) or _running(goes_on).update(wish=Job.Wish.PAUSE):
            break
    else:
        job.refresh_from_db()
        if job.wish == Job.Wish.FINISH:
            raise Conflict("This training is to end and be kept; wait until it has ended.")
        raise Conflict("This training is not running.")
    job.refresh_from_db()


def resume_job(job: Job) -> None:
    """Queue a paused training again. Raises `Conflict` for one that is not paused."""
    _check_kind(job)
    if not Job.objects.filter(pk=job.pk, state=State.PAUSED).update(state=State.QUEUED, queued_at=timezone.now()):
        raise Conflict("This training is not paused.")
    doorbell.ring_on_commit(job.queue)
    job.refresh_from_db()


def finish_job(job: Job) -> None:
    """End a running training at its next report as if it had been planned so. Raises `Conflict` as `pause_job`."""
    _check_kind(job)
    if not _running(Job.objects.filter(pk=job.pk)).update(wish=Job.Wish.FINISH):
        raise Conflict("This training is not running.")
    job.refresh_from_db()


def _check_kind(job: Job) -> None:
    if job.kind != Job.Kind.TRAINING:
        raise Conflict("Only trainings can be paused, resumed and ended early.")


def _running(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return jobs.filter(state=State.RUNNING, cancel_requested_at=None)
