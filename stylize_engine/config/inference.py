"""How to apply a fast network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from stylize_engine.config.checks import (
    COLOR_MODES,
    MAX_IMAGE_SIZE,
    MAX_STROKE,
    MIN_IMAGE_SIZE,
    MIN_STROKE,
    PRECISIONS,
    Checks,
)


@dataclass(frozen=True)
class ApplyConfig:
    """How to paint pictures with a fast network.

    `styles` gives the share of each style by its name; the shares are normalised to sum 1. `strength` runs from 0 (the
    photo as it is) to 1. `stroke` is the size of strokes relative to those the network learnt; below 1 it is limited
    on large pictures, which the network sees with at most 8192 pixels along an edge or their own size. `image_size` is
    the long edge of the result in pixels; None keeps the photo's own. `tile_size` is the height of the strips, in
    pixels, that larger pictures are painted in; None chooses by the memory at hand, so that small ones are painted
    whole.

    Raises `ConfigurationError`, which names each field, when values make no sense.
    """

    styles: Mapping[str, float]
    strength: float = 1.0
    stroke: float = 1.0
    preserve_color: str = "none"
    image_size: int | None = None
    tile_size: int | None = None
    precision: str = "auto"

    def __post_init__(self) -> None:
        object.__setattr__(self, "styles", dict(self.styles))
        with Checks() as check:
            if not self.styles or not check.shares("styles", self.styles.values()):
                check.refuse("styles", "styles is empty or all its shares are 0; name at least one style.")
            check.number("strength", self.strength, 0, 1)
            check.number("stroke", self.stroke, MIN_STROKE, MAX_STROKE)
            check.choice("preserve_color", self.preserve_color, COLOR_MODES)
            check.choice("precision", self.precision, PRECISIONS)
            if self.image_size is not None:
                check.integer("image_size", self.image_size, MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)
            if self.tile_size is not None:
                check.integer("tile_size", self.tile_size, 128, MAX_IMAGE_SIZE)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON types; `ApplyConfig(**config.to_dict()) == config`."""
        return asdict(self)
