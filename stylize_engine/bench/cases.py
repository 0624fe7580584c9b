"""What is measured: for each case our side, the textbook's side, and what both of them do."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from stylize_engine.bench import textbook
from stylize_engine.config import ApplyConfig, Architecture, GatysConfig, TrainingConfig
from stylize_engine.devices import resolve_device
from stylize_engine.gatys import optimize
from stylize_engine.gatys.objective import Objective
from stylize_engine.images import load_image, resize_to, save_image
from stylize_engine.inference import apply_network
from stylize_engine.networks import LoadedNetwork, load_network
from stylize_engine.training.distributed import World
from stylize_engine.training.state import Training
from stylize_engine.transformer_net import TransformerNet

TEXTBOOK_EVALUATIONS = 300


@dataclass(frozen=True)
class Settings:
    """Where and on what to measure. `scale` shrinks all pictures, for a quick look; `repeats` are timed, the best
    counts."""

    device: str = "auto"
    content: str | None = None
    style: str | None = None
    model: str | None = None
    repeats: int = 3
    scale: float = 1.0

    def pictures(self, width: int, height: int) -> tuple[Tensor, Tensor]:
        """The photo and the painting at that size times `scale`, drawn by a formula where no files are given."""
        return self.photo(width, height), self._picture(self.style, _stripes, width, height)

    def photo(self, width: int, height: int) -> Tensor:
        """The photo alone, where memory counts."""
        return self._picture(self.content, _hills, width, height)

    def _picture(self, path: str | None, draw: Callable[[int, int], Tensor], width: int, height: int) -> Tensor:
        size = (max(64, round(height * self.scale)), max(64, round(width * self.scale)))
        picture = resize_to(load_image(path).tensor, size) if path else draw(*size)
        return picture.to(resolve_device(self.device))

    def network(self) -> LoadedNetwork:
        """The model given, or a network of the usual shape with random weights, which cost the same."""
        if self.model:
            loaded = load_network(self.model)
        else:
            torch.manual_seed(0)
            network = TransformerNet(Architecture(), 1).eval().requires_grad_(False)
            loaded = LoadedNetwork(network.to(memory_format=torch.channels_last), ("random",), {})
        return loaded.on(resolve_device(self.device))


@dataclass(frozen=True)
class Measured:
    """What a side hands over: what to time, how many such units the case's work is, and a picture to score.

    `finish` is called once nothing is measured any more. `counted` is for an action that goes on in several threads, to
    do the same in the one that counts its operations.
    """

    action: Callable[[], object]
    units: float = 1.0
    picture: Callable[[], Tensor | None] = lambda: None
    repeats: int | None = None
    finish: Callable[[], None] = lambda: None
    counted: Callable[[], object] | None = None


@dataclass(frozen=True)
class Case:
    work: str
    ours: Callable[[Settings], Measured]
    textbook: Callable[[Settings], Measured] | None


def _gatys_step(settings: Settings) -> Measured:
    content, style = settings.pictures(512, 384)
    config = GatysConfig(extractor="vgg19")
    network = textbook.extractor("vgg19", config.resolved_layers).to(content.device, memory_format=torch.channels_last)
    objective = Objective(network, content, [style], config)
    image = content.clone().requires_grad_()
    return Measured(lambda: objective.evaluate(image))


def _gatys_step_textbook(settings: Settings) -> Measured:
    return Measured(textbook.gatys_evaluation(*settings.pictures(512, 384)))


def _gatys_default(settings: Settings) -> Measured:
    content, style = settings.pictures(512, 384)
    config = GatysConfig(image_size=max(64, round(512 * settings.scale)))
    painted: list[Tensor] = []

    def paint() -> None:
        *_, last = optimize(content, [style], config, device=settings.device)
        painted.append(last.preview)

    return Measured(paint, picture=lambda: painted[-1], repeats=1)


def _gatys_default_textbook(settings: Settings) -> Measured:
    # L-BFGS itself costs little beside its evaluations, of which all cost the same: a few stand for 300.
    return Measured(textbook.gatys_evaluation(*settings.pictures(512, 384)), units=TEXTBOOK_EVALUATIONS)


def _apply(width: int, height: int) -> Callable[[Settings], Measured]:
    def ours(settings: Settings) -> Measured:
        photo = settings.photo(width, height)
        loaded = settings.network()
        config = ApplyConfig({loaded.style_names[0]: 1.0})
        return Measured(lambda: apply_network(loaded, photo, config, device=settings.device))

    return ours


def _apply_textbook(settings: Settings) -> Measured:
    photo = settings.photo(1080, 720)
    network = textbook.TextbookNet().eval().to(photo.device)

    def paint() -> None:
        with torch.no_grad():
            network(photo)

    return Measured(paint)


def _train_step(settings: Settings) -> Measured:
    content, style = settings.pictures(512, 512)
    temporary = tempfile.TemporaryDirectory()
    folder = Path(temporary.name)
    for name, picture in (("photo.png", content), ("style.png", style)):
        save_image(picture.cpu(), folder / name)
    size = max(64, round(TrainingConfig.image_size * settings.scale))
    config = TrainingConfig(
        dataset=str(folder / "photo.png"), styles={"style": (str(folder / "style.png"),)}, output=str(folder / "out"),
        image_size=size, validation_share=0,
    )  # fmt: skip
    training = Training(config, resolve_device(settings.device), World())
    # For as many pixels as the textbook's 256 x 256.
    units = (256 * settings.scale / size) ** 2 / config.resolved_batch_size

    def advance_in_one_lane() -> None:
        training.lanes.count = 1
        training.advance()

    return Measured(training.advance, units=units, finish=temporary.cleanup, counted=advance_in_one_lane)


def _train_step_textbook(settings: Settings) -> Measured:
    photo, style = settings.pictures(256, 256)
    return Measured(textbook.training_step(photo.expand(4, -1, -1, -1).contiguous(), style), units=1 / 4)


CASES = {
    "gatys-step": Case("one evaluation of VGG-19, 512 x 384", _gatys_step, _gatys_step_textbook),
    "gatys-default": Case(
        "a picture of 512 px; textbook: 300 evaluations of VGG-19, extrapolated", _gatys_default,
        _gatys_default_textbook,
    ),
    "apply-1080x720": Case("1080 x 720; textbook: the 32-64-128 network", _apply(1080, 720), _apply_textbook),
    "apply-8k": Case("a picture of 7680 x 4320, in strips", _apply(7680, 4320), None),
    "train-step": Case("training, an image of 256 px; textbook: with VGG-16", _train_step, _train_step_textbook),
}  # fmt: skip


def best_seconds(action: Callable[[], object], repeats: int, device: torch.device) -> float:
    """The best of several timings, since other programs only ever make one slower, after a run that is not timed."""
    action()
    _wait_for(device)
    seconds = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        _wait_for(device)
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def _wait_for(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _hills(height: int, width: int) -> Tensor:
    down, across = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    ground = (down > 0.6 + 0.12 * (7 * across).sin()).float()
    sun = ((down - 0.25) ** 2 + (across - 0.7) ** 2 < 0.012).float()
    channels = (0.4 + 0.4 * down + 0.5 * sun, 0.6 + 0.2 * ground * (40 * across).sin() + 0.3 * sun, 0.9 - 0.7 * ground)
    return torch.stack([channel.clamp(0, 1) for channel in channels])[None]


def _stripes(height: int, width: int) -> Tensor:
    down, across = torch.meshgrid(torch.linspace(0, 40, height), torch.linspace(0, 50, width), indexing="ij")
    waves = (down + 3 * (across / 5).sin()).sin()
    return torch.stack([0.5 + 0.5 * waves, 0.4 + 0.3 * (across - down).cos(), 0.6 - 0.4 * waves])[None].clamp(0, 1)
