"""From a claimed job to its result: the gallery's side of the engine. Worker processes only; imports torch."""

import errno
import logging
import re

from gallery.exceptions import LeaseLost, NoRoom, QuotaExceeded
from gallery.models import Job
from gallery.queue import TaskTimeout
from gallery.rendering import artworks, checks, experiments, lessons, trainings
from gallery.rendering.process import claims, stop_requested, worker_name
from gallery.rendering.reporting import (
    Cancelled,
    Paused,
    WorkerStopping,
    fit_to_read,
    preview_path,
)
from gallery.services import jobs
from gallery.services.jobs import Claim
from gallery.services.room import DISK_FULL
from gallery.services.stored_files import DATABASE_AWAY
from stylize_engine.errors import InUseError, StylizeError

__all__ = ["claims", "run", "stop_requested", "worker_name"]

INTERNAL_MESSAGE = "Something went wrong inside the gallery. It was logged for the operator; you can try again."
TOO_LONG = {
    Job.Kind.ARTWORK: "This took longer than the gallery allows; choose a smaller size or fewer steps.",
    Job.Kind.EXPERIMENT: "A trial took longer than the gallery allows; choose a smaller size or fewer steps.",
}
TOO_LONG_WITHOUT_CHOICE = "This took longer than the gallery allows; try again when it has less to do."
WORK = {
    Job.Kind.ARTWORK: artworks.paint,
    Job.Kind.STYLE: lessons.learn,
    Job.Kind.NETWORK: checks.check,
    Job.Kind.TRAINING: trainings.train_styles,
    Job.Kind.EXPERIMENT: experiments.try_out,
}
logger = logging.getLogger(__name__)


def run(claim: Claim) -> None:
    """Do a claimed job; whatever happens, the job ends in a state that says so.

    Where the database cannot be told, its lease runs out, as that of a worker that was killed.
    """
    claims.add(claim)
    kind = None
    try:
        kind = Job.objects.values_list("kind", flat=True).get(pk=claim.job_id)
        WORK[kind](claim)
    except Cancelled:
        jobs.finish_cancelled_job(claim)
    except (LeaseLost, Job.DoesNotExist):
        jobs.finish_cancelled_job(claim)
        logger.warning("Job %s is no longer this worker's; its result is dropped.", claim.job_id)
    except (Paused, WorkerStopping):
        jobs.release_job(claim)
    except InUseError:  # by a worker whose lease has run out and which has not noticed yet
        logger.warning("Another process still works on job %s; it is tried again when its lease is over.", claim.job_id)
    except NoRoom as error:
        jobs.fail_job(claim, "disk_full", error.message)
    except QuotaExceeded as error:
        jobs.fail_job(claim, "quota_exceeded", error.message)
    except StylizeError as error:
        jobs.fail_job(claim, *(_storage_failure(error.__cause__) or (_code(error), fit_to_read(str(error)))))
    except TaskTimeout:
        jobs.fail_job(claim, "time_limit", TOO_LONG.get(kind, TOO_LONG_WITHOUT_CHOICE))
        raise
    except DATABASE_AWAY:
        logger.exception("The database failed job %s, which is queued again once its lease has run out.", claim.job_id)
    except Exception as error:
        logger.exception("Job %s failed.", claim.job_id)
        jobs.fail_job(claim, *(_storage_failure(error) or ("internal", INTERNAL_MESSAGE)))
    finally:
        claims.discard(claim)
        preview_path(claim).unlink(missing_ok=True)


def _code(error: StylizeError) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__.removesuffix("Error")).lower()


def _storage_failure(error: BaseException | None) -> tuple[str, str] | None:
    """Code and sentence where the disk or a missing file is to blame."""
    number = error.errno if isinstance(error, OSError) else None
    if number in DISK_FULL:
        return "disk_full", "The gallery's disk is full, so the picture could not be saved; try again later."
    if number == errno.ENOENT:
        return "file_missing", "A picture this needs is no longer there; choose another and try again."
    return None
