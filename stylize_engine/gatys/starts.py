"""How a scale starts: with paintings of its size, from the pictures, from noise, or from what the scale before has
reached."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from stylize_engine.config import GatysConfig
from stylize_engine.images import resize_to_cover
from stylize_engine.layers import EXTRACTORS


def style_size(style: Tensor, config: GatysConfig, edge: int | None = None) -> int:
    """The long edge of a style picture beside a photo whose long edge has `edge` pixels, as many as the result unless
    given: its strokes keep their size relative to the picture."""
    ratio = max(style.shape[-2:]) / min(style.shape[-2:])
    least = math.ceil(EXTRACTORS[config.extractor].min_edge * ratio)
    return max(least, config.style_size(edge or config.image_size))


def initial_image(content: Tensor, styles: Sequence[Tensor], config: GatysConfig) -> Tensor:
    """Where the search starts: `(1, 3, H, W)`, shaped like `content` and a copy of its own."""
    if config.init == "content":
        return content.clone()
    if config.init == "style":
        return resize_to_cover(styles[0], tuple(content.shape[-2:])).clone()
    # Drawn on the CPU, so that a seed means the same noise on every device.
    generator = torch.Generator().manual_seed(config.seed)
    return torch.rand(content.shape, generator=generator).to(content.device)


def resampled_moments(state: dict[str, Tensor], size: tuple[int, int]) -> dict[str, Tensor]:
    """Adam's state for a picture of another size (height, width)."""
    first, second = state["exp_avg"], state["exp_avg_sq"]
    # Of a mean over more pixels each has a smaller gradient. The second moment must not fall below 0, as bicubic would
    # let it.
    ratio = first.shape[-1] * first.shape[-2] / (size[0] * size[1])
    return {
        "step": state["step"],
        "exp_avg": interpolate(first, size, mode="bicubic") * ratio,
        "exp_avg_sq": interpolate(second, size, mode="bilinear") * ratio**2,
    }
