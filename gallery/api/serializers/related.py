"""Records that a request names; all fields that do so are of these kinds, and refuse in plain words."""

from django.core.exceptions import ValidationError
from rest_framework import serializers


class _InPlainWords:
    def fail(self, key: str, **facts):
        super().fail(key, what=self.get_queryset().model._meta.verbose_name, **facts)


class RecordField(_InPlainWords, serializers.PrimaryKeyRelatedField):
    """A record by its id."""

    default_error_messages = {
        "does_not_exist": "There is no {what} with the id {pk_value} that you may use; choose another.",
        "incorrect_type": "Give the id of the {what}, a UUID.",
    }

    def to_internal_value(self, data):
        try:
            return super().to_internal_value(data)
        except ValidationError:
            self.fail("incorrect_type", data_type=type(data).__name__)


class SlugField(_InPlainWords, serializers.SlugRelatedField):
    """A record by its slug."""

    default_error_messages = {
        "does_not_exist": "There is no {what} “{value}” that you may use; choose another.",
        "invalid": "Give the slug of the {what}, a short text.",
    }

    def to_internal_value(self, data):
        # Which PostgreSQL refuses to look up.
        if "\0" in str(data):
            self.fail("invalid")
        return super().to_internal_value(data)
