"""Where programs want to be told that a job has ended."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.crypto import get_random_string

from gallery.models.jobs import Job


def new_secret() -> str:
    """The key a webhook's messages are signed with."""
    return get_random_string(48)


class Webhook(models.Model):
    """An address of one person's, told of each job of theirs that ends; `secret` signs what is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64, default=new_secret, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "url"], name="webhook_once_per_owner")]

    def __str__(self):
        return self.url


class Delivery(models.Model):
    """One message to one webhook, sent until it is taken or given up.

    `next_attempt_at` is None once it needs no further attempt; `delivered_at` says whether it arrived.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    job = models.ForeignKey(Job, on_delete=models.CASCADE)
    body = models.JSONField()
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True, db_index=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "deliveries"
        ordering = ["-created_at", "id"]
        constraints = [models.UniqueConstraint(fields=["webhook", "job"], name="delivery_once_per_webhook_and_job")]

    def __str__(self):
        return f"{self.job} to {self.webhook}"
