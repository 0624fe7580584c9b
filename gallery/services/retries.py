"""Doing a failed or cancelled job once more, whatever it works on."""

from gallery.models import Job
from gallery.services.experiments import retry_experiment
from gallery.services.networks import retry_check
from gallery.services.requests import retry_artwork
from gallery.services.teaching import retry_lesson
from gallery.services.trainings import retry_training

RETRIES = {
    Job.Kind.ARTWORK: retry_artwork,
    Job.Kind.STYLE: retry_lesson,
    Job.Kind.EXPERIMENT: retry_experiment,
}
# What only those may ask for who have the right to.
RETRIES_BY_RIGHT = {Job.Kind.TRAINING: retry_training, Job.Kind.NETWORK: retry_check}


def retry_job(job: Job, person) -> Job:
    """Queue the work of a job again, for who asks; an unfinished job is returned as it is.

    Raises `Conflict` where it is done, and `InvalidRequest` where it takes a right that `person` does not have.
    """
    if again := RETRIES_BY_RIGHT.get(job.kind):
        return again(job.subject, person)
    return RETRIES[job.kind](job.subject)
