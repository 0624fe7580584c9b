"""What is wrong with a form that nobody has sent yet, as estimates tell it."""

from collections.abc import Collection

from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import Form


def first_refusal(form: Form, *, apart: Collection[str] = ()) -> str:
    """What is wrong with the first field at fault, with its label, or with the whole; empty where nothing is, `apart`
    from those fields."""
    for name, texts in form.errors.items():
        if name not in apart:
            label = "" if name == NON_FIELD_ERRORS else form[name].label
            return texts[0] if texts[0].startswith(label) else f"{label}: {texts[0]}"
    return ""
