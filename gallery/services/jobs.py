"""The states of a job: every change is one conditional UPDATE, so two processes never both believe they made it."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, Count, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from gallery import queue as doorbell
from gallery.exceptions import Conflict, LeaseLost, QuotaExceeded
from gallery.models import Artwork, Experiment, Job, StyleModel, StyleNetwork, TrainingRun
from gallery.models.jobs import SUBJECTS
from gallery.services.accounts import lock_person
from gallery.services.presence import GONE
from gallery.services.searches import forget_search
from stylize_engine.progress import Progress

State = Job.State
Subject = Artwork | StyleModel | StyleNetwork | TrainingRun | Experiment
# For each kind of record the kind of job that works on it.
KINDS = {Job._meta.get_field(field).related_model: Job.Kind(kind) for kind, field in SUBJECTS.items()}
_NO_LEASE = {"lease_token": None, "lease_expires_at": None, "eta_seconds": None, "preview": ""}


class Request(StrEnum):
    """What the owner of a running job may ask the worker for."""

    CANCEL = "cancel"
    PAUSE = Job.Wish.PAUSE.value
    FINISH = Job.Wish.FINISH.value


@dataclass(frozen=True)
class Claim:
    """A worker's right to work on a job, until the lease runs out or is taken away."""

    job_id: uuid.UUID
    token: uuid.UUID
    attempt: int

    @property
    def mark(self) -> str:
        """Part of the names of files written under this claim, so that no other claim's are taken for them."""
        return self.token.hex[:8]

    @property
    def held(self):
        """The job, as a QuerySet that is empty once the lease is lost."""
        return Job.objects.filter(pk=self.job_id, state=State.RUNNING, lease_token=self.token)


def create_job(subject: Subject, *, queue: str, total: int, owner=None, **fields) -> Job:
    """Queue the work that a record of its kind needs, and ring once the transaction is committed.

    `total` is the number of steps expected; `owner` is the record's unless told; `fields` are further ones of the job.
    """
    kind = KINDS[type(subject)]
    works_on = {"kind": kind, SUBJECTS[kind]: subject}
    job = Job.objects.create(**works_on, owner=owner or subject.owner, queue=queue, total=total, **fields)
    doorbell.ring_on_commit(queue)
    return job


def retry(subject: Subject, owner, again: Callable[[Subject, Job | None], Job]) -> Job:
    """The unfinished job of a record, or else what `again` queues for `owner` after the latest one, if there is one.

    `again` gets the record as it is now, locked, so that two who ask at once get the same job. Raises what it raises,
    and `Conflict` where the record or its owner is gone.
    """
    with transaction.atomic():
        lock_person(owner)
        locked = type(subject).objects.select_for_update(no_key=True).filter(pk=subject.pk).first()
        if locked is None:
            raise Conflict(GONE)
        latest = locked.latest_job
        return latest if latest and not latest.is_finished else again(locked, latest)


def check_unfinished_jobs(owner) -> None:
    """Raises `QuotaExceeded` where a person has as many jobs as one may have, and as `lock_person`, which makes others
    of theirs wait to be counted."""
    lock_person(owner)
    if Job.objects.unfinished().owned_by(owner).count() >= settings.MAX_UNFINISHED_JOBS_PER_USER:
        raise QuotaExceeded(
            f"You have {settings.MAX_UNFINISHED_JOBS_PER_USER} pictures or styles waiting or being worked on, which is "
            "the limit; wait for one of them or cancel it."
        )


def claim_next(queue: str, worker_name: str) -> Claim | None:
    """Take the queued job whose turn it is, or None where nothing waits.

    People take turns: first comes who has the fewest running jobs, then who was served longest ago.
    """
    while True:
        job = jobs_in_turn(queue).first()
        if job is None:
            return None
        token = uuid.uuid4()
        claimed = Job.objects.filter(pk=job.pk, state=State.QUEUED).update(
            state=State.RUNNING,
            attempt=F("attempt") + 1,
            lease_token=token,
            lease_expires_at=_lease_end(),
            worker_name=worker_name,
            started_at=timezone.now(),
            reached=Greatest("reached", "step"),
            step=0,
            work=None,
            eta_seconds=None,
        )
        if claimed:
            return Claim(job.pk, token, Job.objects.values_list("attempt", flat=True).get(pk=job.pk))


def jobs_in_turn(queue: str):
    """The queued jobs of a queue; the first one is that whose turn it is. `turns` tells how it goes on from there."""
    same_owner = Job.objects.filter(owner=OuterRef("owner"), queue=queue)
    running = same_owner.filter(state=State.RUNNING).order_by().values("owner").annotate(count=Count("pk"))
    served = same_owner.filter(started_at__isnull=False).order_by("-started_at")
    return (
        Job.objects.waiting(queue)
        .annotate(
            running_jobs=Coalesce(Subquery(running.values("count")), 0),
            last_served=Subquery(served.values("started_at")[:1]),
        )
        .order_by("running_jobs", F("last_served").asc(nulls_first=True), "queued_at", "pk")
    )


