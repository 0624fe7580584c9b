"""Grids: the same pictures under every combination of some settings."""

import uuid
from itertools import product
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse

from gallery.models.images import ContentImage, StyleImage
from gallery.models.networks import StyleNetwork
from gallery.models.subjects import JobSubject, JobSubjectQuerySet


class ExperimentQuerySet(JobSubjectQuerySet):
    def owned_by(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()


class Experiment(JobSubject, models.Model):
    """A grid: `content` painted like `pictures` under each combination of the `varied` settings.

    `parameters` are the settings all trials share: fields of the engine's `GatysConfig`, or, where `method` is
    training, of its `TrainingConfig`, with the convolutions of `base` where there is one. `varied` maps fields to lists
    of values. `results` holds a mapping for each trial done: its `trial` number, `settings`, `losses`, scores, or the
    reason it has `failed`; `byte_size` is what its files take.
    """

    class Method(models.TextChoices):
        GATYS = "gatys", "Any painting, step by step"
        TRAINING = "training", "Short trainings"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.CharField(max_length=120)
    method = models.CharField(max_length=10, choices=Method, default=Method.GATYS)
    content = models.ForeignKey(ContentImage, on_delete=models.RESTRICT, verbose_name="photo")
    pictures = models.ManyToManyField(StyleImage, related_name="experiments", verbose_name="paintings")
    base = models.ForeignKey(
        StyleNetwork, on_delete=models.RESTRICT, null=True, blank=True, related_name="experiments",
        verbose_name="network it begins from",
    )  # fmt: skip
    parameters = models.JSONField("settings of all trials", default=dict)
    varied = models.JSONField("settings that vary", default=dict)
    results = models.JSONField(default=list, blank=True)
    byte_size = models.PositiveBigIntegerField("size in bytes", default=0)
    request_id = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "request_id"], name="experiment_once_a_request")]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("experiments:detail", args=[self.pk])

    @property
    def work_folder(self) -> str:
        """Where its pictures, tables and networks lie, below MEDIA_ROOT."""
        return f"experiments/{self.pk}"

    @property
    def trial_count(self) -> int:
        """How many combinations there are."""
        count = 1
        for values in self.varied.values():
            count *= len(values)
        return count

    @property
    def failed_trials(self) -> list[dict]:
        """The results of the trials that failed."""
        return [result for result in self.results if "failed" in result]

    def result_of(self, trial: int) -> dict | None:
        """What a trial, counted from 1, has come to; None while it has not."""
        return next((result for result in self.results if result["trial"] == trial), None)

    def varied_settings(self, trial: int) -> dict[str, Any]:
        """The values that a trial, counted from 1, has of the varied settings."""
        combinations = list(product(*self.varied.values()))
        return dict(zip(self.varied, combinations[trial - 1], strict=True))
