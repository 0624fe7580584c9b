"""The exact gradient of the whole picture's loss from one tile at a time.

A Gram matrix is a sum over positions. So a first pass adds up the Gram matrices tile by tile, the loss of the whole
picture says how each of their entries should change, and a second pass takes that back through each tile alone. What
an extractor sees beyond a tile's edges is cut out with it and then left out of the sums.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from stylize_engine.gatys.memory import Tile, choose_tile, footprint, tiles_of
from stylize_engine.losses import squared_distance, style_loss, total_variation_loss

if TYPE_CHECKING:
    from stylize_engine.gatys.objective import Objective


class TiledGradient:
    """Loss and gradient of an `Objective` by tiles; where its plan is another one, a picture is a single tile, but for
    paintings larger than the photo, which the plan does not know of."""

    def __init__(self, objective: Objective):
        self.objective = objective
        config = objective.config
        self.shape = footprint(config.extractor, config.resolved_layers, config.pooling)

    def _tiles(self, framed: Tensor) -> list[Tile]:
        size = tuple(framed.shape[-2:])
        if self.objective.memory_plan != "tiled" and size[0] * size[1] <= self.objective.planned_pixels:
            return [Tile((0, 0, *size), (0, 0, *size))]
        edge = choose_tile(self.objective.config, size, framed.device, self.objective.dtype.itemsize)
        return tiles_of(size, edge, self.shape)

    def _interiors(self, framed: Tensor, tile: Tile, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """The activations of a tile without those of the margin around it."""
        outer = tile.cut(framed).contiguous(memory_format=torch.channels_last)
        return self._cut_interiors(tile, framed, self.objective.activations(outer), layers)

    def _cut_interiors(
        self, tile: Tile, framed: Tensor, found: dict[str, Tensor], layers: tuple[str, ...]
    ) -> dict[str, Tensor]:
        last = (tile.interior[2] == framed.shape[-2], tile.interior[3] == framed.shape[-1])
        return {name: tile.interior_of(found[name], self.shape.strides[name], last) for name in layers}

    @torch.no_grad()
    def grams(self, framed: Tensor) -> tuple[list[Tensor], list[int]]:
        """Gram matrices of the style layers of a framed picture, summed over its tiles, and how many positions each
        layer has."""
        layers = self.objective.config.resolved_style_layers
        sums: dict[str, Tensor] = {}
        positions = dict.fromkeys(layers, 0)
        for tile in self._tiles(framed):
            for name, part in self._interiors(framed, tile, layers).items():
                count = part.shape[-2] * part.shape[-1]
                gram = self.objective.extractor.gram_matrix(name, part) * count
                sums[name] = sums[name] + gram if name in sums else gram
                positions[name] += count
        return [sums[name] / positions[name] for name in layers], list(positions.values())

    @torch.no_grad()
    def content_features(self, content: Tensor) -> dict[str, Tensor]:
        """The content layers of the whole photo `(1, 3, H, W)`."""
        layers, framed = self.objective.config.resolved_content_layers, self.objective.framed(content)
        tiles = self._tiles(framed)
        if len(tiles) == 1:
            return self._shown(framed, tiles[0], layers)
        features: dict[str, Tensor] = {}
        for tile in reversed(tiles):  # the last one tells how large a layer is
            for name, part in self._shown(framed, tile, layers).items():
                rows, columns = tile.place(self.shape.strides[name], part.shape[-2:])
                if name not in features:
                    features[name] = part.new_empty(*part.shape[:2], rows.stop, columns.stop)
                features[name][..., rows, columns] = part
        return features

    def _shown(self, framed: Tensor, tile: Tile, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """What the layers show of a tile."""
        found = self._interiors(framed, tile, layers)
        return {name: self.objective.read(name, found[name]) for name in layers}

    def __call__(self, image: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """As `Objective.evaluate`."""
        objective, config = self.objective, self.objective.config
        frames = [objective.framed(level) for level in objective.pyramid(image)]
        measured = [self.grams(framed.detach()) for framed in frames]
        leaves = [gram.requires_grad_() for grams, _ in measured for gram in grams]
        style = config.style_weight * style_loss(leaves, objective.style_target)
        wanted = iter(torch.autograd.grad(style, leaves))
        tv = config.tv_weight * total_variation_loss(image)
        content, gradients = image.new_zeros(()), []
        for level, (framed, (_, positions)) in enumerate(zip(frames, measured, strict=True)):
            # How the loss changes with the sum of products that each layer's positions add to.
            directions = [next(wanted) / count for count in positions]
            gradient = torch.zeros_like(framed)
            for tile in self._tiles(framed):
                loss, part = self._through(tile, framed.detach(), directions, with_content=level == 0)
                top, left, bottom, right = tile.outer
                gradient[..., top:bottom, left:right] += part
                content += loss
            gradients.append(gradient)
        (total,) = torch.autograd.grad([*frames, tv], image, [*gradients, torch.ones_like(tv)])
        losses = {"content": content, "style": style.detach(), "tv": tv.detach()}
        return losses | {"total": torch.stack(tuple(losses.values())).sum()}, total

    def _through(
        self, tile: Tile, framed: Tensor, directions: list[Tensor], with_content: bool
    ) -> tuple[Tensor, Tensor]:
        """A tile's share of the weighted content loss, and the gradient `(1, 3, h, w)` of its outer part."""
        config, layers = self.objective.config, self.objective.config.resolved_style_layers
        contents = config.resolved_content_layers if with_content else ()
        outer = tile.cut(framed).clone().requires_grad_()
        inner = self._cut_interiors(tile, framed, self.objective.activations(outer), tuple({*layers, *contents}))
        content = outer.new_zeros(())
        for name in contents:
            target, variance = self.objective.content_target[name], self.objective.content_variance[name]
            place = tile.place(self.shape.strides[name], inner[name].shape[-2:])
            distance = squared_distance(self.objective.read(name, inner[name]), target[..., *place])
            content = content + (distance / (target.numel() * variance * len(contents))).sum()
        content = config.content_weight * content
        loss = content
        for name, direction in zip(layers, directions, strict=True):
            count = inner[name].shape[-2] * inner[name].shape[-1]
            gram = self.objective.extractor.gram_matrix(name, inner[name])
            loss = loss + (direction * gram).sum() * count
        (gradient,) = torch.autograd.grad(loss, outer)
        return content.detach(), gradient