def report_progress(
    claim: Claim, progress: Progress, *, eta_seconds: float | None, loss_history: list, preview: str
) -> Request | None:
    """Write what a running job has reached and extend its lease; returns what its owner asks for.

    Raises `LeaseLost` where the job is no longer this worker's.
    """
    written = claim.held.update(
        step=progress.step,
        total=progress.total,
        work=progress.work,
        eta_seconds=eta_seconds,
        loss_history=loss_history,
        preview=preview,
        lease_expires_at=_lease_end(),
    )
    if not written:
        raise LeaseLost("Another worker has taken over this job.")
    cancelled, wish = claim.held.values_list("cancel_requested_at", "wish").first() or (None, "")
    return Request.CANCEL if cancelled else Request(wish) if wish else None


def extend_lease(claim: Claim) -> None:
    """Tell that a job's worker lives, however long its next step takes; quietly nothing where the lease is lost."""
    claim.held.update(lease_expires_at=_lease_end())


@transaction.atomic
def succeed_job(claim: Claim, record: Subject, fields: Mapping[str, Any], *, total: int, loss_history: list) -> None:
    """Publish a result, in one step: the job succeeds and the record it works on gets its `fields`.

    Raises `LeaseLost` where the job was cancelled or is no longer this worker's: nothing is written then.
    """
    done = claim.held.filter(cancel_requested_at=None).update(
        **_finished(State.SUCCEEDED), step=total, total=total, work=None, loss_history=loss_history
    )
    if not done:
        raise LeaseLost("The job was cancelled or taken over before its result was ready.")
    type(record).objects.filter(pk=record.pk).update(**fields)


def fail_job(claim: Claim, code: str, message: str) -> None:
    """End a job with the reason a person understands; quietly nothing where the lease is lost."""
    claim.held.update(**_finished(State.FAILED), error_code=code, error_message=message[:500])


def finish_cancelled_job(claim: Claim) -> None:
    """Confirm that the work on a job was stopped as asked."""
    claim.held.filter(cancel_requested_at__isnull=False).update(**_finished(State.CANCELLED))


def release_job(claim: Claim) -> None:
    """Give a job back unfinished, because its worker is being stopped or its owner pauses it; the attempt does not
    count.

    The reaper rings for it: a ring now might be answered by the cluster that is just ending.
    """
    claim.held.update(**_left_by_worker(), attempt=F("attempt") - 1)


def cancel_job(job: Job) -> None:
    """Stop a job: at once while it waits, at the next step while it runs. Raises `Conflict` where it has ended."""
    now, asked = timezone.now(), Job.objects.filter(pk=job.pk)
    waiting, running = asked.filter(state__in=[State.QUEUED, State.PAUSED]), asked.filter(state=State.RUNNING)
    while asked.unfinished().exists():  # again where it has changed hands in between
        if waiting.update(**_finished(State.CANCELLED), cancel_requested_at=now):
            if job.artwork_id:
                forget_search(job.artwork_id)
            break
        if running.filter(cancel_requested_at=None).update(cancel_requested_at=now) or running.exists():
            break
    else:
        raise Conflict("This job has already ended.")
    job.refresh_from_db()


def recover_expired_leases() -> int:
    """Queue jobs again whose worker fell silent, or end them after the last attempt; returns how many.

    Where an attempt got further than all before it, they are counted anew: a long job outlives many restarts.
    """
    expired = Job.objects.filter(state=State.RUNNING, lease_expires_at__lt=timezone.now())
    recovered = expired.filter(step__gt=F("reached")).update(**_left_by_worker(), attempt=0)
    may_go_on = Q(attempt__lt=settings.JOB_MAX_ATTEMPTS) | Q(cancel_requested_at__isnull=False)
    recovered += expired.filter(may_go_on).update(**_left_by_worker())
    for job in expired.only("attempt", "kind"):
        advice = "; the picture may be too large" if job.kind == Job.Kind.ARTWORK else ""
        message = f"The worker stopped unexpectedly in attempt {job.attempt}, the last{advice}."
        failed = _finished(State.FAILED) | {"error_code": "worker_lost", "error_message": message}
        recovered += expired.filter(pk=job.pk).update(**failed)
    return recovered


def _lease_end():
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _finished(state: str) -> dict:
    return {"state": state, "wish": "", **_NO_LEASE, "finished_at": timezone.now()}


def _left_by_worker() -> dict:
    """What becomes of a running job without its worker: cancelled or paused where its owner has asked for that, else
    queued again, where the next worker is told if it is to be stopped and kept."""
    cancelled, paused = Q(cancel_requested_at__isnull=False), Q(wish=Job.Wish.PAUSE)
    states = When(cancelled, then=Value(State.CANCELLED)), When(paused, then=Value(State.PAUSED))
    return {
        "state": Case(*states, default=Value(State.QUEUED)),
        "wish": Case(When(cancelled | paused, then=Value("")), default=F("wish")),
        "finished_at": Case(When(cancelled, then=Value(timezone.now()))),
        **_NO_LEASE,
    }
