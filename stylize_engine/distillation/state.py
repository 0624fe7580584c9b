"""The state of one distillation: everything a checkpoint holds, and one step of it."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from stylize_engine.adam import Adam
from stylize_engine.agreement import PYRAMID_LEVELS, agreement_losses, teachers_verdict
from stylize_engine.checkpoints import digest_of, identity_of, load_checkpoint, moved, save_checkpoint
from stylize_engine.config import DistillationConfig
from stylize_engine.datasets import PictureDirectory
from stylize_engine.devices import autocast, resolve_precision
from stylize_engine.errors import ConfigurationError, DivergenceError
from stylize_engine.extractors import build_extractor
from stylize_engine.images import pyramid
from stylize_engine.iterates import Iterates
from stylize_engine.progress import Progress
from stylize_engine.slim import LAYERS, Student, imitation_losses
from stylize_engine.weights import load_weights

WARMUP_STEPS = 60
BEGINNING_PICTURES = 48
# Steps after which the oldest of the student's own paintings makes room for a new one.
STEPS_PER_PAINTING = 15
LOSSES = ("features", "grams", "differences", "gradients")
DIVERGED = "The training has diverged; start again with a smaller learning rate."
# A search from coarse to fine begins each scale with an enlarged picture, which is soft: shares and factors.
SOFT_SHARE, SOFTENED = 0.35, (0.2, 1.5)


class Distillation:
    """A student under way. `step` counts the steps done, `history` holds a row of losses for each report."""

    def __init__(self, config: DistillationConfig, device: torch.device):
        self.config, self.device = config, device
        self.photos = PictureDirectory(config.photos, "photos", short_edge=2 * config.image_size)
        self.styles = PictureDirectory(config.styles, "styles", short_edge=3 * config.image_size)
        self.pictures = {"photos": self.photos, "styles": self.styles}
        self.fingerprints = {kind: pictures.fingerprint() for kind, pictures in self.pictures.items()}
        teacher = build_extractor(config.teacher, LAYERS, weights_path=config.teacher_weights)
        self.teacher = teacher.to(device, memory_format=torch.channels_last)
        # The one source of chance: torch's own would not be a matter of this training alone.
        self.random = np.random.default_rng(config.seed)
        widths = {name: layer.shape[1] for name, layer in teacher(torch.zeros(1, 3, 32, 32, device=device)).items()}
        self.student = Student(widths).to(device, memory_format=torch.channels_last)
        start = load_weights("slim", config.start, LAYERS) if config.start else None
        # Named by what they hold, for another file may be put under their name.
        self.weights_given = digest_of([*teacher.state_dict().values(), *(start or {}).values()])
        self.student.begin(self.teacher, self._given(BEGINNING_PICTURES), start)
        trainable = [parameter for parameter in self.student.parameters() if parameter.requires_grad]
        self.optimizer = Adam([{"params": trainable}], betas=(0.9, 0.99))
        self._compute_in(resolve_precision(config.precision, device))
        self.step = 0
        self.unreported: list[Tensor] = []
        self.history: list[dict[str, float]] = []
        self.last_painting: Tensor | None = None

    def _compute_in(self, precision: torch.dtype) -> None:
        """Compute in that precision from now on; nothing is painted yet."""
        self.precision = precision
        self.iterates = Iterates(
            self.random, self.photos, self.styles, size=self.config.image_size, count=self.config.paintings,
            precision="fp32" if precision == torch.float32 else "bf16", device=self.device,
        )  # fmt: skip

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
            raise DivergenceError(DIVERGED)
        self.unreported.clear()
        self.history.append({"step": self.step} | {name: round(mean, 5) for name, mean in means.items()})

    def progress(self) -> Progress:
        """The last report, if there is one, with a picture that the student has just worked on."""
        if not self.history:
            return Progress(self.step, self.config.steps)
        losses = {name: self.history[-1][name] for name in LOSSES}
        return Progress(self.step, self.config.steps, {"total": sum(losses.values())} | losses, self.last_painting)

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
        iterate = replace(iterate, picture=iterate.picture.detach().requires_grad_())
        self.last_painting = iterate.picture.detach()
        # Two contexts: one would remember the weights' casts made without gradients and never train the weights.
        with autocast(self.device, self.precision):
            verdict = teachers_verdict(self.teacher, iterate)
            with torch.no_grad():
                targets = [self.teacher(level) for level in pyramid(given, PYRAMID_LEVELS)]
        with autocast(self.device, self.precision):
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
        files = {"output": "-.safetensors", "teacher_weights": None, "start": None}  # see `weights_given`
        config = replace(self.config, resume=False, checkpoint_every=1, report_every=1, **files)
        return identity_of(config.to_dict() | self.fingerprints)

    def save(self, path: Path) -> None:
        """Write a checkpoint; raises `DivergenceError`, and leaves an older one, where it could not be gone on with."""
        numbers = (*self.unreported, *self.student.state_dict().values())
        if not all(tensor.isfinite().all() for tensor in numbers):
            raise DivergenceError(DIVERGED)
        state = {
            "precision": str(self.precision).removeprefix("torch."),
            "left_out": {kind: sorted(pictures.left_out) for kind, pictures in self.pictures.items()},
            "step": self.step,
            "history": self.history,
            "unreported": self.unreported,
            "student": self.student.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "paintings": self.iterates.paintings,
            "random": json.dumps(self.random.bit_generator.state),
            "weights_given": self.weights_given,
        }
        save_checkpoint(path, self._identity(), state)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same distillation."""
        state = load_checkpoint(path, self._identity())
        if state.get("weights_given", self.weights_given) != self.weights_given:
            raise ConfigurationError("resume", f"{path} belongs to other weights; remove it to start again.")
        if "precision" in state:  # checkpoints of earlier versions do not say
            # As the training began: measured anew, another precision may be the faster one.
            self._compute_in(getattr(torch, state["precision"]))
            for kind, paths in state["left_out"].items():
                self.pictures[kind].leave_out(paths)
        self.student.load_state_dict(state["student"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.iterates.paintings = moved(state["paintings"], self.device)
        self.random.bit_generator.state = json.loads(state["random"])
        self.step, self.history = state["step"], state["history"]
        self.unreported = moved(state["unreported"], self.device)

    def weights(self) -> dict[str, Tensor]:
        """The student's as they stand, its readouts among them."""
        self.student.bake_readouts()
        return self.student.network.state_dict()


def softened(picture: Tensor, factor: float) -> Tensor:
    """A `(3, S, S)` picture shrunk by a factor and enlarged again."""
    size = picture.shape[-2:]
    small = [max(1, round(edge / factor)) for edge in size]
    shrunk = interpolate(picture[None], small, mode="bilinear", antialias=True)
    return interpolate(shrunk, size, mode="bicubic").clamp(0, 1)[0]
