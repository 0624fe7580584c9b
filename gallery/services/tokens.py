"""Making tokens for programs and revoking them, one or with all else that lets programs in."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded
from gallery.models import ApiToken, Webhook
from gallery.services.accounts import lock_person


def create_token(
    owner,
    name: str,
    days: int | None = None,
    *,
    asked_with: ApiToken | None = None,
    request_id: uuid.UUID | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its text, which is told only now.

    It expires after `days`, at most `API_TOKEN_DAYS`, and ends with the token it was `asked_with` at the latest: who
    has found one could else stay for ever. Raises `InvalidRequest` and `QuotaExceeded`, and `Conflict` where the same
    `request_id` has made one: its text cannot be told again.
    """
    name = name.strip()[:80]
    if not name:
        raise InvalidRequest("Name the token after the program that will use it.", field="name")
    longest = asked_with.expiry - timezone.now() if asked_with else timedelta(days=settings.API_TOKEN_DAYS)
    if days is not None and not 1 <= days <= settings.API_TOKEN_DAYS:
        raise InvalidRequest(f"A token lives 1 to {settings.API_TOKEN_DAYS} days.", field="days")
    if days is not None and timedelta(days=days) > longest:
        raise InvalidRequest("A token that is made with another ends with it; make this one on the page.", field="days")
    with transaction.atomic():
        lock_person(owner)
        if request_id and ApiToken.objects.filter(user=owner, request_id=request_id).exists():
            raise Conflict("This form was sent before, and its token is in the list; without its text, revoke it.")
        if ApiToken.objects.filter(user=owner).valid().count() >= settings.MAX_TOKENS_PER_USER:
            most = settings.MAX_TOKENS_PER_USER
            raise QuotaExceeded(f"You have {most} tokens, which is the limit; revoke one first.")
        lives = longest if days is None else timedelta(days=days)
        return ApiToken.objects.create(owner, expiry=lives, name=name, made_with=asked_with, request_id=request_id)


def revoke_token(token: ApiToken) -> None:
    """End a token, and those that were made with it: the next request with one is refused."""
    token.delete()


def programs_of(person) -> str:
    """What lets programs act for a person or tells them of what they do, counted in words; empty where there is
    neither."""
    counts = {
        "API token": ApiToken.objects.filter(user=person).valid().count(),
        "webhook": Webhook.objects.filter(owner=person).count(),
    }
    return " and ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items() if count)


def end_programs(person) -> str:
    """End all tokens and webhooks of a person, whose account somebody else may have used; returns what
    `programs_of` counted. Raises `Conflict` where the person is gone."""
    with transaction.atomic():
        lock_person(person)
        ended = programs_of(person)
        ApiToken.objects.filter(user=person).delete()
        Webhook.objects.filter(owner=person).delete()
    return ended
