"""The search for one picture: coarse to fine, with all that has to be kept to go on exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from stylize_engine.adam import Adam
from stylize_engine.checkpoints import moved
from stylize_engine.color import keep_chroma, match_color_statistics
from stylize_engine.config import GatysConfig, Scale, fitting_scales
from stylize_engine.devices import memory_errors_named, resolve_precision
from stylize_engine.errors import DivergenceError, OutOfMemoryError
from stylize_engine.extractors import Extractor
from stylize_engine.gatys.lbfgs import LBFGS
from stylize_engine.gatys.memory import choose_plan
from stylize_engine.gatys.objective import Objective
from stylize_engine.gatys.starts import initial_image, resampled_moments, style_size
from stylize_engine.images import edge_ratio, resize, resize_to, scaled_size
from stylize_engine.layers import EXTRACTORS

LEARNING_RATES = {"adam": 0.06, "lbfgs": 1.0}
BETAS = (0.9, 0.99)
# Gradients are scaled so that descending by the first one changes a value by this much on average: the thresholds and
# the first steps of the optimizers are absolute, while a loss that is a mean over pixels has tiny gradients.
FIRST_CHANGE = 0.02
# The share of Adam's learning rate that is left at the end of a scale. Lower steps let noise settle into strokes.
FINAL_LEARNING_RATE = 0.05
# The iterate is averaged over about 1 / (1 - decay) steps, anew at each scale: Adam's trembles. That of L-BFGS does
# not, and its average would only lag behind.
AVERAGE_DECAY = {"adam": 0.9, "lbfgs": 0.0}
# An improvement smaller than this share of the loss is none, and it is looked for every so many steps: reading the
# loss makes a GPU wait.
WORTHWHILE_IMPROVEMENT, PATIENCE_STRIDE = 1e-3, 5


@dataclass(frozen=True)
class Pictures:
    """What is painted, what it is painted like and, instead of `init`, begun with: `(1, 3, H, W)`, of any sizes."""

    content: Tensor
    styles: Sequence[Tensor]
    start: Tensor | None = None


class Search:
    """A picture under way. `step` counts evaluations of the loss over all scales, `total` those planned."""

    def __init__(self, pictures: Pictures, config: GatysConfig, extractor: Extractor, device: torch.device):
        # What "auto" means is measured, and must not change between an interrupted search and the one that goes on.
        precision = "bf16" if resolve_precision(config.precision, device) == torch.bfloat16 else "fp32"
        self.config, self.extractor, self.device = replace(config, precision=precision), extractor, device
        self.content = pictures.content.to(device)
        self.styles = [style.to(device) for style in pictures.styles]
        self.start = None if pictures.start is None else pictures.start.to(device)
        if config.preserve_color == "histogram":
            self.styles = [match_color_statistics(style, self.content) for style in self.styles]
        # The largest scale comes last, and is no place to find out that memory is too small.
        final = scaled_size(tuple(pictures.content.shape[-2:]), config.image_size)
        paintings = [scaled_size(tuple(style.shape[-2:]), style_size(style, config)) for style in self.styles]
        choose_plan(self.config, final, device, 2 if precision == "bf16" else 4, paintings)
        self.plan = list(fitting_scales(config.plan, edge_ratio(self.content), self.min_edge))
        self.step = 0
        self.losses: dict[str, Tensor] = {}
        self._enter(0)

    @property
    def scale(self) -> Scale:
        return self.plan[self.index]

    @property
    def total(self) -> int:
        return sum(scale.steps for scale in self.plan)

    @property
    def min_edge(self) -> int:
        return EXTRACTORS[self.config.extractor].min_edge

    @property
    def uses_adam(self) -> bool:
        return self.config.optimizer == "adam"

    @property
    def finished(self) -> bool:
        return self.step >= self.total

    @property
    def work(self) -> float:
        """The share of the arithmetic that is done, in [0, 1]: a step costs as many times more as it has pixels."""
        planned = sum(scale.steps * scale.image_size**2 for scale in self.plan)
        earlier = sum(scale.steps * scale.image_size**2 for scale in self.plan[: self.index])
        return (earlier + self.step_in_scale * self.scale.image_size**2) / planned

    def _set_scale(self, index: int) -> list[Tensor]:
        """Compare with the pictures at the size of a scale from now on; gives the styles at that size."""
        self.index, self.step_in_scale = index, 0
        self.photo = resize(self.content, self.scale.image_size)
        styles = [resize(style, style_size(style, self.config, self.scale.image_size)) for style in self.styles]
        self.objective = Objective(self.extractor, self.photo, styles, self.config)
        return styles

    def _enter(self, index: int) -> None:
        """Begin a scale with what the one before has reached."""
        reached, moments = self._leave() if index else (None, None)
        styles = self._set_scale(index)
        size = tuple(self.photo.shape[-2:])
        reached = self.start if reached is None else reached
        image = initial_image(self.photo, styles, self.config) if reached is None else resize_to(reached, size).clone()
        moments = moments and resampled_moments(moments, size)
        self.image = image.contiguous().requires_grad_()
        self._make_optimizer(moments)
        self.average, self.average_weight = torch.zeros_like(self.image.detach()), 0.0
        self.best, self.waited = math.inf, 0

    def _leave(self) -> tuple[Tensor, dict[str, Tensor] | None]:
        """The picture and Adam's moments, if any, which the next scale goes on from. All else of this one is let go:
        the next one's plan follows from the memory that is free."""
        picture, moments = self._painted(), self.optimizer.state.get(self.image) if self.uses_adam else None
        del self.photo, self.objective, self.image, self.optimizer, self.average
        return picture, moments

    def _make_optimizer(self, moments: dict[str, Tensor] | None = None) -> None:
        # L-BFGS begins anew at each scale: its memory of curvature belongs to one size.
        self.optimizer = Adam([{"params": [self.image]}], BETAS) if self.uses_adam else LBFGS()
        if moments is None:
            self.gradient_scale = None
        else:
            self.optimizer.state[self.image] = moments

    def advance(self) -> None:
        """Go one step, and on to the next scale where this one is done."""
        with memory_errors_named():
            if self.step_in_scale >= self.scale.steps:
                self._enter(self.index + 1)
            self.step += 1
            self.step_in_scale += 1
            gradient = self._evaluate()
            if self.uses_adam:
                self.image.grad = gradient
                self.optimizer.param_groups[0]["lr"] = self._learning_rate()
                self.optimizer.step()
            else:
                self.optimizer.step(self.image, gradient, self._learning_rate())
            with torch.no_grad():
                if self.uses_adam:  # L-BFGS derails when its steps are cut short
                    self.image.clamp_(0, 1)
                decay = AVERAGE_DECAY[self.config.optimizer]
                self.average.mul_(decay).add_(self.image, alpha=1 - decay)
                self.average_weight = decay * self.average_weight + 1 - decay
        if self.config.patience is not None and self.step_in_scale % PATIENCE_STRIDE == 0:
            self._lose_patience()

    def _evaluate(self) -> Tensor:
        """The losses of the picture as it stands, and their gradient, scaled."""
        self.losses, gradient = self._losses_and_gradient()
        if self.gradient_scale is None:
            tiny = torch.finfo(torch.float32).tiny
            self.gradient_scale = FIRST_CHANGE / gradient.abs().mean().clamp_min(tiny)
        return gradient * self.gradient_scale

    def _losses_and_gradient(self) -> tuple[dict[str, Tensor], Tensor]:
        """Losses and gradient; where memory runs out, by the next smaller plan."""
        while True:
            try:
                with memory_errors_named():
                    return self.objective.evaluate(self.image)
            except OutOfMemoryError:
                if not self.objective.shrink():
                    raise

    def _learning_rate(self) -> float:
        """The rate of a step: falling along half a cosine within each scale for Adam, constant for L-BFGS."""
        rate = self.config.learning_rate or LEARNING_RATES[self.config.optimizer]
        if not self.uses_adam:
            return rate
        height = (1 + math.cos(math.pi * (self.step_in_scale - 1) / self.scale.steps)) / 2
        return rate * (FINAL_LEARNING_RATE + (1 - FINAL_LEARNING_RATE) * height)

    def _lose_patience(self) -> None:
        """End the scale here where its loss has not become worthwhile smaller for `patience` steps."""
        total = self.read_losses()["total"]
        if total < self.best * (1 - WORTHWHILE_IMPROVEMENT):
            self.best, self.waited = total, 0
            return
        self.waited += PATIENCE_STRIDE
        if self.waited >= self.config.patience:
            self.plan[self.index] = Scale(self.scale.image_size, self.step_in_scale)

    def picture(self) -> Tensor:
        """What is shown so far, `(1, 3, H, W)` in [0, 1], at its scale's size, in the colours that are asked for."""
        painted = self._painted()
        if self.config.preserve_color == "luminance":
            return keep_chroma(painted, self.photo)
        return painted

    def _painted(self) -> Tensor:
        """The averaged iterate, in the painting's own colours."""
        return (self.average / self.average_weight if self.average_weight else self.image.detach()).clamp(0, 1)

    def read_losses(self) -> dict[str, float]:
        """The losses as plain numbers, in one transfer; raises `DivergenceError` if they are none."""
        values = dict(zip(self.losses, torch.stack(tuple(self.losses.values())).tolist(), strict=True))
        if not math.isfinite(values["total"]):
            raise DivergenceError(
                "The loss is no longer a finite number; lower the learning rate or the weights, or use the adam "
                "optimizer."
            )
        return values

    def state(self) -> dict[str, Any]:
        """All that changes, as a checkpoint holds it."""
        return {
            "precision": self.config.precision,
            "index": self.index,
            "step": self.step,
            "step_in_scale": self.step_in_scale,
            "plan": [(scale.image_size, scale.steps) for scale in self.plan],
            "image": self.image.detach(),
            "optimizer": None if self.finished else self.optimizer.state_dict(),  # the largest part by far
            "gradient_scale": self.gradient_scale,
            "average": self.average,
            "average_weight": self.average_weight,
            "best": self.best,
            "waited": self.waited,
            "losses": self.losses,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what `state` gave, read back to the processor."""
        self.config = replace(self.config, precision=state["precision"])
        self.plan = [Scale(*scale) for scale in state["plan"]]
        self._leave()
        self._set_scale(state["index"])
        own = moved(state, self.device)
        self.image = own["image"].requires_grad_()
        self._make_optimizer()
        if own["optimizer"] is not None:
            self.optimizer.load_state_dict(own["optimizer"])
        names = ("step", "step_in_scale", "gradient_scale", "average", "average_weight", "best", "waited", "losses")
        for name in names:
            setattr(self, name, own[name])
