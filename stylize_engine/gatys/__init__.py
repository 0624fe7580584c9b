"""Gatys' method: paint one picture by optimising its pixels (Gatys et al., CVPR 2016)."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from stylize_engine.config import MAX_STYLES, GatysConfig
from stylize_engine.devices import memory_errors_named, resolve_device
from stylize_engine.errors import ConfigurationError, DivergenceError, ImageTooSmallError
from stylize_engine.extractors import build_extractor
from stylize_engine.gatys.objective import MIN_LEVEL_EDGE, Objective
from stylize_engine.images import resize, resize_to_cover
from stylize_engine.progress import Progress

LEARNING_RATES = {"adam": 0.06, "lbfgs": 1.0}
# Gradients are scaled so that descending by the first one changes a value by this much on average: the thresholds and
# the first steps of the optimizers are absolute, while a loss that is a mean over pixels has tiny gradients.
FIRST_CHANGE = 0.02
# The share of Adam's learning rate that is left at the end. Lower steps let noise settle into strokes.
FINAL_LEARNING_RATE = 0.05


def optimize(
    content: Tensor,
    styles: Sequence[Tensor],
    config: GatysConfig,
    *,
    extractor: nn.Module | None = None,
    weights_path: str | os.PathLike | None = None,
    device: str = "auto",
    report_every: int | None = None,
) -> Iterator[Progress]:
    """Paint `content` in the manner of `styles`; yields a `Progress` every `report_every` steps and at the last one.

    All pictures are `(1, 3, H, W)` in [0, 1]; each is scaled here, in its own ratio, to a long edge of
    `config.image_size`, and the scaled content picture gives the size of the result. A step is one evaluation of the
    loss, with either optimizer. Losses in a `Progress` are weighted, so that content, style and tv add up to total;
    they belong to the picture before the step and `preview` to the one after it. The same seed gives the same picture
    on the same device.

    `extractor` saves building one; it must offer the layers that `config` asks for. `report_every` defaults to 1 on a
    CPU and to 10 on a GPU, which has to wait for each report.

    Arguments are checked and weights loaded before this returns. Raises `ConfigurationError`, `ImageTooSmallError`,
    `WeightsError` and `DeviceError` here, `DivergenceError` and `OutOfMemoryError` while iterating. Closing the
    generator cancels.
    """
    _check_pictures(content, styles, config)
    target_device = resolve_device(device)
    if extractor is None:
        layers = tuple(dict.fromkeys(config.resolved_content_layers + config.resolved_style_layers))
        extractor = build_extractor(config.extractor, layers, config.pooling, weights_path)
    if report_every is None:
        report_every = 1 if target_device.type == "cpu" else 10
    return _paint(content, styles, config, extractor, target_device, report_every)


def _check_pictures(content: Tensor, styles: Sequence[Tensor], config: GatysConfig) -> None:
    if not 1 <= len(styles) <= MAX_STYLES:
        raise ConfigurationError("styles", f"There are {len(styles)} style pictures; give 1 to {MAX_STYLES}.")
    if config.style_weights is not None and len(config.style_weights) != len(styles):
        given = len(config.style_weights)
        raise ConfigurationError(
            "style_weights", f"style_weights has {given} numbers for {len(styles)} style pictures; give one for each."
        )
    for picture in (content, *styles):
        if picture.ndim != 4 or picture.shape[:2] != (1, 3):
            raise ValueError(f"a picture has shape (1, 3, H, W), not {tuple(picture.shape)}")
        height, width = picture.shape[-2:]
        if min(height, width) * config.image_size < MIN_LEVEL_EDGE * max(height, width):
            raise ImageTooSmallError(
                f"A picture of {width} x {height} pixels is too narrow at image_size {config.image_size}; "
                "choose a larger image_size or a picture that is less narrow."
            )


def _paint(
    content: Tensor,
    styles: Sequence[Tensor],
    config: GatysConfig,
    extractor: nn.Module,
    device: torch.device,
    report_every: int,
) -> Iterator[Progress]:
    with memory_errors_named():
        content = resize(content.to(device), config.image_size)
        styles = [resize(style.to(device), config.image_size) for style in styles]
        objective = Objective(_on_device(extractor, device), content, styles, config)
        image = initial_image(content, styles, config).contiguous().requires_grad_()
        optimizer = _make_optimizer(image, config)
    losses: dict[str, Tensor] = {}
    scale: list[Tensor] = []

    def evaluate() -> Tensor:
        optimizer.zero_grad()
        losses.update(objective(image))
        losses["total"].backward()
        if not scale:
            scale.append(FIRST_CHANGE / image.grad.abs().mean().clamp_min(torch.finfo(torch.float32).tiny))
        image.grad.mul_(scale[0])
        return losses["total"].detach() * scale[0]

    for step in range(1, config.num_steps + 1):
        with memory_errors_named():
            optimizer.param_groups[0]["lr"] = _learning_rate(config, step, image.numel())
            optimizer.step(evaluate)
            if config.optimizer == "adam":  # L-BFGS derails when its steps are cut short: only its previews are clamped
                with torch.no_grad():
                    image.clamp_(0, 1)
        if step % report_every == 0 or step == config.num_steps:
            yield Progress(step, config.num_steps, _read(losses), image.detach().clamp(0, 1))


def initial_image(content: Tensor, styles: Sequence[Tensor], config: GatysConfig) -> Tensor:
    """Where the optimisation starts: `(1, 3, H, W)`, shaped like `content` and a copy of its own."""
    if config.init == "content":
        return content.clone()
    if config.init == "style":
        return resize_to_cover(styles[0], tuple(content.shape[-2:])).clone()
    # Drawn on the CPU, so that a seed means the same noise on every device.
    generator = torch.Generator().manual_seed(config.seed)
    return torch.rand(content.shape, generator=generator).to(content.device)


def _make_optimizer(image: Tensor, config: GatysConfig) -> torch.optim.Optimizer:
    if config.optimizer == "adam":
        return torch.optim.Adam([image], betas=(0.9, 0.99))
    # max_iter=1 makes one step one evaluation; the tolerances would stop it before num_steps.
    return torch.optim.LBFGS([image], max_iter=1, history_size=20, tolerance_grad=0, tolerance_change=0)


def _learning_rate(config: GatysConfig, step: int, numel: int) -> float:
    """The rate of a step (1 to num_steps): falling along half a cosine for Adam, constant for L-BFGS.

    The first step of torch's L-BFGS changes the whole picture, all pixels together, by no more than its rate. That is
    less than bfloat16 can tell, and what it learns of the curvature there is noise that throws the next step far off.
    """
    rate = config.learning_rate or LEARNING_RATES[config.optimizer]
    if config.optimizer == "lbfgs":
        return rate * max(1.0, FIRST_CHANGE * numel) if step == 1 else rate
    height = (1 + math.cos(math.pi * (step - 1) / config.num_steps)) / 2
    return rate * (FINAL_LEARNING_RATE + (1 - FINAL_LEARNING_RATE) * height)


def _on_device(extractor: nn.Module, device: torch.device) -> nn.Module:
    """The extractor on `device`, a copy unless it is there already: the caller's own must stay where it is."""
    if all(tensor.device == device for tensor in extractor.state_dict().values()):
        return extractor
    return copy.deepcopy(extractor).to(device)


def _read(losses: dict[str, Tensor]) -> dict[str, float]:
    """The losses as plain numbers, in one transfer; raises `DivergenceError` if they are none."""
    values = dict(zip(losses, torch.stack(tuple(losses.values())).tolist(), strict=True))
    if not math.isfinite(values["total"]):
        raise DivergenceError(
            "The loss is no longer a finite number; lower the learning rate or the weights, or use the adam optimizer."
        )
    return values
