"""Samples of a trained style: a cover and a strip of the gallery's own photos, painted with it."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import torch
from torch import Tensor

from gallery.examples import COVER_SIZE, STRIP_SIZE
from stylize_engine.config import ApplyConfig
from stylize_engine.images import load_image, resize_to_cover
from stylize_engine.inference import apply_network
from stylize_engine.networks import LoadedNetwork

# The photos of a strip are cut to these widths: three of them fill it.
WIDTHS = (480, 360, 360)
# Where faces are.
HEIGHT_OF_CUT = 0.1


def render_cover(loaded: LoadedNetwork, style: str, photo: Path, device: str = "auto") -> Tensor:
    """A photo painted in one style, as large as `COVER_SIZE`."""
    return _paint(loaded, style, photo, COVER_SIZE, device)


def render_strip(loaded: LoadedNetwork, style: str, photos: Sequence[Path], device: str = "auto") -> Tensor:
    """Three photos painted in one style, side by side, together as large as `STRIP_SIZE`; fewer are repeated."""
    height = STRIP_SIZE[1]
    chosen = zip(cycle(photos), WIDTHS, strict=False)
    return torch.cat([_paint(loaded, style, photo, (width, height), device) for photo, width in chosen], dim=-1)


def _paint(loaded: LoadedNetwork, style: str, photo: Path, size: tuple[int, int], device: str) -> Tensor:
    width, height = size
    picture = resize_to_cover(load_image(photo).tensor, (height, width), HEIGHT_OF_CUT)
    return apply_network(loaded, picture, ApplyConfig({style: 1}), device=device)
