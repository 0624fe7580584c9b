"""Records that go in the very instant in which something is asked for with them."""

from collections.abc import Iterable

from django.db.models import Model

from gallery.exceptions import Conflict, InvalidRequest

GONE = "This was deleted in the meantime."


def check_still_there(**records: Iterable[Model | None]) -> None:
    """Raises `InvalidRequest`, which names the field that they were chosen in, where a record was deleted meanwhile."""
    for field, chosen in records.items():
        for record in filter(None, chosen):
            if not type(record).objects.filter(pk=record.pk).exists():
                raise InvalidRequest("What was chosen was deleted a moment ago; choose another.", field=field)


def save_changes(record: Model, **fields) -> None:
    """Write fields of a record. Raises `Conflict` where it was deleted meanwhile."""
    kept = type(record).objects.filter(pk=record.pk)
    if not (kept.update(**fields) if fields else kept.exists()):
        raise Conflict(GONE)
    for name, value in fields.items():
        setattr(record, name, value)
