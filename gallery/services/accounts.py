"""People: the first administrator and the last one, their addresses, and one person's requests after one another."""

import secrets

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.db import transaction

from gallery.exceptions import Conflict


def lock_person(person):
    """The person as they are now; whatever else of theirs is to be counted waits until the transaction ends.

    Everywhere a person is locked before any record of theirs: of two who lock in another order, each would wait for the
    other. Raises `Conflict` where the person is gone.
    """
    locked = get_user_model().objects.select_for_update(no_key=True).filter(pk=person.pk).first()
    if locked is None:
        raise Conflict("This account was deleted in the meantime.")
    return locked


def ensure_admin(username: str, password: str, email: str) -> str | None:
    """Create the first administrator where there is none.

    Returns the password where one had to be made up, to be shown once; else None. Raises `Conflict` where somebody else
    has the name.
    """
    users = get_user_model().objects
    if users.filter(is_superuser=True).exists():
        return None
    if users.filter(username__iexact=username).exists():
        raise Conflict(
            f"“{username}” is the name of somebody who is no administrator; give the first administrator another with "
            "ADMIN_USERNAME or --admin."
        )
    generated = "" if password else secrets.token_urlsafe(12)
    users.create_superuser(username, email, password or generated)
    return generated or None


def check_another_administrator(person) -> None:
    """Raises `Conflict` where nobody but `person` may do everything; whoever else is about to lose that waits until the
    transaction ends."""
    administrators = get_user_model().objects.filter(is_active=True, is_staff=True, is_superuser=True)
    locked = administrators.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True)
    if list(locked) == [person.pk]:
        raise Conflict(f"“{person}” is the only administrator who may do everything; let somebody else do so first.")


def replace_addresses(person) -> None:
    """Make `person.email` the only address of a person, in place of all that an old password or mailbox could still be
    used with. It is not confirmed yet, as one that they have typed themselves."""
    with transaction.atomic():
        lock_person(person)
        EmailAddress.objects.filter(user=person).delete()
        if person.email:
            EmailAddress.objects.create(user=person, email=person.email.lower(), primary=True)
