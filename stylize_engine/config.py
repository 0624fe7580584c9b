"""Configurations: frozen values, checked when made. Standard library only."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS

OPTIMIZERS = ("adam", "lbfgs")
INITS = ("content", "noise", "style")
DISTILLATION_TEACHERS = ("vgg16", "vgg19")
POOLINGS = ("max", "average")
PRECISIONS = ("auto", "fp32", "bf16")
MIN_IMAGE_SIZE, MAX_IMAGE_SIZE = 32, 8192
MAX_NUM_STEPS = 20_000
MAX_STYLES = 8


def _check_choice(field: str, value: Any, choices) -> None:
    if value not in choices:
        raise ConfigurationError(field, f"{field} is {value!r}; choose one of: {', '.join(choices)}.")


def _check_integer(field: str, value: Any, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigurationError(field, f"{field} is {value!r}; give a whole number from {low} to {high}.")


def _check_weight(field: str, value: Any, positive: bool = False) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or value < 0 or (positive and value == 0):
        expected = "a number above 0" if positive else "a number that is 0 or more"
        raise ConfigurationError(field, f"{field} is {value!r}; give {expected}.")


@dataclass(frozen=True)
class GatysConfig:
    """How to paint one picture by optimising its pixels (Gatys et al., CVPR 2016).

    Sizes are long edges in pixels. Where a field may be None, the extractor's own default is meant: see
    `stylize_engine.layers.EXTRACTORS`. Loss weights multiply losses that are already relative (see `losses`), so the
    same weights suit any painting and size. `style_weights` are the shares of several style pictures; they are
    normalised to sum 1.

    Raises `ConfigurationError`, which names the field, when a value makes no sense.
    """

    image_size: int = 512
    num_steps: int = 300
    extractor: str = "slim"
    optimizer: str = "adam"
    learning_rate: float | None = None
    init: str = "content"
    content_weight: float = 1.0
    style_weight: float = 200.0
    tv_weight: float = 10.0
    content_layers: tuple[str, ...] | None = None
    style_layers: tuple[str, ...] | None = None
    style_weights: tuple[float, ...] | None = None
    pyramid_levels: int | None = None
    pooling: str = "max"
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for field in ("content_layers", "style_layers", "style_weights"):
            value = getattr(self, field)
            if isinstance(value, list):
                object.__setattr__(self, field, tuple(value))
        _check_integer("image_size", self.image_size, MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)
        _check_integer("num_steps", self.num_steps, 1, MAX_NUM_STEPS)
        _check_integer("seed", self.seed, 0, 2**63 - 1)
        _check_choice("extractor", self.extractor, EXTRACTORS)
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_choice("init", self.init, INITS)
        _check_choice("pooling", self.pooling, POOLINGS)
        _check_choice("precision", self.precision, PRECISIONS)
        for field in ("content_weight", "style_weight", "tv_weight"):
            _check_weight(field, getattr(self, field))
        if self.learning_rate is not None:
            _check_weight("learning_rate", self.learning_rate, positive=True)
        if self.pyramid_levels is not None:
            _check_integer("pyramid_levels", self.pyramid_levels, 1, 6)
        self._check_layers("content_layers")
        self._check_layers("style_layers")
        self._check_style_weights()
        if self.content_weight == 0 and self.style_weight == 0:
            raise ConfigurationError(
                "style_weight", "content_weight and style_weight are both 0; give at least one of them."
            )

    def _check_layers(self, field: str) -> None:
        layers = getattr(self, field)
        if layers is None:
            return
        offered = EXTRACTORS[self.extractor].names
        unknown = [layer for layer in layers if layer not in offered]
        if unknown or not layers:
            found = f"names {unknown[0]!r}" if unknown else "is empty"
            raise ConfigurationError(field, f"{field} {found}; {self.extractor} offers: {', '.join(offered)}.")
        if len(set(layers)) < len(layers):
            raise ConfigurationError(field, f"{field} names a layer twice; name each once.")

    def _check_style_weights(self) -> None:
        if self.style_weights is None:
            return
        for weight in self.style_weights:
            _check_weight("style_weights", weight)
        if not 1 <= len(self.style_weights) <= MAX_STYLES or not sum(self.style_weights):
            raise ConfigurationError(
                "style_weights", f"style_weights needs 1 to {MAX_STYLES} numbers, at least one of them above 0."
            )

    @property
    def resolved_content_layers(self) -> tuple[str, ...]:
        """The layers the content loss is taken on."""
        return self.content_layers or EXTRACTORS[self.extractor].content

    @property
    def resolved_style_layers(self) -> tuple[str, ...]:
        """The layers the style loss is taken on."""
        return self.style_layers or EXTRACTORS[self.extractor].style

    @property
    def resolved_pyramid_levels(self) -> int:
        """At how many sizes the style loss is taken."""
        return self.pyramid_levels or EXTRACTORS[self.extractor].pyramid_levels

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON types; `GatysConfig(**config.to_dict()) == config`."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class DistillationConfig:
    """How to train the small extractor `slim` to see what a large one sees (see `stylize_engine.distillation`).

    `teacher_weights` None means torchvision's own. `photos` and `styles` are directories of pictures, searched with
    their subdirectories. `output` is a `.safetensors` file; its manifest is written beside it with the ending
    `.json`, and every `checkpoint_every` steps a checkpoint with `.checkpoint` appended, from which `resume` goes on.
    `image_size` is the edge of the square crops in pixels, `batch_size` the number of pictures in a step, half of
    them the student's own iterates.

    Raises `ConfigurationError`, which names the field, when a value makes no sense.
    """

    photos: str
    styles: str
    output: str
    teacher: str = "vgg16"
    teacher_weights: str | None = None
    steps: int = 3_000
    batch_size: int = 8
    image_size: int = 128
    learning_rate: float = 5e-4
    checkpoint_every: int = 250
    report_every: int = 25
    resume: bool = False
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for field in ("photos", "styles", "output", "teacher_weights"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, str(value))
        if not self.output.endswith(".safetensors"):
            raise ConfigurationError("output", f"output is {self.output!r}; give a file name ending in .safetensors.")
        _check_choice("teacher", self.teacher, DISTILLATION_TEACHERS)
        _check_choice("precision", self.precision, PRECISIONS)
        _check_integer("steps", self.steps, 1, 1_000_000)
        _check_integer("batch_size", self.batch_size, 2, 256)
        _check_integer("image_size", self.image_size, MIN_IMAGE_SIZE, 1024)
        _check_integer("checkpoint_every", self.checkpoint_every, 1, 1_000_000)
        _check_integer("report_every", self.report_every, 1, 1_000_000)
        _check_integer("seed", self.seed, 0, 2**63 - 1)
        _check_weight("learning_rate", self.learning_rate, positive=True)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON types; `DistillationConfig(**config.to_dict()) == config`."""
        return asdict(self)
