"""Tokens by which programs speak for a person."""

import uuid

from django.db import models
from django.utils import timezone
from knox.models import AbstractAuthToken, AuthTokenManager


class ApiTokenQuerySet(models.QuerySet):
    def valid(self):
        return self.filter(models.Q(expiry=None) | models.Q(expiry__gt=timezone.now()))


class ApiToken(AbstractAuthToken):
    """One of a person's tokens; only its hash is kept, so it can be shown once, when it is made."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=80)
    # The token by which this one was asked for: it ends with it.
    made_with = models.ForeignKey("self", on_delete=models.CASCADE, null=True, editable=False)

    # The form that asked for it, where one did.
    request_id = models.UUIDField(null=True, editable=False)

    objects = AuthTokenManager.from_queryset(ApiTokenQuerySet)()

    class Meta:
        verbose_name = "API token"
        ordering = ["-created"]
        constraints = [models.UniqueConstraint(fields=["user", "request_id"], name="token_once_a_request")]

    def __str__(self):
        return self.name
