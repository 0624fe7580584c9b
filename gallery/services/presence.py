"""Records that go in the very instant in which something is asked for with them."""

from collections.abc import Iterable

from django.db.models import Model

from gallery.exceptions import InvalidRequest


def check_still_there(**records: Iterable[Model | None]) -> None:
    """Raises `InvalidRequest`, which names the field that they were chosen in, where a record was deleted meanwhile."""
    for field, chosen in records.items():
        for record in filter(None, chosen):
            if not type(record).objects.filter(pk=record.pk).exists():
                raise InvalidRequest("What was chosen was deleted a moment ago; choose another.", field=field)
