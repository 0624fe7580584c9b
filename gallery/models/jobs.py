"""The jobs of the workers: this row is the truth, the queue only a doorbell."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from gallery.models.artworks import Artwork
from gallery.models.styles import StyleModel, StyleNetwork


class JobQuerySet(models.QuerySet):
    def owned_by(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def unfinished(self):
        return self.filter(state__in=Job.UNFINISHED)


class Job(models.Model):
    """One piece of work for a worker.

    queued -> running -> succeeded | failed | cancelled; running -> queued when the lease runs out. A running job is
    written to only by the holder of its `lease_token`. `progress` is in [0, 1]; `eta_seconds` is the worker's estimate.
    """

    class Kind(models.TextChoices):
        ARTWORK = "artwork", "Paint an artwork"
        STYLE = "style", "Learn a style"
        NETWORK = "network", "Check a network"

    class Queue(models.TextChoices):
        INTERACTIVE = "interactive", "Interactive (seconds)"
        OPTIMIZE = "optimize", "Optimisation (minutes)"
        TRAINING = "training", "Training (hours)"

    class State(models.TextChoices):
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Being worked on"
        SUCCEEDED = "succeeded", "Finished"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    UNFINISHED = (State.QUEUED, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.ARTWORK)
    queue = models.CharField(max_length=20, choices=Queue)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    style_model = models.ForeignKey(StyleModel, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    network = models.ForeignKey(StyleNetwork, on_delete=models.CASCADE, null=True, blank=True, related_name="jobs")
    retry_of = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="retries")

    step = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    eta_seconds = models.FloatField(null=True, blank=True)
    estimated_seconds = models.FloatField(null=True, blank=True)
    loss_history = models.JSONField(default=list, blank=True)
    preview = models.CharField(max_length=200, blank=True)

    attempt = models.PositiveSmallIntegerField(default=0)
    lease_token = models.UUIDField(null=True, blank=True, editable=False)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    worker_name = models.CharField(max_length=120, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_message = models.CharField(max_length=500, blank=True)

    queued_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "id"]
        indexes = [models.Index(fields=["state", "queue", "queued_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["artwork"], condition=Q(state__in=["queued", "running"]), name="job_one_unfinished_per_artwork"
            ),
            models.UniqueConstraint(
                fields=["style_model"],
                condition=Q(state__in=["queued", "running"]),
                name="job_one_unfinished_per_style",
            ),
            models.UniqueConstraint(
                fields=["network"],
                condition=Q(state__in=["queued", "running"]),
                name="job_one_unfinished_per_network",
            ),
            models.CheckConstraint(
                condition=Q(kind="artwork", artwork__isnull=False, style_model=None, network=None)
                | Q(kind="style", artwork=None, style_model__isnull=False, network=None)
                | Q(kind="network", artwork=None, style_model=None, network__isnull=False),
                name="job_works_on_what_its_kind_says",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_token__isnull=False, lease_expires_at__isnull=False)
                | (~Q(state="running") & Q(lease_token=None, lease_expires_at=None)),
                name="job_lease_only_while_running",
            ),
            models.CheckConstraint(condition=~Q(state="failed") | ~Q(error_message=""), name="job_failed_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"]) | Q(finished_at__isnull=False),
                name="job_finished_has_a_date",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def subject(self) -> Artwork | StyleModel | StyleNetwork:
        """What the job works on."""
        return self.artwork or self.style_model or self.network

    @property
    def progress(self) -> float:
        return self.step / self.total if self.total else 0.0

    @property
    def percent(self) -> int:
        return int(100 * self.progress)

    @property
    def is_finished(self) -> bool:
        return self.state not in self.UNFINISHED

    @property
    def stop_requested(self) -> bool:
        return self.cancel_requested_at is not None and not self.is_finished
