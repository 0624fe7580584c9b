"""What is ticked in a list of one's own things, to be deleted together after one question."""

import uuid
from collections.abc import Callable, Sequence

from django.contrib import messages
from django.db.models import Model, QuerySet

from gallery.exceptions import GalleryError


def ticked_in(request, own: QuerySet) -> list[Model]:
    """Those of `own` that were ticked; what else a request may name is nobody's business here."""
    keys = filter(None, map(_key_from, request.POST.getlist("ticked")))
    return list(own.filter(pk__in=list(keys)))


def delete_ticked(request, records: Sequence[Model], delete: Callable[[Model], None]) -> None:
    """Delete each of these, and say how many are gone and what has kept the others."""
    if not records:
        messages.info(request, "Nothing was ticked.")
    gone = 0
    for record in records:
        try:
            delete(record)
            gone += 1
        except GalleryError as error:
            messages.error(request, f"“{record.title}” stays. {error.message}")
    if gone:
        messages.success(request, f"{gone} {'was' if gone == 1 else 'were'} deleted.")


def _key_from(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
