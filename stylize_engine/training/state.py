"""The state of one training: everything a checkpoint holds, and one step of it."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from stylize_engine.adam import Adam
from stylize_engine.checkpoints import digest_of, identity_of, load_checkpoint, moved, save_checkpoint
from stylize_engine.config import MAX_NETWORK_STYLES, TrainingConfig, described_as_before
from stylize_engine.datasets import PictureDirectory, middles
from stylize_engine.devices import autocast, resolve_precision
from stylize_engine.errors import ConfigurationError, DivergenceError, ImageError
from stylize_engine.extractors import Extractor, build_extractor
from stylize_engine.grain import GRAIN
from stylize_engine.networks import LoadedNetwork
from stylize_engine.training.beginning import begin_network, trainable_groups
from stylize_engine.training.crops import Batch, Crops
from stylize_engine.training.distributed import World
from stylize_engine.training.lanes import Lanes, lanes_for
from stylize_engine.training.perceptual_loss import PerceptualLoss

# Where in `output` the samples lie: pictures that nothing must be learnt from.
SAMPLES = "samples"
BETAS = (0.9, 0.99)
# One crop's gradient of a row is much like another's: what holds a base's new style back is moving to and fro, which an
# Adam with a shorter memory damps.
LESSON_BETAS = (0.8, 0.95)
# Adam's learning rate holds, then falls along half a cosine to a fiftieth from this share of the steps on.
FALL_BEGINS, FINAL_RATE = 0.4, 0.02
# It rises over so many steps before, but never over more than that share of them.
WARMUP_STEPS, WARMUP_SHARE = 20, 1 / 12
# So many photographs say how large a difference in content is: a single one may have thrice another's variance.
MEASURED_PHOTOS = 32
MAX_GRADIENT_NORM = 5.0
# What a training is made of beside its settings; a checkpoint tells it by its content.
MATERIAL = {
    "style_pictures": "style pictures",
    "extractor_digest": "weights of the extractor",
    "begun_from": "numbers of the network that it began from",
}


class Painter(nn.Module):
    """The network as training calls it: with style numbers and strengths in place of rows, and with `apply`'s grain."""

    def __init__(self, loaded: LoadedNetwork, first_style: int):
        super().__init__()
        self.network, self.first_style = loaded.network, first_style

    def forward(self, photos: Tensor, styles: Tensor, strengths: Tensor, margin: int = 0) -> Tensor:
        rows = self.network.rows(self.first_style + styles)
        identity = pad(self.network.identity, (0, rows.shape[1] - self.network.row_length))
        return self.network(photos, torch.lerp(identity, rows, strengths[:, None]), GRAIN, margin)


