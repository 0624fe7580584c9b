"""How to distill the small extractor."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from stylize_engine.config.checks import (
    MAX_SEED,
    MIN_IMAGE_SIZE,
    PRECISIONS,
    Checks,
)

DISTILLATION_TEACHERS = ("vgg16", "vgg19")


@dataclass(frozen=True)
class DistillationConfig:
    """How to make the small extractor `slim` see what a large one sees (see `stylize_engine.distillation`).

    `teacher_weights` None means torchvision's own. `photos` and `styles` are directories of pictures, searched with
    their subdirectories. `output` is a `.safetensors` file; its manifest is written beside it with the ending
    `.json`, and every `checkpoint_every` steps a checkpoint with `.checkpoint` appended, from which `resume` goes on.
    `start` names weights of `slim` to begin with; without them the student is fitted to its teacher, layer by layer.
    `steps` of training follow; 0 leave it at that. `image_size` is the edge of the square crops in pixels, `batch_size`
    the number of them in a step. In each step the student is also trained on one of the last `paintings` pictures that
    it has painted itself, larger than a crop.

    Raises `ConfigurationError`, which names each field, when values make no sense.
    """

    photos: str
    styles: str
    output: str
    teacher: str = "vgg16"
    teacher_weights: str | None = None
    start: str | None = None
    steps: int = 0
    batch_size: int = 4
    image_size: int = 128
    paintings: int = 12
    learning_rate: float = 5e-5
    checkpoint_every: int = 250
    report_every: int = 25
    resume: bool = False
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for field in ("photos", "styles", "output", "teacher_weights", "start"):
            value = getattr(self, field)
            if value is not None:
                object.__setattr__(self, field, str(value))
        with Checks() as check:
            if not self.output.endswith(".safetensors"):
                check.refuse("output", f"output is {self.output!r}; give a file name ending in .safetensors.")
            check.choice("teacher", self.teacher, DISTILLATION_TEACHERS)
            check.choice("precision", self.precision, PRECISIONS)
            check.integer("steps", self.steps, 0, 1_000_000)
            check.integer("batch_size", self.batch_size, 1, 256)
            check.integer("paintings", self.paintings, 1, 1_000)
            check.integer("image_size", self.image_size, MIN_IMAGE_SIZE, 1024)
            check.integer("checkpoint_every", self.checkpoint_every, 1, 1_000_000)
            check.integer("report_every", self.report_every, 1, 1_000_000)
            check.flag("resume", self.resume)
            check.integer("seed", self.seed, 0, MAX_SEED)
            check.weight("learning_rate", self.learning_rate, positive=True)

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON types; `DistillationConfig(**config.to_dict()) == config`."""
        return asdict(self)
