"""From a claimed job to a result file: the gallery's side of the engine. Worker processes only; imports torch."""

import errno
import logging
import os
import re
import socket
import threading
import time
from pathlib import Path

from django.conf import settings

from gallery.exceptions import LeaseLost
from gallery.models import Artwork, Job
from gallery.queue import TaskTimeout
from gallery.services import jobs, workers
from gallery.services.jobs import Claim
from stylize_engine import __version__
from stylize_engine.config import GatysConfig
from stylize_engine.errors import StylizeError
from stylize_engine.gatys import optimize
from stylize_engine.images import load_image, resize, save_image
from stylize_engine.progress import Progress, Stopwatch

REPORT_SECONDS = 1.0
PREVIEW_SIZE = 768
MAX_HISTORY = 240
INTERNAL_MESSAGE = "Something went wrong inside the gallery. It was logged for the operator; you can try again."

working = threading.Event()
stop_requested = threading.Event()
logger = logging.getLogger(__name__)


class _WorkerStopping(Exception):
    """This process was asked to take no more work; the job goes back to the queue."""


class _Cancelled(Exception):
    """The owner asked to stop this job."""


def worker_name() -> str:
    """What this process is called in the records."""
    return f"{socket.gethostname()}:{settings.CLUSTER_NAME or 'worker'}:{os.getpid()}"


def run(claim: Claim) -> None:
    """Paint the artwork of a claimed job; whatever happens, the job ends in a state that says so."""
    working.set()
    try:
        _render(claim)
    except _Cancelled:
        jobs.finish_cancelled_job(claim)
    except LeaseLost:
        jobs.finish_cancelled_job(claim)
        logger.warning("Job %s is no longer this worker's; its result is dropped.", claim.job_id)
    except _WorkerStopping:
        jobs.release_job(claim)
    except StylizeError as error:
        jobs.fail_job(claim, *(_storage_failure(error.__cause__) or (_code(error), str(error))))
    except TaskTimeout:
        jobs.fail_job(
            claim, "time_limit", "Painting took longer than this gallery allows; choose a smaller size or fewer steps."
        )
        raise
    except Exception as error:
        logger.exception("Job %s failed.", claim.job_id)
        jobs.fail_job(claim, *(_storage_failure(error) or ("internal", INTERNAL_MESSAGE)))
    finally:
        working.clear()
        _preview_path(claim).unlink(missing_ok=True)


def record_speed(config: GatysConfig, first: Progress, last: Progress, since_first: Stopwatch) -> None:
    """Note how fast this worker was, from one report of a search to a later one."""
    height, width = last.preview.shape[-2:]
    done = (last.fraction - first.fraction) * config.megapixel_steps(min(height, width) / max(height, width))
    if done > 0:
        workers.record_speed(worker_name(), config.extractor, done / max(since_first.elapsed, 1e-6))


def _render(claim: Claim) -> None:
    artwork = Artwork.objects.select_related("content").get(jobs=claim.job_id)
    config = GatysConfig(**artwork.parameters)
    content = load_image(artwork.content.file.path, config.image_size)
    shares = list(artwork.artworkstyle_set.select_related("style"))
    styles = [load_image(share.style.file.path, config.image_size).tensor for share in shares]

    history: list[dict[str, float]] = []
    started, first = time.monotonic(), None
    steps = optimize(content.tensor, styles, config, device=settings.DEVICE)
    for progress in _reported(claim, steps, history):
        if first is None:
            first, since_first = progress, Stopwatch()
    record_speed(config, first, progress, since_first)

    suffix = "jpg" if content.alpha is None else "png"
    name = f"results/{artwork.pk}-{claim.attempt}-{claim.token.hex[:8]}.{suffix}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    save_image(progress.preview, path, alpha=content.alpha)
    try:
        jobs.succeed_job(
            claim,
            total=progress.total,
            loss_history=history,
            result=name,
            width=progress.preview.shape[-1],
            height=progress.preview.shape[-2],
            provenance=_provenance(artwork, shares, config, time.monotonic() - started),
        )
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _reported(claim: Claim, steps, history: list):
    """Pass the engine's progress on and write it to the job once a second, until told to stop."""
    stopwatch, last_report = Stopwatch(), float("-inf")
    total = Job.objects.values_list("total", flat=True).get(pk=claim.job_id)
    jobs.report_progress(claim, step=0, total=total, eta_seconds=None, loss_history=[], preview="")
    for progress in steps:
        _remember(history, progress)
        if stop_requested.is_set():
            raise _WorkerStopping
        seconds_left = stopwatch.seconds_left(progress)
        if time.monotonic() - last_report >= REPORT_SECONDS and progress.step < progress.total:
            last_report = time.monotonic()
            go_on = jobs.report_progress(
                claim,
                step=progress.step,
                total=progress.total,
                eta_seconds=seconds_left,
                loss_history=history,
                preview=_write_preview(claim, progress),
            )
            if not go_on:
                raise _Cancelled
        yield progress


def _remember(history: list, progress: Progress) -> None:
    if len(history) >= MAX_HISTORY:
        del history[1::2]
    history.append({"step": progress.step, **{name: round(value, 6) for name, value in progress.losses.items()}})


def _preview_path(claim: Claim) -> Path:
    return Path(settings.MEDIA_ROOT) / "previews" / f"{claim.job_id}-{claim.attempt}-{claim.token.hex[:8]}.jpg"


def _write_preview(claim: Claim, progress: Progress) -> str:
    path = _preview_path(claim)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = progress.preview
    if max(picture.shape[-2:]) > PREVIEW_SIZE:
        picture = resize(picture, PREVIEW_SIZE)
    save_image(picture, path, quality=85)
    return f"previews/{path.name}"


def _provenance(artwork: Artwork, shares, config: GatysConfig, seconds: float) -> dict:
    return {
        "engine": f"stylize_engine {__version__}",
        "config": config.to_dict(),
        "content_sha256": artwork.content.sha256,
        "style_sha256": [share.style.sha256 for share in shares],
        "worker": worker_name(),
        "seconds": round(seconds, 1),
    }


def _code(error: StylizeError) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()


def _storage_failure(error: BaseException | None) -> tuple[str, str] | None:
    """Code and sentence where the disk or a missing file is to blame."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.ENOSPC, errno.EDQUOT):
        return "disk_full", "The gallery's disk is full, so the picture could not be saved; try again later."
    if number == errno.ENOENT:
        return "file_missing", "A picture this artwork needs is no longer there; choose another and try again."
    return None
