"""Doing a failed or cancelled job once more, whatever it works on."""

from gallery.models import Job
from gallery.services.experiments import retry_experiment
from gallery.services.networks import retry_check
from gallery.services.requests import retry_artwork
from gallery.services.styles import retry_lesson
from gallery.services.trainings import retry_training

RETRIES = {
    Job.Kind.ARTWORK: retry_artwork,
    Job.Kind.STYLE: retry_lesson,
    Job.Kind.TRAINING: retry_training,
    Job.Kind.EXPERIMENT: retry_experiment,
}


def retry_job(job: Job) -> Job:
    """Queue the work of a job again; an unfinished job is returned as it is. Raises `Conflict` where it is done."""
    if job.kind == Job.Kind.NETWORK:
        return retry_check(job.network, job.owner)
    return RETRIES[job.kind](job.subject)
