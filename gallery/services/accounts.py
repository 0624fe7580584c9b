"""People: the first administrator, and one person's requests after one another."""

import secrets

from django.contrib.auth import get_user_model


def lock_person(person) -> None:
    """Let whatever else of this person is to be counted wait until the transaction ends."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=person.pk)


def ensure_admin(username: str, password: str, email: str) -> str | None:
    """Create the first administrator where there is none.

    Returns the password where one had to be made up, to be shown once; else None.
    """
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return None
    generated = "" if password else secrets.token_urlsafe(12)
    users.create_superuser(username, email, password or generated)
    return generated or None
