"""The jobs of the workers: this row is the truth, the queue only a doorbell."""

import uuid
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import models
from django.db.models import Q

from gallery.models.artworks import Artwork
from gallery.models.experiments import Experiment
from gallery.models.networks import StyleNetwork
from gallery.models.styles import StyleModel
from gallery.models.training import TrainingRun

# For each kind of job the field of what it works on.
SUBJECTS = {
    "artwork": "artwork",
    "style": "style_model",
    "network": "network",
    "training": "training_run",
    "experiment": "experiment",
}
UNFINISHED = ["queued", "running", "paused"]


def _works_on(kind: str) -> Q:
    """That a job of this kind has its own subject and no other."""
    return Q(kind=kind, **{f"{field}__isnull": other != kind for other, field in SUBJECTS.items()})


class JobQuerySet(models.QuerySet):
    def owned_by(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def unfinished(self):
        return self.filter(state__in=Job.UNFINISHED)

    def waiting(self, queue: str):
        """The queued ones of a queue; those of deactivated people rest until these are let in again."""
        return self.filter(state=Job.State.QUEUED, queue=queue, owner__is_active=True)


class Job(models.Model):
    """One piece of work for a worker.

    queued -> running -> succeeded | failed | cancelled; running -> queued when the lease runs out; a training may also
    be paused and resumed. A running job is written to only by the holder of its `lease_token`. `progress` is in [0, 1];
    `reached` is the furthest step of the attempts before this one, and `attempt` counts those since the one that got
    there; `eta_seconds` is the worker's estimate; `wish` is what its owner asks the worker for.
    """

    class Kind(models.TextChoices):
        ARTWORK = "artwork", "Paint an artwork"
        STYLE = "style", "Learn a style"
        NETWORK = "network", "Check a network"
        TRAINING = "training", "Train styles"
        EXPERIMENT = "experiment", "Try settings"

    class Queue(models.TextChoices):
        INTERACTIVE = "interactive", "Interactive (seconds)"
        OPTIMIZE = "optimize", "Optimisation (minutes)"
        TRAINING = "training", "Training (hours)"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being worked on"
        PAUSED = "paused", "Paused"
        SUCCEEDED = "succeeded", "Finished"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Wish(models.TextChoices):
        PAUSE = "pause", "Pause"
        FINISH = "finish", "Stop and keep"

    UNFINISHED = tuple(map(State, UNFINISHED))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ARTWORK)
    queue = models.CharField(max_length=20, choices=Queue)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    style_model = models.ForeignKey(
        StyleModel, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs", verbose_name="style"
    )
    network = models.ForeignKey(StyleNetwork, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    training_run = models.ForeignKey(
        TrainingRun, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs", verbose_name="training"
    )
    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    retry_of = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="retries", verbose_name="once more after"
    )

    step = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField("furthest step of the attempts before", default=0)
    total = models.PositiveIntegerField("steps in all", default=0)
    work = models.FloatField("share of the work done, where steps cost unequally", null=True, blank=True)
    eta_seconds = models.FloatField("seconds left", null=True, blank=True)
    estimated_seconds = models.FloatField("seconds expected", null=True, blank=True)
    loss_history = models.JSONField("losses", default=list, blank=True)
    preview = models.CharField(max_length=200, blank=True)

    attempt = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_expires_at = models.DateTimeField("the worker must report until", null=True, blank=True)
    worker_name = models.CharField("worker", max_length=120, blank=True)
    wish = models.CharField("what its owner asks for", max_length=10, choices=Wish, blank=True)
    cancel_requested_at = models.DateTimeField("asked to stop at", null=True, blank=True)
    error_code = models.CharField("code of its failure", max_length=40, blank=True)
    error_message = models.CharField("why it has failed", max_length=500, blank=True)

    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "id"]
        indexes = [
            models.Index(fields=["state", "queue", "queued_at"]),
            models.Index(fields=["state", "finished_at"]),
            models.Index(fields=["owner", "queue", "-started_at"]),
            models.Index(fields=["owner", "finished_at"]),
        ]
        constraints = [
            *(
                models.UniqueConstraint(
                    fields=[field], condition=Q(state__in=UNFINISHED), name=f"job_one_unfinished_per_{kind}"
                )
                for kind, field in SUBJECTS.items()
            ),
            models.CheckConstraint(
                condition=reduce(or_, map(_works_on, SUBJECTS)), name="job_works_on_what_its_kind_says"
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_expires_at__isnull=False)
                | (~Q(state="running") & Q(lease_token=None, lease_expires_at=None)),
                name="job_lease_only_while_running",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error_message=""), name="job_failed_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state__in=UNFINISHED) | Q(finished_at__isnull=False),
                name="job_finished_has_a_date",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def subject(self) -> Artwork | StyleModel | StyleNetwork | TrainingRun | Experiment:
        """What the job works on."""
        return getattr(self, SUBJECTS[self.kind])

    @property
    def progress(self) -> float:
        """Share of the work done, in [0, 1]."""
        if self.work is not None:
            return self.work
        return self.step / self.total if self.total else 0.0

    @property
    def percent(self) -> int:
        return int(100 * self.progress)

    @property
    def seconds_left(self) -> float | None:
        """By its pace, or before it has one by the estimate; None where neither is known."""
        if self.eta_seconds is not None or self.estimated_seconds is None:
            return self.eta_seconds
        goes_on = self.kind == Job.Kind.TRAINING  # where it was left; what others have done is in the estimate, or lost
        return self.estimated_seconds * (1 - self.progress if goes_on else 1)

    @property
    def is_finished(self) -> bool:
        return self.state not in self.UNFINISHED

    @property
    def stop_requested(self) -> bool:
        return self.cancel_requested_at is not None and not self.is_finished
