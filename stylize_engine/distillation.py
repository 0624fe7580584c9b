"""Makes `slim`, the small extractor that ships: fitted to what a large one sees, then trained as long as wished.

In training the student learns to reproduce its teacher's activations and their Gram matrices on photographs, paintings,
blends of them, noise and blurred ones, and on pictures that it has painted itself a moment ago. Of these it also learns
how the teacher would have painted on.
"""

import json
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from stylize_engine.agreement import PYRAMID_LEVELS, agreement_losses, teachers_verdict
from stylize_engine.checkpoints import identity_of, load_checkpoint, save_checkpoint
from stylize_engine.config import DistillationConfig
from stylize_engine.datasets import PictureDirectory
from stylize_engine.devices import memory_errors_named, resolve_device, resolve_precision
from stylize_engine.errors import DivergenceError
from stylize_engine.extractors import build_extractor
from stylize_engine.images import pyramid
from stylize_engine.iterates import Iterates
from stylize_engine.progress import Progress
from stylize_engine.slim import LAYERS, Student, imitation_losses
from stylize_engine.topologies import SLIM_RANKS, SLIM_WIDTHS
from stylize_engine.weights import load_weights

WARMUP_STEPS = 60
BEGINNING_PICTURES = 48
# Steps after which the oldest of the student's own paintings makes room for a new one.
STEPS_PER_PAINTING = 15
LOSSES = ("features", "grams", "differences", "gradients")
# A search from coarse to fine begins each scale with an enlarged picture, which is soft: shares and factors.
SOFT_SHARE, SOFTENED = 0.35, (0.2, 1.5)


def distill(config: DistillationConfig, *, device: str = "auto") -> Iterator[Progress]:
    """Train `slim` and write `config.output` and its manifest at the end; yields every `report_every` steps.

    The losses are `features` and `grams` (see `slim.imitation_losses`), `differences` and `gradients` (see
    `agreement.agreement_losses`) and their sum, `total`, as means since the last report. Closing the generator stops
    the training; `config.resume` goes on from the last checkpoint and gives the same weights as training that was never
    stopped.

    Raises `ConfigurationError` for directories without pictures or a checkpoint of another configuration,
    `WeightsError` for the teacher's weights and `DivergenceError` when the training has failed.
    """
    with memory_errors_named():
        training = _Training(config, resolve_device(device))
    checkpoint = Path(config.output + ".checkpoint")
    if config.resume and checkpoint.exists():
        training.load(checkpoint)
    while training.step < config.steps:
        with memory_errors_named():
            training.advance()
        last = training.step == config.steps
        if last or training.step % config.report_every == 0:
            training.report()
        if last or training.step % config.checkpoint_every == 0:
            training.save(checkpoint)
        if not last and training.step % config.report_every == 0:
            yield training.progress()
    training.write(Path(config.output))
    yield training.progress()