class Training:
    """A network under way. `step` counts the steps done, `history` holds a row of losses for each report.

    `style_pictures`, `extractor_digest` and `begun_from` are SHA-256 digests of what each style is learnt from, of the
    extractor's weights, and of the file of `base` or `start`, as they were at the beginning.
    """

    def __init__(self, config: TrainingConfig, device: torch.device, world: World):
        self.config, self.device, self.world = config, device, world
        # Measured, so that each process might find something else.
        self.precision = world.agree(resolve_precision(config.precision, device))
        own = Path(config.output, SAMPLES)
        self.photos = PictureDirectory(config.dataset, "dataset", 2 * config.image_size, without=own)
        self.fingerprint = self.photos.fingerprint()
        self.measured_photos = middles(self.photos.paths, config.image_size, MEASURED_PHOTOS).to(device)
        self.held_out, validation_photos = self._hold_out()
        extractor = self._extractor().to(device, memory_format=torch.channels_last)
        self.extractor_digest = digest_of(extractor.state_dict().values())
        self.validation_photos = validation_photos.to(device)
        self.loaded, first_style = begin_network(config, device)
        if (count := len(self.loaded.style_names)) > MAX_NETWORK_STYLES:
            message = f"styles: with those it has, the network would have {count}; {MAX_NETWORK_STYLES} are the most."
            raise ConfigurationError("styles", message)
        self.perceptual_loss = self._loss_by(extractor)
        self.style_pictures = {
            name: [_digest_of_file(path) for path in pictures] for name, pictures in config.styles.items()
        }
        beginning = config.base or config.start
        self.begun_from = beginning and _digest_of_file(beginning)
        trainable = trainable_groups(self.loaded.network, first_style if config.base else None)
        self.painter = world.distribute(Painter(self.loaded, first_style))
        self.optimizer = Adam(trainable, LESSON_BETAS if config.base else BETAS)
        self.lanes = Lanes(lanes_for(config.resolved_batch_size, device, world.size))
        steps_per_epoch = max(1, len(self.photos.paths) // (config.resolved_batch_size * world.size))
        self.steps_per_epoch = world.agree(steps_per_epoch)
        self.total = config.total_steps(self.steps_per_epoch)
        # The one source of chance, of its own in each process: torch's own would not be a matter of this training.
        random = np.random.default_rng([config.seed, world.rank])
        self.crops = Crops(config, self.photos, random, self.total, self.perceptual_loss, self.lanes)
        self.step = 0
        self.unreported: list[Tensor] = []
        self.history: list[dict[str, float]] = []
        self.validations: list[dict[str, float]] = []
        self.names: list[str] = []

    def _hold_out(self) -> tuple[list[Path], Tensor]:
        """Photographs never trained on, and their middles; all of them where none can be spared.

        Where none of those taken out is a usable picture, others are.
        """
        random = np.random.default_rng(self.config.seed)
        while True:
            held_out = self.photos.split(self.config.validation_share, random)
            try:
                return held_out or self.photos.paths, middles(held_out or self.photos.paths, self.config.image_size)
            except ImageError:
                if not held_out:
                    raise

    def _extractor(self) -> Extractor:
        config = self.config
        return build_extractor(config.extractor, config.resolved_layers, config.pooling, config.extractor_weights)

    def _loss_by(self, extractor: Extractor) -> PerceptualLoss:
        stride = self.loaded.network.architecture.stride
        return PerceptualLoss(extractor, self.config, self.measured_photos, self.precision, stride)

    @property
    def epoch(self) -> int:
        """How many times as many crops have been taken as there are photographs."""
        return self.step // self.steps_per_epoch

    def advance(self) -> None:
        """Go one step."""
        self.optimizer.zero_grad()
        losses = self.lanes.descend(self.losses, self.crops.draw(), self.optimizer.parameters)
        nn.utils.clip_grad_norm_(self.optimizer.parameters, MAX_GRADIENT_NORM)
        for group in self.optimizer.param_groups:
            group["lr"] = group["factor"] * self._learning_rate()
        self.optimizer.step()
        self.step += 1
        if self.names != list(losses):  # a checkpoint's, whose version had others
            self.names = list(losses)
            self.unreported.clear()
        self.unreported.append(torch.stack(tuple(losses.values())).detach())

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Paint and compare; see `PerceptualLoss.__call__`."""
        painted = self.paint(batch.photos, batch.styles, batch.strengths)
        return self.perceptual_loss(painted, batch.contents, batch.styles, batch.strengths)

    def paint(self, photos: Tensor, styles: Tensor, strengths: Tensor, margin: int = 0) -> Tensor:
        """Photos `(B, 3, H, W)` in styles `(B,)`, so strongly, `(B,)`, as the network paints by now."""
        with autocast(self.device, self.precision):
            return self.painter(photos, styles, strengths, margin)

    def _learning_rate(self) -> float:
        rise = min(1.0, (self.step + 1) / min(WARMUP_STEPS, WARMUP_SHARE * self.total))
        fallen = max(0.0, (self.step / self.total - FALL_BEGINS) / (1 - FALL_BEGINS))
        height = (1 + math.cos(math.pi * min(1.0, fallen))) / 2
        return self.config.resolved_learning_rate * rise * (FINAL_RATE + (1 - FINAL_RATE) * height)

    def report(self) -> dict[str, float]:
        """Add the mean losses since the last report to the history; raises `DivergenceError` if they are none."""
        means = dict(zip(self.names, self.world.mean(torch.stack(self.unreported).mean(0)).tolist(), strict=True))
        check_finite(means["total"])
        self.unreported.clear()
        self.history.append({"step": self.step, **{name: round(value, 6) for name, value in means.items()}})
        return means

    def _identity(self) -> str:
        ways = ("resume", "checkpoint_every", "sample_every", "report_every", "output", "samples", "keep_epochs")
        settings = {name: value for name, value in self.config.to_dict().items() if name not in ways}
        settings["extractor_weights"] = None  # they count as `extractor_digest`, wherever they lie
        return identity_of(described_as_before(settings) | {"photos": self.fingerprint, "processes": self.world.size})

    def _material(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in MATERIAL}

    def save(self, path: Path) -> None:
        """Write a checkpoint; all processes take part, the first one writes."""
        crops = self.world.gather(self.crops.state())
        if self.unreported:  # a report counts all processes, and those that go on read the first one's
            self.unreported = list(self.world.mean(torch.stack(self.unreported)))
        if not self.world.leads:
            return
        state: dict[str, Any] = {
            "precision": str(self.precision).removeprefix("torch."),
            "step": self.step,
            "total": self.total,
            "history": self.history,
            "validations": self.validations,
            "unreported": self.unreported,
            "names": self.names,
            "network": self.loaded.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "betas": self.optimizer.betas,
            **{name: [one[name] for one in crops] for name in crops[0]},
            **self._material(),
        }
        save_checkpoint(path, self._identity(), state)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint of the same training, which the first process reads for all of them.

        Those of earlier versions do not hold all that is asked for, and their pyramid was another, so that what they
        have measured on photographs held out cannot be compared with what will be.
        """
        state = self.world.agree(load_checkpoint(path, self._identity()) if self.world.leads else {})
        if "judge" in state:
            state |= {"extractor_digest": state["judge"], "validations": []}
        for name, own in self._material().items():
            if state.get(name, own) != own:
                message = f"{path} belongs to other {MATERIAL[name]}; remove it to start again."
                raise ConfigurationError("resume", message)
        if "changes" not in state["network"]:
            if self.config.base:  # which learnt less: the training begins anew
                return
            state["network"]["changes"] = self.loaded.network.changes.detach()
        self._keep_precision(getattr(torch, state.get("precision", "float32")))
        self.loaded.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.optimizer.betas = tuple(state.get("betas", BETAS))  # the moments were gathered with them
        self.step, self.total = state["step"], state["total"]
        self.history, self.validations = state["history"], state["validations"]
        self.unreported, self.names = moved(state["unreported"], self.device), state["names"]
        crops = {name: state[name][self.world.rank] for name in self.crops.state() if name in state}
        self.crops.load_state(crops)

    def _keep_precision(self, precision: torch.dtype) -> None:
        """Compute as the training began: measured anew, another precision may be the faster one."""
        if precision != self.precision:
            self.precision = precision
            self.perceptual_loss = self._loss_by(self.perceptual_loss.extractor)
            self.crops.perceptual_loss = self.perceptual_loss


def check_finite(loss: float) -> None:
    """Raise `DivergenceError` for a loss that is no number."""
    if not math.isfinite(loss):
        raise DivergenceError("The training has diverged; start again with a smaller learning_rate.")


def _digest_of_file(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
