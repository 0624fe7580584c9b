"""What is made small in Gatys' method."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.utils.checkpoint import checkpoint

from stylize_engine.config import GatysConfig
from stylize_engine.devices import autocast, resolve_precision
from stylize_engine.extractors import Extractor
from stylize_engine.gatys.memory import PLANS, choose_plan, wanted_levels
from stylize_engine.gatys.tiled import TiledGradient
from stylize_engine.images import pyramid
from stylize_engine.layers import EXTRACTORS
from stylize_engine.losses import aggregated_content_loss, content_variance, style_loss, total_variation_loss
from stylize_engine.shares import normalized

# The picture is mirrored this far beyond its edges: the networks pad with zeros, and without it a coloured rim appears.
MIRRORED_EDGE = 4


class Objective:
    """How far a picture is from a photo's content and from the statistics of paintings."""

    def __init__(self, extractor: Extractor, content: Tensor, styles: Sequence[Tensor], config: GatysConfig):
        self.config = config
        self.extractor = extractor
        self.dtype = resolve_precision(config.precision, content.device)
        self.planned_pixels = math.prod(edge + 2 * MIRRORED_EDGE for edge in content.shape[-2:])
        self.memory_plan = choose_plan(config, tuple(content.shape[-2:]), content.device, self.dtype.itemsize)
        wanted = wanted_levels(config, max(content.shape[-2:]))
        self.levels = min(wanted, *(levels_within(picture, config.extractor) for picture in (content, *styles)))
        with torch.no_grad():
            self.content_target = self.tiled.content_features(content)
            self.content_variance = {layer: content_variance(found) for layer, found in self.content_target.items()}
            shares = normalized(config.style_weights or (1.0,) * len(styles))
            grams = [
                [share * gram for gram in self.style_statistics(style)]
                for share, style in zip(shares, styles, strict=True)
            ]
            self.style_target = [sum(mixed) for mixed in zip(*grams, strict=True)]

    @property
    def tiled(self) -> TiledGradient:
        # Kept, it would make a cycle with this object, whose memory would then wait for Python's collector.
        return TiledGradient(self)

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """The weighted losses of `(1, 3, H, W)`: scalars content, style, tv and their sum, total."""
        content, grams = self._measured(image, 0)
        for level, smaller in enumerate(self.pyramid(image)[1:], start=1):
            grams = grams + self._measured(smaller, level)[1]
        losses = {
            "content": self.config.content_weight * content,
            "style": self.config.style_weight * style_loss(grams, self.style_target),
            "tv": self.config.tv_weight * total_variation_loss(image),
        }
        return total_of(losses)

    def evaluate(self, image: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """The losses of a picture `(1, 3, H, W)` and the gradient of their sum, computed by the plan that fits."""
        if self.memory_plan == "tiled":
            return self.tiled(image)
        losses = self(image)
        (gradient,) = torch.autograd.grad(losses["total"], image)
        return {name: value.detach() for name, value in losses.items()}, gradient

    def shrink(self) -> bool:
        """Go over to the next plan that takes less memory; says whether there was one."""
        later = PLANS[PLANS.index(self.memory_plan) + 1 :] if self.config.memory_plan == "auto" else ()
        if not later:
            return False
        self.memory_plan = later[0]
        return True

    def pyramid(self, image: Tensor) -> list[Tensor]:
        """The sizes of the picture at which its style is compared."""
        return pyramid(image, self.levels)

    def framed(self, image: Tensor) -> Tensor:
        """The picture as the extractor sees it, mirrored beyond its edges."""
        return pad(image, (MIRRORED_EDGE,) * 4, mode="reflect").contiguous(memory_format=torch.channels_last)

    def activations(self, framed: Tensor) -> dict[str, Tensor]:
        """The named layers of a framed picture or a part of one, before they are read."""
        with autocast(framed.device, self.dtype):
            return self.extractor.activations(framed)

    def read(self, layer: str, activation: Tensor) -> Tensor:
        """The features that a content layer's own activations stand for."""
        with autocast(activation.device, self.dtype):
            return self.extractor.read(layer, activation)

    def style_statistics(self, image: Tensor) -> list[Tensor]:
        """Gram matrices of the style layers, level by level."""
        return [gram for level in self.pyramid(image) for gram in self.tiled.grams(self.framed(level))[0]]

    def _measured(self, image: Tensor, level: int) -> tuple[Tensor, list[Tensor]]:
        """The content loss, at the first level, and the Gram matrices of a level."""
        if self.memory_plan != "checkpointed" or not torch.is_grad_enabled():
            return self._measure(image, level)
        return checkpoint(self._measure, image, level, use_reentrant=False)

    def _measure(self, image: Tensor, level: int) -> tuple[Tensor, list[Tensor]]:
        contents = self.config.resolved_content_layers if level == 0 else ()
        styles = self.config.resolved_style_layers
        shown, grams = self.extractor.measure(self.framed(image), contents, styles, self.dtype)
        content = image.new_zeros(())
        if contents:
            content = aggregated_content_loss(shown, self.content_target, self.content_variance)
        return content, grams


def total_of(losses: dict[str, Tensor]) -> dict[str, Tensor]:
    """The losses with their sum, total."""
    return losses | {"total": torch.stack(tuple(losses.values())).sum()}


def levels_within(picture: Tensor, extractor: str) -> int:
    """How many times the picture may be halved before its shorter edge is too short for the extractor, plus one."""
    return 1 + max(0, int(math.log2(min(picture.shape[-2:]) / EXTRACTORS[extractor].min_edge)))
