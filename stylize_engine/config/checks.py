"""What every configuration is checked with: all that is wrong with it is told at once, by field."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from os import PathLike
from typing import Any

from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS, expand_layers

PRECISIONS = ("auto", "fp32", "bf16")
POOLINGS = ("max", "average")
COLOR_MODES = ("none", "luminance", "histogram")
MIN_IMAGE_SIZE, MAX_IMAGE_SIZE = 32, 8192
MAX_SEED = 2**63 - 1
MIN_STROKE, MAX_STROKE = 0.25, 4.0
# Far beyond any use, and far below what the arithmetic of an optimizer cannot hold.
MAX_LEARNING_RATE = 1e4


class Checks:
    """Gathers what is wrong with fields, of each the first thing.

    As a context it raises, at its end, one `ConfigurationError` where anything was.
    """

    def __init__(self) -> None:
        self.refused: dict[str, str] = {}

    def __enter__(self) -> Checks:
        return self

    def __exit__(self, kind: type | None, *_: Any) -> None:
        if self.refused and kind is None:
            raise ConfigurationError(*next(iter(self.refused.items())), refused=self.refused)

    def refuse(self, field: str, message: str) -> None:
        self.refused.setdefault(field, message)

    def choice(self, field: str, value: Any, choices: Iterable[str]) -> None:
        # A tuple, for what is no key of a mapping cannot be looked up there.
        if value not in tuple(choices):
            self.refuse(field, f"{field} is {value!r}; choose one of: {', '.join(choices)}.")

    def integer(self, field: str, value: Any, low: int, high: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(field, f"{field} is {value!r}; give a whole number from {low} to {high}.")

    def flag(self, field: str, value: Any) -> None:
        if not isinstance(value, bool):
            self.refuse(field, f"{field} is {value!r:.40}; give true or false.")

    def number(self, field: str, value: Any, low: float, high: float) -> None:
        if not _is_number(value) or not low <= value <= high:
            self.refuse(field, f"{field} is {value!r}; give a number from {low:g} to {high:g}.")

    def weight(self, field: str, value: Any, positive: bool = False) -> None:
        """A weight, or, where it must be `positive`, a learning rate."""
        most = MAX_LEARNING_RATE if positive else sys.float_info.max
        if not _is_number(value) or not 0 <= value <= most or (positive and value == 0):
            expected = f"a number above 0, up to {most:g}" if positive else "a number that is 0 or more"
            self.refuse(field, f"{field} is {value!r:.40}; give {expected}.")

    def shares(self, field: str, values: Iterable[Any]) -> bool:
        """Whether they are weights, and not all of them 0."""
        values = tuple(values)
        for value in values:
            self.weight(field, value)
        return field in self.refused or bool(sum(values))

    def paths(self, field: str, given: Any) -> tuple[str, ...]:
        """One path, or a list of them, as texts; none where they are anything else."""
        paths = (given,) if isinstance(given, str | PathLike) else given
        if isinstance(paths, Iterable) and not isinstance(paths, Mapping):
            paths = tuple(paths)
            if all(isinstance(path, str | PathLike) for path in paths):
                return tuple(map(str, paths))
        self.refuse(field, f"{field} is {given!r:.40}; give a path, or a list of them.")
        return ()

    def losses(self, config: Any) -> None:
        """The weights of a configuration's losses: a picture must be compared with something."""
        for field in ("content_weight", "style_weight", "tv_weight"):
            self.weight(field, getattr(config, field))
        if config.content_weight == 0 and config.style_weight == 0:
            self.refuse("style_weight", "content_weight and style_weight are both 0; give at least one of them.")

    def layers(self, field: str, layers: Any, extractor: Any) -> None:
        """The names of layers, or of groups of them; of an extractor there is not, which `choice` refuses, any."""
        if layers is None:
            return
        if not isinstance(layers, tuple) or not all(isinstance(layer, str) for layer in layers):
            self.refuse(field, f"{field} is {layers!r:.40}; give a list of names of layers.")
        elif extractor in tuple(EXTRACTORS):
            self._layers_of(field, expand_layers(extractor, layers), extractor)

    def _layers_of(self, field: str, layers: tuple[str, ...], extractor: str) -> None:
        offered = EXTRACTORS[extractor].names
        unknown = [layer for layer in layers if layer not in offered]
        if unknown or not layers:
            found = f"names {unknown[0]!r}" if unknown else "is empty"
            self.refuse(field, f"{field} {found}; {extractor} offers: {', '.join(offered)}.")
        if len(set(layers)) < len(layers):
            self.refuse(field, f"{field} names a layer twice; name each once.")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def lists_as_tuples(config: Any, fields: Iterable[str]) -> None:
    """Store lists in a frozen configuration as tuples, so that equal ones are equal."""
    for field in fields:
        if isinstance(value := getattr(config, field), list):
            object.__setattr__(config, field, tuple(value))


def settle(config: Any) -> None:
    """Store the groups of layers of a frozen configuration that was checked as the layers they stand for, and its loss
    weights as floats: arithmetic with a huge int fails where that of a float becomes infinite, which is noticed."""
    for field in ("content_layers", "style_layers"):
        if (layers := getattr(config, field)) is not None:
            object.__setattr__(config, field, expand_layers(config.extractor, layers))
    for field in ("content_weight", "style_weight", "tv_weight"):
        object.__setattr__(config, field, float(getattr(config, field)))
