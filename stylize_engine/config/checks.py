"""What every configuration is checked with; each check raises `ConfigurationError`, which names the field."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from stylize_engine.errors import ConfigurationError

PRECISIONS = ("auto", "fp32", "bf16")
POOLINGS = ("max", "average")
COLOR_MODES = ("none", "luminance", "histogram")
MIN_IMAGE_SIZE, MAX_IMAGE_SIZE = 32, 8192
MAX_SEED = 2**63 - 1
MIN_STROKE, MAX_STROKE = 0.25, 4.0


def check_choice(field: str, value: Any, choices: Iterable[str]) -> None:
    if value not in choices:
        raise ConfigurationError(field, f"{field} is {value!r}; choose one of: {', '.join(choices)}.")


def check_integer(field: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigurationError(field, f"{field} is {value!r}; give a whole number from {low} to {high}.")


def check_weight(field: str, value: Any, positive: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value <= sys.float_info.max or (positive and value == 0):
        expected = "a number above 0" if positive else "a number that is 0 or more"
        raise ConfigurationError(field, f"{field} is {value!r:.40}; give {expected}.")


def weights_as_floats(config: Any) -> None:
    """Store the loss weights of a frozen configuration as floats: arithmetic with a huge int fails where that of a
    float becomes infinite, which is noticed."""
    for field in ("content_weight", "style_weight", "tv_weight"):
        object.__setattr__(config, field, float(getattr(config, field)))


def check_number(field: str, value: Any, low: float, high: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        raise ConfigurationError(field, f"{field} is {value!r}; give a number from {low:g} to {high:g}.")


def check_layers(field: str, layers: tuple[str, ...] | None, extractor: str, offered: tuple[str, ...]) -> None:
    if layers is None:
        return
    unknown = [layer for layer in layers if layer not in offered]
    if unknown or not layers:
        found = f"names {unknown[0]!r}" if unknown else "is empty"
        raise ConfigurationError(field, f"{field} {found}; {extractor} offers: {', '.join(offered)}.")
    if len(set(layers)) < len(layers):
        raise ConfigurationError(field, f"{field} names a layer twice; name each once.")
