"""How to train a fast network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from stylize_engine.config.architecture import Architecture, as_architecture
from stylize_engine.config.checks import (
    MAX_SEED,
    POOLINGS,
    PRECISIONS,
    Checks,
    lists_as_tuples,
    settle,
)
from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS

# Side by side in one picture, which a JPEG has to hold.
MAX_SAMPLES = 32
MAX_NETWORK_STYLES = 64
# By extractor: a deep layer of a large network keeps what a small one's deepest says.
CONTENT_LAYERS = {"slim": ("relu3_2",), "vgg16": ("relu3_2",), "vgg19": ("relu3_2",)}
# A new network needs as many; styles of a trained base far fewer, or they would learn a few photographs by heart.
DEFAULT_STEPS = {"new": 4000, "base": 85}
DEFAULT_BATCH_SIZE = {"new": 4, "base": 2}
# A few numbers alone can be moved faster than a whole network.
DEFAULT_LEARNING_RATE = {"new": 2e-3, "base": 3e-2}
STYLE_LAYERS = ("relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_3")


@dataclass(frozen=True)
class TrainingConfig:
    """How to train a fast network for one or many styles (Johnson et al., ECCV 2016; Dumoulin et al., ICLR 2017).

    `dataset` names directories of photographs, or single ones. `styles` gives each style's name and the pictures that
    teach it. `output` is a directory: the best network as `model.safetensors` with its manifest `model.json`,
    `checkpoint`, samples and losses; where `epochs` says how long to train, with `keep_epochs` one network for each.
    With `base`, a network file, its convolutions rest and only the rows of the new `styles` are trained; the result
    holds the base's styles and the new ones. With `start`, a network file, all its numbers are trained further: a small
    extractor can teach it the most and a large one the rest. `styles` then names all of its styles, and new ones if
    wished. `architecture` is for a new network, for those two have their own; of `start`, what is `CHANGEABLE` of it
    may be asked for. `samples` are the photographs painted on the way, some of those held out if there are none.

    An epoch passes over as many crops as there are photographs. `steps` says how long to train, or else `epochs` does,
    which counts for nothing beside it; without either it is `DEFAULT_STEPS`, so that a small folder of photographs is
    gone through many times. `batch_size` is `DEFAULT_BATCH_SIZE` where none is given. `image_size` is the edge of the
    square crops and `style_size` the long edge of style pictures, both in pixels. The style is compared at
    `pyramid_levels` sizes, each half the one before, as far as crops and style pictures are large enough for the
    extractor. `validation_share` of the photographs is never trained on. `patience` ends the training when the
    validation loss has not improved for so many validations, which come with every checkpoint.

    Raises `ConfigurationError`, which names each field, when values make no sense.
    """

    dataset: tuple[str, ...]
    styles: Mapping[str, tuple[str, ...]]
    output: str
    base: str | None = None
    start: str | None = None
    samples: tuple[str, ...] = ()
    architecture: Architecture = field(default_factory=Architecture)
    extractor: str = "slim"
    extractor_weights: str | None = None
    pooling: str = "max"
    content_layers: tuple[str, ...] | None = None
    style_layers: tuple[str, ...] | None = None
    pyramid_levels: int = 3
    content_weight: float = 1.0
    style_weight: float = 12.0
    tv_weight: float = 1.0
    epochs: int | None = None
    steps: int | None = None
    batch_size: int | None = None
    image_size: int = 256
    style_size: int = 512
    learning_rate: float | None = None
    checkpoint_every: int = 250
    sample_every: int = 250
    report_every: int = 10
    validation_share: float = 0.05
    patience: int | None = None
    keep_epochs: bool = True
    resume: bool = False
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        with Checks() as check:
            self._normalize(check)
            self._check_styles(check)
            check.choice("extractor", self.extractor, EXTRACTORS)
            check.choice("pooling", self.pooling, POOLINGS)
            check.choice("precision", self.precision, PRECISIONS)
            check.layers("content_layers", self.content_layers, self.extractor)
            check.layers("style_layers", self.style_layers, self.extractor)
            check.losses(self)
            if self.learning_rate is not None:
                check.weight("learning_rate", self.learning_rate, positive=True)
            if self.batch_size is not None:
                check.integer("batch_size", self.batch_size, 1, 256)
            check.integer("image_size", self.image_size, 64, 1024)
            check.integer("style_size", self.style_size, 64, 2048)
            check.integer("pyramid_levels", self.pyramid_levels, 1, 6)
            for name in ("steps", "epochs", "patience"):
                if getattr(self, name) is not None:
                    check.integer(name, getattr(self, name), 1, 10_000_000)
            for name in ("checkpoint_every", "sample_every", "report_every"):
                check.integer(name, getattr(self, name), 1, 1_000_000)
            for name in ("keep_epochs", "resume"):
                check.flag(name, getattr(self, name))
            check.number("validation_share", self.validation_share, 0, 0.5)
            check.integer("seed", self.seed, 0, MAX_SEED)
        settle(self)

    def _check_styles(self, check: Checks) -> None:
        if not self.styles or len(self.styles) > MAX_NETWORK_STYLES:
            check.refuse("styles", f"styles has {len(self.styles)} names; give 1 to {MAX_NETWORK_STYLES}.")
        if self.base and self.start:
            check.refuse("start", "start and base exclude each other; give one of them.")
        if len(self.samples) > MAX_SAMPLES:
            check.refuse("samples", f"samples names {len(self.samples)} photographs; {MAX_SAMPLES} are the most.")
        for name, pictures in self.styles.items():
            if not name or not pictures:
                check.refuse("styles", f"styles: {name!r} needs a name and at least one picture.")

    def _normalize(self, check: Checks) -> None:
        """Paths as strings, lists as tuples, so that equal configurations are equal and JSON-able."""
        for name in ("dataset", "samples"):
            object.__setattr__(self, name, check.paths(name, getattr(self, name)))
        for name in ("output", "base", "start", "extractor_weights"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, str(getattr(self, name)))
        lists_as_tuples(self, ("content_layers", "style_layers"))
        object.__setattr__(self, "styles", self._normalized_styles(check))
        try:
            object.__setattr__(self, "architecture", as_architecture(self.architecture))
        except ConfigurationError as error:
            for name, message in error.refused.items():
                check.refuse(name, message)

    def _normalized_styles(self, check: Checks) -> dict[str, tuple[str, ...]]:
        if not isinstance(self.styles, Mapping) or not all(isinstance(name, str) for name in self.styles):
            check.refuse("styles", f"styles is {self.styles!r:.40}; give the pictures of each style by its name.")
            return {}
        return {name: check.paths("styles", pictures) for name, pictures in self.styles.items()}

    @property
    def resolved_content_layers(self) -> tuple[str, ...]:
        """The layers the content loss is taken on."""
        return self.content_layers or CONTENT_LAYERS.get(self.extractor, EXTRACTORS[self.extractor].content)

    @property
    def resolved_style_layers(self) -> tuple[str, ...]:
        """The layers the style loss is taken on."""
        shallow = set(STYLE_LAYERS) <= set(EXTRACTORS[self.extractor].names)
        return self.style_layers or (STYLE_LAYERS if shallow else EXTRACTORS[self.extractor].style)

    @property
    def resolved_layers(self) -> tuple[str, ...]:
        """All layers that losses are taken on, each once."""
        return tuple(dict.fromkeys(self.resolved_content_layers + self.resolved_style_layers))

    def total_steps(self, steps_per_epoch: int) -> int:
        """How many steps to train where an epoch has that many."""
        if self.steps is not None:
            return self.steps
        return self.epochs * steps_per_epoch if self.epochs else DEFAULT_STEPS["base" if self.base else "new"]

    @property
    def resolved_batch_size(self) -> int:
        """Pictures in a step, of each process."""
        return self.batch_size or DEFAULT_BATCH_SIZE["base" if self.base else "new"]

    @property
    def resolved_learning_rate(self) -> float:
        """Adam's rate at its highest."""
        return self.learning_rate or DEFAULT_LEARNING_RATE["base" if self.base else "new"]

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON types; `TrainingConfig(**config.to_dict()) == config`."""
        values = asdict(self)
        values["styles"] = {name: list(pictures) for name, pictures in self.styles.items()}
        values["architecture"] = {**values["architecture"], "widths": list(self.architecture.widths)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
