"""Requests that come a second time under the same id."""

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model, QuerySet

from gallery.exceptions import RequestDiffers


def first_result(earlier: QuerySet, is_the_same: Callable[[Any], bool]) -> Any:
    """What the request has made before, or None. Raises `RequestDiffers` where that was asked for in other words.

    It is compared with what it has become, for its words are not kept. Titles are left out: owners change them.
    """
    found = earlier.first()
    if found is not None and not is_the_same(found):
        raise RequestDiffers(
            "An earlier request with this Idempotency-Key asked for something else; give each request a key of its own."
        )
    return found


def keys(records) -> set[uuid.UUID]:
    return {record.pk for record in records}


def as_kept(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as the database gives them back, where a tuple has become a list."""
    return json.loads(json.dumps(settings))


def ask(service: Callable[..., Model], *arguments, request_id: uuid.UUID | None, **options) -> Model:
    """Ask a service for what a form wants. Whoever goes back in the browser, changes the form and sends it again wants
    something new, though the form has the id of the request before; sent twice, the changed form too asks once."""
    try:
        return service(*arguments, request_id=request_id, **options)
    except RequestDiffers:
        changed = uuid.uuid5(request_id, json.dumps([arguments, options], default=_in_words))
        return service(*arguments, request_id=changed, **options)


def _in_words(value: Any) -> str:
    return str(value.pk if isinstance(value, Model) else value)