class _Training:
    """The state of one training: what a checkpoint holds."""

    def __init__(self, config: DistillationConfig, device: torch.device):
        self.config, self.device = config, device
        self.precision = resolve_precision(config.precision, device)
        self.photos = PictureDirectory(config.photos, "photos", short_edge=2 * config.image_size)
        self.styles = PictureDirectory(config.styles, "styles", short_edge=3 * config.image_size)
        teacher = build_extractor(config.teacher, LAYERS, weights_path=config.teacher_weights)
        self.teacher = teacher.to(device, memory_format=torch.channels_last)
        # The one source of chance: torch's own would not be a matter of this training alone.
        self.random = np.random.default_rng(config.seed)
        widths = {name: layer.shape[1] for name, layer in teacher(torch.zeros(1, 3, 32, 32, device=device)).items()}
        self.student = Student(widths).to(device, memory_format=torch.channels_last)
        start = load_weights("slim", config.start, LAYERS) if config.start else None
        self.student.begin(self.teacher, self._given(BEGINNING_PICTURES), start)
        trainable = [parameter for parameter in self.student.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.Adam(trainable, lr=config.learning_rate, betas=(0.9, 0.99))
        precision = "fp32" if self.precision == torch.float32 else "bf16"
        self.iterates = Iterates(
            self.random, self.photos, self.styles,
            size=config.image_size, count=config.paintings, precision=precision, device=device,
        )  # fmt: skip
        self.step = 0
        self.unreported: list[Tensor] = []
        self.history: list[dict[str, float]] = []
        self.last_painting: Tensor | None = None

    def advance(self) -> None:
        """Go one step."""
        if not self.iterates.paintings:
            for _ in range(self.config.paintings):
                self._paint()
        elif self.step % STEPS_PER_PAINTING == 0:
            self._paint()
        losses = self._losses()
        self.optimizer.zero_grad()
        losses.sum().backward()
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate()
        self.optimizer.step()
        self.step += 1
        self.unreported.append(losses.detach())

    def report(self) -> None:
        """Write the mean losses since the last report into the history; raises `DivergenceError` if they are none."""
        means = dict(zip(LOSSES, torch.stack(self.unreported).mean(0).tolist(), strict=True))
        if not math.isfinite(sum(means.values())):
            raise DivergenceError("The training has diverged; start again with a smaller learning rate.")
        self.unreported.clear()
        self.history.append({"step": self.step} | {name: round(mean, 5) for name, mean in means.items()})

    def progress(self) -> Progress:
        """The last report, if there is one, with a picture that the student has just worked on."""
        if not self.history:
            return Progress(self.step, self.config.steps)
        losses = {name: self.history[-1][name] for name in LOSSES}
        return Progress(self.step, self.config.steps, {"total": sum(losses.values())} | losses, self.last_painting)

    def _autocast(self) -> torch.autocast:
        return torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32)

    def _paint(self) -> None:
        self.student.bake_readouts()
        self.iterates.paint(self.student.network)

    def _given(self, count: int) -> Tensor:
        return torch.stack([self._picture() for _ in range(count)]).to(self.device)

    def _picture(self) -> Tensor:
        """A photograph, a painting, a blend of both, or one of these under noise, some of them soft, `(3, S, S)`."""
        size, kind = self.config.image_size, self.random.random()
        source = self.photos if kind < 0.45 else self.styles
        picture = source.crop(self.random, size)
        if kind > 0.7:
            share = self.random.uniform(0.15, 0.85)
            picture = torch.lerp(picture, self.photos.crop(self.random, size), share)
        if kind > 0.85:
            noise = self.random.standard_normal((3, size, size), dtype=np.float32)
            picture = picture + self.random.uniform(0.02, 0.4) * torch.from_numpy(noise)
        picture = picture.clamp(0, 1)
        if self.random.random() < SOFT_SHARE:
            picture = softened(picture, 2 ** self.random.uniform(*SOFTENED))
        return picture

    def _losses(self) -> Tensor:
        """The `LOSSES` of a batch of pictures and of a picture under way."""
        iterate, given = self.iterates.choose(), self._given(self.config.batch_size)
        self.last_painting = iterate.picture.detach()
        # Two contexts: one would remember the weights' casts made without gradients and never train the weights.
        with self._autocast():
            verdict = teachers_verdict(self.teacher, iterate)
            with torch.no_grad():
                targets = [self.teacher(level) for level in pyramid(given, PYRAMID_LEVELS)]
        with self._autocast():
            own = [self.student(level) for level in pyramid(given, PYRAMID_LEVELS)]
            under_way = [self.student(level) for level in pyramid(iterate.picture, PYRAMID_LEVELS)]
            pairs = zip([*own, *under_way], [*targets, *verdict.activations], strict=True)
            imitation = [torch.stack(imitation_losses(self.student, *pair)) for pair in pairs]
            agreement = agreement_losses(self.student, under_way, iterate, verdict)
        return torch.cat([torch.stack(imitation).mean(0), torch.stack(agreement)])

    def _learning_rate(self) -> float:
        done = self.step / self.config.steps
        rise = min(1.0, (self.step + 1) / WARMUP_STEPS)
        return self.config.learning_rate * rise * (1 + math.cos(math.pi * done)) / 2

    def _identity(self) -> str:
        """What must be the same for a checkpoint to go on exactly."""
        config = replace(self.config, resume=False, checkpoint_every=1, report_every=1, output="-.safetensors")
        fingerprints = {"photos": self.photos.fingerprint(), "styles": self.styles.fingerprint()}
        return identity_of(config.to_dict() | fingerprints)

    def save(self, path: Path) -> None:
        state = {
            "step": self.step,
            "history": self.history,
            "unreported": self.unreported,
            "student": self.student.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "paintings": self.iterates.paintings,
            "random": json.dumps(self.random.bit_generator.state),
        }
        save_checkpoint(path, self._identity(), state)

    def load(self, path: Path) -> None:
        state = load_checkpoint(path, self._identity(), self.device)
        self.student.load_state_dict(state["student"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.iterates.paintings = state["paintings"]
        self.random.bit_generator.state = json.loads(state["random"])
        self.step, self.history, self.unreported = state["step"], state["history"], state["unreported"]

    def write(self, output: Path) -> None:
        """The finished weights in half precision, and the manifest that says where they come from."""
        self.student.bake_readouts()
        tensors = {name: value.half().cpu().contiguous() for name, value in self.student.network.state_dict().items()}
        unfinished = output.with_name(output.name + ".part")
        unfinished.write_bytes(safetensors.torch.save(tensors))
        output.with_suffix(".json").write_text(json.dumps(self._manifest(), indent=2) + "\n", encoding="utf-8")
        os.replace(unfinished, output)

    def _manifest(self) -> dict[str, Any]:
        config = self.config
        return {
            "extractor": "slim",
            "architecture": {"topology": "VGG up to relu3_3", "widths": SLIM_WIDTHS, "ranks": SLIM_RANKS},
            "teacher": config.teacher,
            "start": config.start and Path(config.start).name,
            "data": {
                "photos": {"count": len(self.photos.paths), "fingerprint": self.photos.fingerprint()},
                "styles": {"count": len(self.styles.paths), "fingerprint": self.styles.fingerprint()},
            },
            "training": {
                "steps": config.steps,
                "batch_size": config.batch_size,
                "image_size": config.image_size,
                "paintings": config.paintings,
                "learning_rate": config.learning_rate,
                "seed": config.seed,
                "precision": str(self.precision).removeprefix("torch."),
            },
            "losses": self.history[-1] if self.history else None,
            "versions": {"torch": torch.__version__, "numpy": np.__version__},
        }


def softened(picture: Tensor, factor: float) -> Tensor:
    """A `(3, S, S)` picture shrunk by a factor and enlarged again."""
    size = picture.shape[-2:]
    small = [max(1, round(edge / factor)) for edge in size]
    shrunk = interpolate(picture[None], small, mode="bilinear", antialias=True)
    return interpolate(shrunk, size, mode="bicubic").clamp(0, 1)[0]
