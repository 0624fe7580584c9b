"""Where programs want to be told that a job has ended."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string

from gallery.models.jobs import Job
from gallery.models.tokens import ApiToken


def new_secret() -> str:
    """The key a webhook's messages are signed with."""
    return get_random_string(48)


class WebhookQuerySet(models.QuerySet):
    def outlived(self):
        """Those that were made with a token which is no longer valid."""
        return self.filter(made_with__expiry__lte=timezone.now())

    def with_last_delivery(self):
        """With `told_at`, the date of the newest message that was sent, None where it did not arrive, and
        `last_error`, why it did not; both are None where nothing was sent yet."""
        sent = Delivery.objects.filter(webhook=models.OuterRef("pk"))
        newest = sent.exclude(delivered_at=None, last_error="").order_by("-created_at", "id")
        return self.annotate(
            told_at=models.Subquery(newest.values("delivered_at")[:1]),
            last_error=models.Subquery(newest.values("last_error")[:1]),
        )


class Webhook(models.Model):
    """An address of one person's, told of each job of theirs that ends; `secret` signs what is sent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    url = models.URLField(max_length=500)
    secret = models.CharField(max_length=64, default=new_secret, editable=False)
    # The token by which this one was asked for: it ends with it.
    made_with = models.ForeignKey(ApiToken, on_delete=models.CASCADE, null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WebhookQuerySet.as_manager()

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
