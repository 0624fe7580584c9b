"""What the torch side says about itself, for pages that never import torch."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

STALE_AFTER = timedelta(minutes=2)


class WorkerQuerySet(models.QuerySet):
    def alive(self):
        return self.filter(heartbeat_at__gte=timezone.now() - STALE_AFTER)


class Worker(models.Model):
    """One worker process slot of one cluster on one host.

    `speeds` maps an extractor's name to measured megapixel steps a second: steps a second times megapixels. `loaded`
    holds the titles of the networks it keeps in memory, the latest last.
    """

    name = models.CharField(max_length=120, unique=True)
    host = models.CharField(max_length=100)
    cluster = models.CharField("queue", max_length=20)
    pid = models.PositiveIntegerField("process")
    device = models.CharField(max_length=100)
    memory_bytes = models.PositiveBigIntegerField("memory in bytes", default=0)
    extractors = models.JSONField(default=list)
    speeds = models.JSONField(default=dict, help_text="Megapixel steps a second, by extractor.")
    loaded = models.JSONField("networks in memory", default=list)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField("heard of")

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name
