"""A job's progress, from the engine's generators to its row, once a second."""

import logging
import re
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from django.conf import settings
from django.db import close_old_connections

from gallery.exceptions import LeaseLost
from gallery.models import Job
from gallery.rendering.process import stop_requested
from gallery.services import jobs
from gallery.services.jobs import Claim, Request
from gallery.services.stored_files import DATABASE_AWAY
from stylize_engine.images import resize, save_image
from stylize_engine.progress import Progress, Stopwatch

REPORT_SECONDS = 1.0
PREVIEW_SIZE = 768
MAX_HISTORY = 240
logger = logging.getLogger(__name__)


class WorkerStopping(Exception):
    """This process was asked to take no more work, or the job has had its turn; it goes back to the queue."""


class Cancelled(Exception):
    """The owner asked to stop this job."""


class Paused(Exception):
    """The owner asked to put this job aside."""


def reported(claim: Claim, steps: Generator[Progress, bool | None], history: list) -> Iterator[Progress]:
    """Pass the engine's progress on and write it to the job once a second.

    `history` holds the losses of an attempt that is gone on with, and takes those of this one. Where the owner asks to
    end early, True is sent to `steps`, which answers with its last progress. Raises
    `Cancelled`, `Paused` or `WorkerStopping` where told to stop, once `steps` is closed, and `LeaseLost` where the job
    is no longer this worker's. A report that the database does not take is left out: the next one says it all.
    """
    stopwatch, last_report = Stopwatch(), float("-inf")
    total = Job.objects.values_list("total", flat=True).get(pk=claim.job_id)
    begun = Progress(history[-1]["step"] if history else 0, total)
    jobs.report_progress(claim, begun, eta_seconds=None, loss_history=history, preview="")
    with _closed_or_left(steps):
        for progress in steps:
            remember(history, progress)
            if stop_requested.is_set():
                raise WorkerStopping
            seconds_left = stopwatch.seconds_left(progress)
            if time.monotonic() - last_report >= REPORT_SECONDS and progress.step < progress.total:
                last_report = time.monotonic()
                if _report(claim, progress, seconds_left, history) == Request.FINISH:
                    yield progress
                    progress = steps.send(True)
                    remember(history, progress)
            yield progress


@contextmanager
def _closed_or_left(steps: Generator) -> Iterator[None]:
    """Close `steps` in the end, which may write a checkpoint then; not where the lease is lost, for the one that lies
    there may be of the worker that has taken over."""
    try:
        yield
    except LeaseLost as lost:
        steps.throw(lost)
        raise
    finally:
        steps.close()


def _report(claim: Claim, progress: Progress, seconds_left: float | None, history: list) -> Request | None:
    try:
        request = jobs.report_progress(
            claim,
            progress,
            eta_seconds=seconds_left,
            loss_history=history,
            preview=_write_preview(claim, progress),
        )
    except DATABASE_AWAY:
        logger.exception("A report on job %s could not be written; the work goes on.", claim.job_id)
        close_old_connections()
        return None
    if request == Request.CANCEL:
        raise Cancelled
    if request == Request.PAUSE:
        raise Paused
    return request


def remember(history: list, progress: Progress) -> None:
    """Add the losses of a step to `history`, which is thinned out before it grows beyond `MAX_HISTORY`.

    Entries from that step on, which an attempt before this one has left, are replaced.
    """
    if not progress.losses:
        return
    while history and history[-1]["step"] >= progress.step:
        history.pop()
    if len(history) >= MAX_HISTORY:
        del history[1::2]
    history.append({"step": progress.step, **{name: round(value, 6) for name, value in progress.losses.items()}})


def earlier_losses(claim: Claim) -> list:
    """What an attempt before this one has reported, where the work goes on from its checkpoint."""
    return Job.objects.values_list("loss_history", flat=True).get(pk=claim.job_id)


def fit_to_read(message: str) -> str:
    """A reason of the engine's without the names of the server's files, which are for the operator's log."""
    roots = "|".join(re.escape(str(root)) for root in (settings.MEDIA_ROOT, torch.hub.get_dir()))
    told = re.sub(rf"(?:{roots})/[^\s:;,]*", "the file", message)
    if told != message:
        logger.warning("%s", message)
    return told[:1].upper() + told[1:]


def preview_path(claim: Claim) -> Path:
    """Where the previews of one attempt at a job are written."""
    return Path(settings.MEDIA_ROOT) / "previews" / f"{claim.job_id}-{claim.attempt}-{claim.mark}.jpg"


def _write_preview(claim: Claim, progress: Progress) -> str:
    """Write the preview, if there is one, and give the name of the last that was written."""
    path, picture = preview_path(claim), progress.preview
    if picture is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if max(picture.shape[-2:]) > PREVIEW_SIZE:
            picture = resize(picture, PREVIEW_SIZE)
        save_image(picture, path, quality=85)
    return f"previews/{path.name}" if path.exists() else ""
