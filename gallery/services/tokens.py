"""Making and revoking tokens for programs."""

from datetime import timedelta

from django.conf import settings

from gallery.exceptions import InvalidRequest, QuotaExceeded
from gallery.models import ApiToken


def create_token(owner, name: str, days: int | None = None) -> tuple[ApiToken, str]:
    """A new token and its text, which is told only now.

    It expires after `days`, at most `API_TOKEN_DAYS`. Raises `InvalidRequest` and `QuotaExceeded`.
    """
    name = name.strip()[:80]
    if not name:
        raise InvalidRequest("Name the token after the program that will use it.", field="name")
    days = settings.API_TOKEN_DAYS if days is None else days
    if not 1 <= days <= settings.API_TOKEN_DAYS:
        raise InvalidRequest(f"A token lives 1 to {settings.API_TOKEN_DAYS} days.", field="days")
    if ApiToken.objects.filter(user=owner).valid().count() >= settings.MAX_TOKENS_PER_USER:
        raise QuotaExceeded(f"You have {settings.MAX_TOKENS_PER_USER} tokens, which is the limit; revoke one first.")
    return ApiToken.objects.create(owner, expiry=timedelta(days=days), name=name)


def revoke_token(token: ApiToken) -> None:
    """End a token: the next request with it is refused."""
    token.delete()
