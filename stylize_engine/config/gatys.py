"""How to paint one picture by optimising its pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stylize_engine.config.checks import (
    COLOR_MODES,
    MAX_IMAGE_SIZE,
    MAX_SEED,
    MAX_STROKE,
    MIN_IMAGE_SIZE,
    MIN_STROKE,
    POOLINGS,
    PRECISIONS,
    Checks,
    lists_as_tuples,
    settle,
)
from stylize_engine.layers import EXTRACTORS

OPTIMIZERS = ("adam", "lbfgs")
INITS = ("content", "noise", "style")
MEMORY_PLANS = ("auto", "whole", "checkpointed", "tiled")
MAX_NUM_STEPS = 20_000
MAX_SCALES = 8
MAX_STYLES = 8
# Coarse to fine: each scale is so many times as large as the one before, and none smaller than this is painted.
SCALE_FACTOR = 2**0.5
COARSEST_SIZE = 128


@dataclass(frozen=True)
class Scale:
    """One size of a coarse to fine search: a long edge of `image_size` pixels, and `steps` evaluations there."""

    image_size: int
    steps: int


def shared_out(num_steps: int, sizes: Sequence[int]) -> tuple[Scale, ...]:
    """Scales of these sizes, which share the steps evenly; what is left over goes to the later ones."""
    ends = [num_steps * index // len(sizes) for index in range(len(sizes) + 1)]
    return tuple(Scale(size, end - start) for size, start, end in zip(sizes, ends[:-1], ends[1:], strict=True))


def fitting_scales(plan: Sequence[Scale], ratio: float, min_edge: float) -> tuple[Scale, ...]:
    """The scales at which a picture whose edges have that ratio (0 to 1) has a shorter one of `min_edge` pixels or
    more, and the last one; the steps of one that is too small go to the next."""
    fitting, saved = [], 0
    for scale in plan:
        saved += scale.steps
        if scale is plan[-1] or scale.image_size * ratio >= min_edge:
            fitting.append(Scale(scale.image_size, saved))
            saved = 0
    return tuple(fitting)


@dataclass(frozen=True)
class GatysConfig:
    """How to paint one picture by optimising its pixels (Gatys et al., CVPR 2016).

    Sizes are long edges in pixels. Where a field may be None, the extractor's own default is meant: see
    `stylize_engine.layers.EXTRACTORS`. Loss weights multiply losses that are already relative (see `losses`), so the
    same weights suit any painting and size. `style_weights` are the shares of several style pictures; they are
    normalised to sum 1.

    `num_steps` are shared out among the `scales` of a search from coarse to fine (see `plan`). `stroke` is the size of
    the style pictures relative to the result: 2 doubles the strokes. `preserve_color` keeps the photo's colours:
    "luminance" takes the painting's light only, "histogram" recolours the paintings like the photo first. `patience`
    ends a scale when its loss has not improved worthwhile for so many steps. `memory_plan` is chosen by the memory
    that is free (see `gatys.memory`).

    Raises `ConfigurationError`, which names each field, when values make no sense.
    """

    image_size: int = 512
    num_steps: int = 150
    extractor: str = "slim"
    optimizer: str = "lbfgs"
    learning_rate: float | None = None
    init: str = "content"
    content_weight: float = 1.0
    style_weight: float = 200.0
    tv_weight: float = 10.0
    content_layers: tuple[str, ...] | None = None
    style_layers: tuple[str, ...] | None = None
    style_weights: tuple[float, ...] | None = None
    pyramid_levels: int | None = None
    scales: int | None = None
    stroke: float = 1.0
    preserve_color: str = "none"
    patience: int | None = None
    memory_plan: str = "auto"
    pooling: str = "max"
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        lists_as_tuples(self, ("content_layers", "style_layers", "style_weights"))
        with Checks() as check:
            check.integer("image_size", self.image_size, MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)
            check.integer("num_steps", self.num_steps, 1, MAX_NUM_STEPS)
            check.integer("seed", self.seed, 0, MAX_SEED)
            check.choice("extractor", self.extractor, EXTRACTORS)
            check.choice("optimizer", self.optimizer, OPTIMIZERS)
            check.choice("init", self.init, INITS)
            check.choice("pooling", self.pooling, POOLINGS)
            check.choice("precision", self.precision, PRECISIONS)
            check.losses(self)
            if self.learning_rate is not None:
                check.weight("learning_rate", self.learning_rate, positive=True)
            if self.pyramid_levels is not None:
                check.integer("pyramid_levels", self.pyramid_levels, 1, 6)
            if self.scales is not None:
                check.integer("scales", self.scales, 1, MAX_SCALES)
            check.number("stroke", self.stroke, MIN_STROKE, MAX_STROKE)
            check.choice("preserve_color", self.preserve_color, COLOR_MODES)
            if self.patience is not None:
                check.integer("patience", self.patience, 1, MAX_NUM_STEPS)
            check.choice("memory_plan", self.memory_plan, MEMORY_PLANS)
            check.layers("content_layers", self.content_layers, self.extractor)
            check.layers("style_layers", self.style_layers, self.extractor)
            if self.style_weights is not None:
                self._check_style_weights(check)
        settle(self)

    def _check_style_weights(self, check: Checks) -> None:
        count = len(self.style_weights) if isinstance(self.style_weights, tuple) else 0
        if not 1 <= count <= MAX_STYLES or not check.shares("style_weights", self.style_weights):
            message = f"style_weights needs 1 to {MAX_STYLES} numbers, at least one of them above 0."
            check.refuse("style_weights", message)

    @property
    def resolved_content_layers(self) -> tuple[str, ...]:
        """The layers the content loss is taken on."""
        return self.content_layers or EXTRACTORS[self.extractor].content

    @property
    def resolved_style_layers(self) -> tuple[str, ...]:
        """The layers the style loss is taken on."""
        return self.style_layers or EXTRACTORS[self.extractor].style

    @property
    def resolved_layers(self) -> tuple[str, ...]:
        """All layers that losses are taken on, each once."""
        return tuple(dict.fromkeys(self.resolved_content_layers + self.resolved_style_layers))

    @property
    def resolved_pyramid_levels(self) -> int:
        """At how many sizes the style loss is taken."""
        return self.pyramid_levels or EXTRACTORS[self.extractor].pyramid_levels

    def style_size(self, edge: int) -> int:
        """The long edge, in pixels, of style pictures beside a photo whose long edge has `edge` of them."""
        return min(MAX_IMAGE_SIZE, round(edge * self.stroke))

    @property
    def painting_size(self) -> int:
        """The long edge, in pixels, to load style pictures with: that of the largest scale, no less than the photo."""
        return max(self.image_size, self.style_size(self.image_size))

    @property
    def plan(self) -> tuple[Scale, ...]:
        """The scales from coarse to fine; their steps add up to `num_steps`.

        Without `scales`, as many as there are above the coarsest size. Each gets the same number of steps.
        """
        # A hair more, or the rounding of logarithms would leave a scale out.
        most = 1 + max(0, int(math.log(self.image_size / COARSEST_SIZE, SCALE_FACTOR) + 1e-6))
        count = min(self.scales or most, self.num_steps)
        sizes = [round(self.image_size / SCALE_FACTOR ** (count - 1 - index)) for index in range(count)]
        return shared_out(self.num_steps, sizes)

    def megapixel_steps(self, ratio: float) -> float:
        """The cost: steps times megapixels, summed over the scales, of a picture with edges of that ratio (0 to 1)."""
        return sum(scale.steps * scale.image_size**2 * ratio / 1e6 for scale in self.plan)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON types; `GatysConfig(**config.to_dict()) == config`."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
