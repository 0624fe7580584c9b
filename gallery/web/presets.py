"""Settings offered as a few named values."""

import contextlib

from django import forms
from django.utils.html import format_html


def segments(words: dict) -> list[tuple]:
    """Choices of values, each with a word and what it means."""
    return [(value, format_html('{} <span class="detail">{}</span>', *texts)) for value, texts in words.items()]


def up_to(limit: int, words: dict[int, tuple], word: str, unit: str) -> dict[int, tuple]:
    """The presets that a limit of the gallery's allows; the limit itself where it is below all of them."""
    return {number: texts for number, texts in words.items() if number <= limit} or {limit: (word, f"{limit} {unit}")}


def offer(form: forms.Form, name: str, words: dict) -> None:
    """Offer the presets of a number, and the value it has where that is none of them (a remix, an API client)."""
    offered, current = dict(segments(words)), form[name].value()
    with contextlib.suppress(TypeError, ValueError):
        number = type(next(iter(words)))
        offered.setdefault(number(current), format_html('As it was <span class="detail">{}</span>', current))
    form.fields[name].widget.choices = list(offered.items())
