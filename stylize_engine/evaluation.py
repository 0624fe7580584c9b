"""Scores a stylized image against its photo and its painting, by one fixed network, size and set of layers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from stylize_engine.config import MAX_STYLES, MIN_IMAGE_SIZE
from stylize_engine.devices import memory_errors_named, resolve_device
from stylize_engine.errors import ConfigurationError, ImageError, ImageTooSmallError
from stylize_engine.extractors import build_extractor
from stylize_engine.images import check_shape, pyramid, resize, resize_to, scaled_size
from stylize_engine.losses import content_loss, style_loss
from stylize_engine.shares import normalized
from stylize_engine.weights import weights_available

LONG_EDGE = 512
CONTENT_LAYER = "relu3_2"
STYLE_LAYERS = ("relu1_1", "relu2_1", "relu2_2", "relu3_1", "relu3_3")
PYRAMID_LEVELS = 3
ADVICE = "make room, or choose the device cpu"
# A shorter edge, at the smallest of these sizes, would be pooled to nothing before the deepest layer.
MIN_EDGE = 4 * 2 ** (PYRAMID_LEVELS - 1)

# Two pictures of one ratio, scaled to the long edge, may differ by so many pixels: edges are whole numbers, and the
# smallest pictures there are tell a ratio by a few of them.
ROUNDED = LONG_EDGE / MIN_IMAGE_SIZE


@dataclass(frozen=True)
class Score:
    """How near a picture comes to its painting and to its photo; to be compared on the same photo and painting only.

    `style` is 0 where the picture has the painting's statistics and 1 where it has those of the untouched photo.
    `content` is 0 where it shows what the photo shows; the higher, the less of it is left. `judge` names the extractor:
    scores of different judges cannot be compared.
    """

    style: float
    content: float
    judge: str


class Judge:
    """A network that scores pictures: VGG-16 where its weights are at hand, else `slim`.

    `weights_path` is a file of VGG-16 that reaches relu3_3. Raises what `load_weights` raises.
    """

    @memory_errors_named(ADVICE)
    def __init__(self, weights_path: str | os.PathLike | None = None, device: str = "auto"):
        self.device = resolve_device(device)
        self.name = "vgg16" if weights_path or weights_available("vgg16") else "slim"
        self.extractor = build_extractor(self.name, (CONTENT_LAYER, *STYLE_LAYERS), weights_path=weights_path)
        self.extractor.to(self.device)

    @torch.no_grad()
    @memory_errors_named(ADVICE)
    def reference(self, content: Tensor, styles: Sequence[Tensor], shares: Sequence[float] | None = None) -> Reference:
        """What all pictures of one photo and one or several paintings, each `(1, 3, H, W)`, are scored against.

        Raises `ImageTooSmallError` for a picture too narrow to be seen at every size, and `ConfigurationError` for too
        few or too many styles or shares, `OutOfMemoryError`, and `ValueError` for tensors of another shape.
        """
        if not 1 <= len(styles) <= MAX_STYLES:
            raise ConfigurationError("styles", f"There are {len(styles)} style pictures; give 1 to {MAX_STYLES}.")
        if shares is not None and len(shares) != len(styles):
            message = f"There are {len(shares)} shares for {len(styles)} style pictures; give one for each."
            raise ConfigurationError("shares", message)
        for picture in (content, *styles):
            check_shape(picture)
        content, *styles = (self._scaled(picture) for picture in (content, *styles))
        grams = [self.measure(style)[1] for style in styles]
        shares = normalized(shares or [1.0] * len(styles))
        target = [
            sum(share * gram for share, gram in zip(shares, mixed, strict=True)) for mixed in zip(*grams, strict=True)
        ]
        features, grams = self.measure(content)
        return Reference(self, content, features, target, style_loss(grams, target))

    def _scaled(self, picture: Tensor) -> Tensor:
        scaled = resize(picture.to(self.device), LONG_EDGE)
        height, width = scaled.shape[-2:]
        if min(height, width) < MIN_EDGE:
            raise ImageTooSmallError(
                f"A picture is too narrow to be scored: it has {width} x {height} pixels where its longer edge has "
                f"{LONG_EDGE}; take one that is less narrow."
            )
        return scaled

    def measure(self, image: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The content layer's features, and the Gram matrices of the style layers at full, half and quarter size."""
        full, *smaller = pyramid(image, PYRAMID_LEVELS)
        shown, grams = self.extractor.measure(full, (CONTENT_LAYER,), STYLE_LAYERS, torch.float32)
        for level in smaller:
            grams = grams + self.extractor.measure(level, (), STYLE_LAYERS, torch.float32)[1]
        return shown[CONTENT_LAYER], grams


@dataclass(frozen=True)
class Reference:
    """A photo and its paintings, measured once; scores any number of pictures made of them."""

    judge: Judge
    photo: Tensor
    photo_features: Tensor
    style_target: list[Tensor]
    untouched: Tensor

    @torch.no_grad()
    @memory_errors_named(ADVICE)
    def score(self, result: Tensor) -> Score:
        """The score of `(1, 3, H, W)`, which is scaled to the photo's size; raises as `Judge.reference`, and
        `ImageError` for a picture of another ratio, which cannot be one of the photo."""
        check_shape(result)
        height, width = self.photo.shape[-2:]
        scaled = scaled_size(tuple(result.shape[-2:]), LONG_EDGE)
        if max(abs(scaled[0] - height), abs(scaled[1] - width)) > ROUNDED:
            raise ImageError(
                f"A picture cannot be scored: its edges have the ratio of {scaled[1]} x {scaled[0]} pixels and those "
                f"of its photo that of {width} x {height}; take the photo that it was made of."
            )
        result = resize_to(result.to(self.photo), tuple(self.photo.shape[-2:]))
        features, grams = self.judge.measure(result)
        style = style_loss(grams, self.style_target) / self.untouched
        return Score(float(style), float(content_loss(features, self.photo_features)), self.judge.name)


def score(content: Tensor, style: Tensor, result: Tensor, weights_path: str | os.PathLike | None = None) -> Score:
    """Score one picture; for many, keep a `Judge` and its `reference`."""
    return Judge(weights_path).reference(content, [style]).score(result)
