"""Seconds, as people say them."""

from django import template

register = template.Library()


@register.filter
def duration(seconds: float) -> str:
    """`25` -> "25 seconds", `95` -> "2 minutes", `5000` -> "1 hour 25 minutes"; rounded as an estimate deserves."""
    if seconds < 5:
        return "a few seconds"
    if seconds < 57.5:
        return f"{5 * round(seconds / 5)} seconds"
    minutes = round(seconds / 60)
    if minutes >= 10:
        minutes = 5 * round(minutes / 5)
    hours, minutes = divmod(minutes, 60)
    return " ".join(_count(number, unit) for number, unit in ((hours, "hour"), (minutes, "minute")) if number)


@register.filter
def about(seconds: float) -> str:
    """`duration` as part of a sentence: "about 25 seconds", "a few seconds"."""
    return duration(seconds) if seconds < 5 else f"about {duration(seconds)}"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
