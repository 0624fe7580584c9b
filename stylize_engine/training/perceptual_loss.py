"""What a fast network is trained on: perceptual losses against the photo and against many paintings at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from stylize_engine.config import TrainingConfig
from stylize_engine.errors import ImageTooSmallError
from stylize_engine.extractors import Extractor
from stylize_engine.gatys.objective import levels_within
from stylize_engine.images import load_image, pyramid
from stylize_engine.layers import EXTRACTORS
from stylize_engine.losses import (
    content_variance,
    grid_loss,
    relative_distance,
    speckle,
    squared_distance,
    total_variation_loss,
)

# How much it costs to leave [0, 1]: what is beyond is cut off in a picture, and so before it is compared.
GAMUT_WEIGHT = 10.0
# How much the network's own grid costs.
GRID_WEIGHT = 1000.0
# How much it costs to have more speckles than the painting.
SPECKLE_WEIGHT = 100.0


class PerceptualLoss:
    """Perceptual losses of painted pictures (Johnson et al., ECCV 2016), their style taken on a pyramid of sizes.

    `photos` `(V, 3, H, W)` say how large a difference in content is: it counts in units of their features' mean
    variance. In units of each photo's own, a crop of clear sky would outweigh all others. The pyramid has no more
    levels than the extractor can see of a photo and of every painting. More speckles than the painting has cost too
    (`speckle`), and so does what repeats every `stride` pixels, those of the painting network (`grid_loss`).

    Raises `ImageTooSmallError` for a painting that is too narrow for the extractor.
    """

    def __init__(
        self, extractor: Extractor, config: TrainingConfig, photos: Tensor, precision: torch.dtype, stride: int
    ):
        self.config, self.extractor, self.device, self.precision = config, extractor, photos.device, precision
        self.stride = stride
        self.variances = self._variances(photos)
        self.levels = min(config.pyramid_levels, levels_within(photos, config.extractor))
        targets = [self._style_target(pictures) for pictures in config.styles.values()]
        # For each level that all styles have, and each layer, their Gram matrices, (S, C, C).
        self.targets = [torch.cat(grams) for grams in zip(*targets, strict=False)]
        # How speckled the pictures are that teach each style, (S,).
        self.speckles = torch.stack([self._speckle_target(pictures) for pictures in config.styles.values()])
        self.levels = len(self.targets) // len(config.resolved_style_layers)

    @torch.no_grad()
    def _style_target(self, pictures: Sequence[str]) -> list[Tensor]:
        """The mean Gram matrices, each `(1, C, C)`, of the pictures that teach one style."""
        grams = [self._measured(self._painting(path))[1] for path in pictures]
        return [torch.stack(found).mean(0) for found in zip(*grams, strict=False)]

    def _speckle_target(self, pictures: Sequence[str]) -> Tensor:
        return torch.stack([speckle(self._painting(path)) for path in pictures]).mean()

    def _painting(self, path: str) -> Tensor:
        painting = load_image(path, self.config.style_size).tensor.to(self.device)
        if min(painting.shape[-2:]) < EXTRACTORS[self.config.extractor].min_edge:
            raise ImageTooSmallError(
                f"{path} is too narrow at style_size {self.config.style_size}; choose a larger style_size or a picture "
                "that is less narrow."
            )
        return painting

    def _variances(self, photos: Tensor) -> dict[str, Tensor]:
        """The mean variance of each content layer's features over a photo, by layer."""
        found = [self.content_targets(photo[None]) for photo in photos]
        return {
            layer: torch.stack([content_variance(features[layer]) for features in found]).mean()
            for layer in self.config.resolved_content_layers
        }

    @torch.no_grad()
    def content_targets(self, photos: Tensor) -> dict[str, Tensor]:
        """The features `(B, C, h, w)` of photos `(B, 3, H, W)` that painting should keep, by layer."""
        return self.extractor.measure(photos, self.config.resolved_content_layers, (), self.precision)[0]

    def __call__(
        self, painted: Tensor, contents: dict[str, Tensor], styles: Tensor, strengths: Tensor
    ) -> dict[str, Tensor]:
        """Weighted losses of pictures `(B, 3, H, W)`: scalars content, style, tv, gamut, speckle, grid and their sum,
        total; and unweighted means of the style loss by layer, `style relu1_2` ....

        `styles` `(B,)` says after which style each was painted and `strengths` `(B,)`, in [0, 1], how strongly: style
        counts with the square of it (after loss-conditional training; Dosovitskiy and Djolonga, ICLR 2020).
        """
        # Compared as it will be seen, but with the gradient of what was painted: cut off, colours have none.
        beyond = painted - painted.clamp(0, 1)
        shown = painted - beyond.detach()
        config, layers = self.config, self.config.resolved_style_layers
        found, grams = self._measured(shown)
        style = self._style_distances(grams, styles)
        excess = (speckle(shown) - self.speckles[styles]).clamp_min(0)
        losses = {
            "content": config.content_weight * self._content_distance(found, contents),
            "style": config.style_weight * (style.mean(0) * strengths.square()).mean(),
            "tv": config.tv_weight * total_variation_loss(shown),
            "gamut": GAMUT_WEIGHT * beyond.square().mean(),
            "speckle": SPECKLE_WEIGHT * (excess * strengths.square()).mean(),
            "grid": GRID_WEIGHT * grid_loss(shown, self.stride),
        }
        shares = strengths.square() / strengths.square().mean().clamp_min(1e-3)
        by_layer = (style * shares).mean(1).view(-1, len(layers)).mean(0)
        total = torch.stack(tuple(losses.values())).sum()
        return (
            losses | {"total": total} | {f"style {name}": value for name, value in zip(layers, by_layer, strict=True)}
        )

    def _content_distance(self, features: dict[str, Tensor], contents: dict[str, Tensor]) -> Tensor:
        distances = [
            squared_distance(features[layer], target).mean() / (target[0].numel() * self.variances[layer])
            for layer, target in contents.items()
        ]
        return torch.stack(distances).mean()

    def _style_distances(self, grams: list[Tensor], styles: Tensor) -> Tensor:
        """By level and layer, and by picture: `(levels * layers, B)`."""
        pairs = zip(grams, self.targets, strict=True)
        return torch.stack([relative_distance(gram, target[styles]) for gram, target in pairs])

    def _measured(self, image: Tensor) -> tuple[dict[str, Tensor], list[Tensor]]:
        """The content layers' features, and the style layers' Gram matrices, level by level."""
        contents, grams = {}, []
        for level in pyramid(image, min(self.levels, levels_within(image, self.config.extractor))):
            wanted = () if grams else self.config.resolved_content_layers
            found, more = self.extractor.measure(level, wanted, self.config.resolved_style_layers, self.precision)
            contents, grams = contents | found, grams + more
        return contents, grams
