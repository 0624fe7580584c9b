"""What a picture is judged by in Gatys' method."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad

from stylize_engine.config import GatysConfig
from stylize_engine.devices import resolve_precision
from stylize_engine.losses import aggregated_content_loss, gram_matrix, style_loss, total_variation_loss

# A pyramid level whose shorter edge is below this says little about a style: relu3_3 sees 6 x 6 positions there.
MIN_LEVEL_EDGE = 24
# The picture is mirrored this far beyond its edges: the networks pad with zeros, and without it a coloured rim appears.
MIRRORED_EDGE = 4


class Objective:
    """What a picture is judged by: how far it is from a photo's content and from the statistics of paintings."""

    def __init__(self, extractor: nn.Module, content: Tensor, styles: Sequence[Tensor], config: GatysConfig):
        self.config = config
        self.extractor = extractor
        self.dtype = resolve_precision(config.precision, content.device)
        self.levels = min(config.resolved_pyramid_levels, *(levels_within(picture) for picture in (content, *styles)))
        with torch.no_grad():
            features = self._features(content)
            self.content_target = {layer: features[layer] for layer in config.resolved_content_layers}
            weights = config.style_weights or (1.0,) * len(styles)
            grams = [
                [weight / sum(weights) * gram for gram in self._style_grams(style)]
                for weight, style in zip(weights, styles, strict=True)
            ]
            self.style_target = [sum(mixed) for mixed in zip(*grams, strict=True)]

    def __call__(self, image: Tensor) -> dict[str, Tensor]:
        """The weighted losses of `(1, 3, H, W)`: scalars content, style, tv and their sum, total."""
        features = self._features(image)
        losses = {
            "content": self.config.content_weight * aggregated_content_loss(features, self.content_target),
            "style": self.config.style_weight * style_loss(self._style_grams(image, features), self.style_target),
            "tv": self.config.tv_weight * total_variation_loss(image),
        }
        return losses | {"total": torch.stack(tuple(losses.values())).sum()}

    def _features(self, image: Tensor) -> dict[str, Tensor]:
        framed = pad(image, (MIRRORED_EDGE,) * 4, mode="reflect").contiguous(memory_format=torch.channels_last)
        with torch.autocast(image.device.type, self.dtype, enabled=self.dtype != torch.float32):
            return self.extractor(framed)

    def _style_grams(self, image: Tensor, features: dict[str, Tensor] | None = None) -> list[Tensor]:
        """Gram matrices of the style layers at each level; `features` saves the pass at full size."""
        grams = []
        for level in range(self.levels):
            if level:
                image = interpolate(image, scale_factor=0.5, mode="bilinear", antialias=True)
            if level or features is None:
                features = self._features(image)
            grams += [gram_matrix(features[layer]) for layer in self.config.resolved_style_layers]
        return grams


def levels_within(picture: Tensor) -> int:
    """How many times the picture may be halved before its shorter edge falls below `MIN_LEVEL_EDGE`, plus one."""
    return 1 + int(math.log2(min(picture.shape[-2:]) / MIN_LEVEL_EDGE))
