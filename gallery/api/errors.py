"""The one form of every error: `{"type": ..., "message": ..., "fields": {...}}`."""

import logging
import re

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.template.defaultfilters import filesizeformat
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler

from gallery.exceptions import GalleryError

INVALID = "invalid_request"
logger = logging.getLogger(__name__)


class ErrorSerializer(serializers.Serializer):
    """What went wrong, for a program (`type`), for a person (`message`), and by field where fields are at fault."""

    type = serializers.CharField()
    message = serializers.CharField()
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))


def handle(error: Exception, context: dict) -> Response | None:
    """Every refusal in the one form; what nobody foresaw goes on to Django, which logs it."""
    if isinstance(error, GalleryError):
        fields = {field: [message] for field, message in error.fields.items()}
        message = " ".join(error.fields.values()) or error.message
        return _answer(error.status, _code_of(error), message, fields)
    if isinstance(error, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return _answer(413, "too_large", _allowed_at_once(), {})
    response = exception_handler(error, context)
    if response is None:
        return None
    headers = {name: response[name] for name in ("WWW-Authenticate", "Retry-After") if name in response}
    if isinstance(error, exceptions.ValidationError):
        return _answer(400, INVALID, *_sentences(error.detail), headers=headers)
    code = getattr(error, "default_code", "not_found")
    detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
    return _answer(response.status_code, code, str(detail) or "This is not here.", {}, headers)


def _answer(status: int, code: str, message: str, fields: dict, headers: dict | None = None) -> Response:
    told = {_sayable(name): [_sayable(text) for text in texts] for name, texts in fields.items()}
    body = {"type": code, "message": _sayable(message), "fields": told}
    return Response(body, status=status, headers=headers, content_type="application/json")


def _sayable(text: str) -> str:
    """Half a character, which a refusal may repeat from what was sent, cannot be sent back."""
    return text.encode(errors="replace").decode()


def _allowed_at_once() -> str:
    beside, fields = filesizeformat(settings.DATA_UPLOAD_MAX_MEMORY_SIZE), settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    return (
        f"A request may have {beside} beside its files, {fields} fields and {settings.DATA_UPLOAD_MAX_NUMBER_FILES} "
        "files at the most, and not all of them as large as a file may be; send less at once."
    )


def _code_of(error: GalleryError) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


def _sentences(detail) -> tuple[str, dict[str, list[str]]]:
    """One message for all, and the messages by field, nested ones as `styles.0.id`."""
    fields = dict(_flat(detail, ""))
    general = fields.pop("", [])
    if general and not fields:
        return " ".join(general), {}
    if len(fields) == 1 and not general:
        ((name, messages),) = fields.items()
        return f"{name}: {' '.join(messages)}", fields
    return " ".join([*general, "Some fields are not right; see fields."]), fields


def _flat(detail, prefix: str):
    if isinstance(detail, dict):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(part for part in (prefix, own) if part))
    elif isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        for index, inner in enumerate(detail):
            yield from _flat(inner, f"{prefix}.{index}" if prefix else str(index))
    else:
        yield prefix, [str(message) for message in (detail if isinstance(detail, list) else [detail])]
