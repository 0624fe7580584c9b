"""How to apply a fast network."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import log2
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
from stylize_engine.config.gatys import GatysConfig, Scale, fitting_scales, shared_out
from stylize_engine.config.training import TrainingConfig
from stylize_engine.layers import EXTRACTORS

# What networks usually learn from: style pictures with so many pixels along the long edge, and square crops of so
# many. In a picture of that size strokes are as large as they are in the painting.
LEARNT_EDGE, LEARNT_CROP = TrainingConfig.style_size, TrainingConfig.image_size
# A picture that is larger by less than that is painted once: its strokes are smaller by as much.
NEARLY = 1.2
MAX_REFINE_STEPS, REFINING_SCALES = 100, 3


def painting_levels(height: int, width: int, stroke: float = 1.0) -> tuple[tuple[int, int], ...]:
    """The sizes (height, width) at which a fast network paints a picture of that size, from coarse to fine.

    The first is the one at which strokes get their size, see `ApplyConfig`; for a `stroke` of 1 its edges are no
    shorter than the crops that a network learns from. The following ones, each about twice as large, add what is too
    fine for it. Where the first is the larger one, for fine strokes, there is no other; it has at most 8192 pixels
    along an edge, or the picture's own.
    """
    long, short = max(height, width), min(height, width)
    natural = long * min(1.0, max(LEARNT_EDGE / long, LEARNT_CROP / short))
    first = min(natural / stroke, max(long, MAX_IMAGE_SIZE)) / long
    count = max(1, round(-log2(first))) if first * NEARLY < 1 else 0
    scales = [first ** (1 - index / count) for index in range(count)] + [max(1.0, first)]
    return tuple((max(1, round(scale * height)), max(1, round(scale * width))) for scale in scales)


def painted_megapixels(height: int, width: int, stroke: float = 1.0) -> float:
    """The cost of painting a picture of that size: the megapixels of all its levels."""
    return sum(rows * columns for rows, columns in painting_levels(height, width, stroke)) / 1e6


def refining_plan(edge: int, ratio: float, steps: int) -> tuple[Scale, ...]:
    """The scales at which a picture is refined, from coarse to fine, each twice as large as the one before; their steps
    add up to `steps`. `edge` is its long one, and `ratio` the narrowest picture's short edge to its long one."""
    sizes = [min(MAX_IMAGE_SIZE, round(edge / 2**halvings)) for halvings in reversed(range(REFINING_SCALES))]
    fitting = fitting_scales(shared_out(steps, sizes), ratio, least_refined_edge(ratio) * ratio)
    return tuple(scale for scale in fitting if scale.steps)


def least_refined_edge(ratio: float) -> int:
    """The long edge that pictures have at least where they are refined, by the narrowest one's short edge to it."""
    return max(MIN_IMAGE_SIZE, math.ceil(EXTRACTORS[GatysConfig.extractor].min_edge / ratio))


def refined_megapixels(height: int, width: int, steps: int, stroke: float = 1.0) -> float:
    """The cost of refining a picture of that size, which happens at its coarsest level: steps times megapixels."""
    coarsest = painting_levels(height, width, stroke)[0]
    ratio = min(coarsest) / max(coarsest)
    return sum(scale.steps * scale.image_size**2 * ratio for scale in refining_plan(max(coarsest), ratio, steps)) / 1e6


@dataclass(frozen=True)
class ApplyConfig:
    """How to paint pictures with a fast network.

    `styles` gives the share of each style by its name; the shares are normalised to sum 1. `strength` runs from 0 (the
    photo as it is) to 1. `stroke` is the size of strokes: with 1 they are as large, beside the picture, as they are in
    the painting, however many pixels from 512 on the picture has (`painting_levels`), where the network has learnt from
    paintings of the usual `style_size`; larger ones have taught it larger strokes. `refine_steps` of Gatys' search take
    what the network has painted at its coarsest size nearer to the paintings, shared out among a quarter and half of
    that size and itself (`inference.refining`). `image_size` is
    the long edge of the result in pixels; None keeps the photo's own. `tile_size` is the height of the strips, in
    pixels, that larger pictures are painted in; None chooses by the memory at hand, so that small ones are painted
    whole.

    Raises `ConfigurationError`, which names each field, when values make no sense.
    """

    styles: Mapping[str, float]
    strength: float = 1.0
    stroke: float = 1.0
    refine_steps: int = 0
    preserve_color: str = "none"
    image_size: int | None = None
    tile_size: int | None = None
    precision: str = "auto"

    def __post_init__(self) -> None:
        with Checks() as check:
            if not isinstance(self.styles, Mapping):
                check.refuse("styles", f"styles is {self.styles!r:.40}; give the share of each style by its name.")
            elif not self.styles or not check.shares("styles", self.styles.values()):
                check.refuse("styles", "styles is empty or all its shares are 0; name at least one style.")
            check.number("strength", self.strength, 0, 1)
            check.number("stroke", self.stroke, MIN_STROKE, MAX_STROKE)
            check.integer("refine_steps", self.refine_steps, 0, MAX_REFINE_STEPS)
            check.choice("preserve_color", self.preserve_color, COLOR_MODES)
            check.choice("precision", self.precision, PRECISIONS)
            if self.image_size is not None:
                check.integer("image_size", self.image_size, MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)
            if self.tile_size is not None:
                check.integer("tile_size", self.tile_size, 128, MAX_IMAGE_SIZE)
        object.__setattr__(self, "styles", dict(self.styles))

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON types; `ApplyConfig(**config.to_dict()) == config`."""
        return asdict(self)
