"""Applies fast networks to pictures of any size."""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from stylize_engine.color import keep_chroma, match_color_statistics
from stylize_engine.config import ApplyConfig, Architecture, painting_levels
from stylize_engine.devices import autocast, free_memory, memory_errors_named, resolve_device, resolve_precision
from stylize_engine.grain import GRAIN
from stylize_engine.images import check_shape, resize, resize_to
from stylize_engine.inference.levels import Reports, keep_coarse, reduced
from stylize_engine.inference.refining import Paintings, check_paintings, refine, scales_of
from stylize_engine.inference.strips import layers_of, paint_in_strips
from stylize_engine.margins import DETAIL_MARGIN, MARGIN, margins
from stylize_engine.networks import LoadedNetwork
from stylize_engine.progress import Progress
from stylize_engine.transformer_net import TransformerNet, blend, weakened

# What painting a picture whole takes for each of its pixels, those of its margins among them, in bytes, for the picture
# itself and for each channel of the layer that has most of them a pixel: 8 to 26 % more than was measured in float32.
PICTURE_BYTES, CHANNEL_BYTES = 80, 20
# The most that it may take together on a CPU: beyond that, strips are hardly slower and a machine has other things to
# do with its memory.
WHOLE_LIMIT = 1_000_000_000
STRIP = 64


def style_row(loaded: LoadedNetwork, config: ApplyConfig) -> Tensor:
    """The row that stands for the styles of `config` blended, at its strength.

    Raises `ConfigurationError` for a style the network does not have.
    """
    identity = loaded.network.identity
    rows = [loaded.row(name).to(identity) for name in config.styles]
    return weakened(blend(rows, list(config.styles.values())), identity, config.strength)


def apply_network(
    loaded: LoadedNetwork,
    image: Tensor,
    config: ApplyConfig,
    *,
    paintings: Paintings | None = None,
    device: str = "auto",
) -> Tensor:
    """Paint `(B, 3, H, W)` in [0, 1]; gives the same shape, or that of `config.image_size`, in [0, 1].

    `paintings` gives the pictures that each style was learnt from, `(1, 3, h, w)`, by its name: what is refined, with
    `config.refine_steps`, is compared with them.

    Raises `ConfigurationError` for a style the network does not have, or whose painting is missing,
    `ImageTooSmallError` for a picture too narrow to be refined, `OutOfMemoryError`, and `ValueError` for a tensor of
    another shape.
    """
    for progress in apply_in_steps(loaded, image, config, paintings=paintings, device=device):
        painted = progress.preview  # not all of them are kept: those of a large picture are large
    return painted


# Not inference mode, whose tensors stay marked: a caller could not write to the result.
@torch.no_grad()
def apply_in_steps(
    loaded: LoadedNetwork,
    image: Tensor,
    config: ApplyConfig,
    *,
    paintings: Paintings | None = None,
    device: str = "auto",
) -> Iterator[Progress]:
    """As `apply_network`, with a `Progress` for each size that the picture is painted at, which shows it so far, for
    each step that refines it, and for each layer where it is painted in strips; the last one holds the result. Closing
    the generator cancels."""
    check_shape(image, batch=None)
    check_paintings(config, paintings or {})
    target = resolve_device(device)
    with memory_errors_named("choose a smaller tile_size or image_size"):
        precision = resolve_precision(config.precision, target)
        loaded = loaded.on(target)
        network, row = loaded.network, style_row(loaded, config)
        image = image.to(target)
        if config.image_size is not None:
            image = resize(image, config.image_size)
        size = tuple(image.shape[-2:])
        levels, coarse = painting_levels(*size, config.stroke), None
        waiting = reduced(image, levels)
        refining = scales_of(waiting[-1], paintings or {}, config)
        reports = Reports(levels, layers_of(network), refining, batch=len(image))
        strip = _strip_height(network, waiting[0], config, target)
        while waiting:
            seen, margin = waiting.pop(), MARGIN if coarse is None else DETAIL_MARGIN
            if strip:
                painted = yield from _in_strips(network, seen, row, margin, strip, precision, reports)
            else:
                painted = _whole(network, seen, row, margin, precision)
            painted.clamp_(0, 1)
            if coarse is not None:
                keep_coarse(painted, coarse)
            elif refining:
                painted = yield from _refined(refine(painted, seen, paintings, config, refining), seen, config, reports)
            coarse = painted
            if waiting:
                yield reports.next_level(_recolored(painted, seen, config.preserve_color))
        result = resize_to(painted, size)
        if levels[-1] != size:  # strokes were finer than the picture's pixels, and the photo's share is no stroke
            result = (result + (1 - config.strength) * (image - resize_to(seen, size))).clamp_(0, 1)
        result = _recolored(result, image, config.preserve_color)
    yield Progress(reports.total, reports.total, {}, result, 1.0)


def _refined(steps: Iterator[Tensor], photo: Tensor, config: ApplyConfig, reports: Reports) -> Iterator[Progress]:
    """A `Progress` for each step; returns the refined pictures."""
    while True:
        try:
            picture = next(steps)
        except StopIteration as done:
            return done.value
        # Of several pictures no single one stands for what is painted.
        yield reports.next_step(_recolored(picture, photo, config.preserve_color) if len(photo) == 1 else None)


def _whole(network: TransformerNet, image: Tensor, row: Tensor, margin: int, precision: torch.dtype) -> Tensor:
    parts = image.split(max(1, int(_fitting(network, image, image.device))))
    with autocast(image.device, precision):
        return torch.cat([network(part, row, GRAIN, margin) for part in parts])


def _strip_height(network: TransformerNet, image: Tensor, config: ApplyConfig, device: torch.device) -> int | None:
    """The height of strips in pixels, None to paint the picture whole."""
    if config.tile_size is not None:
        return config.tile_size if max(image.shape[-2:]) > config.tile_size else None
    return None if _fitting(network, image, device) >= 1 else STRIP


def _fitting(network: TransformerNet, image: Tensor, device: torch.device) -> float:
    """How many pictures like those of `(B, 3, H, W)` the memory that one pass may take has room for."""
    limit = WHOLE_LIMIT if device.type == "cpu" else math.inf
    return min(limit, free_memory(device) / 2) / _need(network.architecture, tuple(image.shape[-2:]))


def _need(architecture: Architecture, size: tuple[int, int]) -> float:
    """Bytes that painting a picture of `size` (height, width) whole takes."""
    mirrored = math.prod(edge + 2 * margin for edge, margin in zip(size, margins(size, MARGIN), strict=True))
    channels = (width / (architecture.fold * 2**level) ** 2 for level, width in enumerate(architecture.widths))
    return mirrored * (PICTURE_BYTES + CHANNEL_BYTES * max(channels))


def _in_strips(
    network: TransformerNet,
    image: Tensor,
    row: Tensor,
    margin: int,
    strip: int,
    precision: torch.dtype,
    reports: Reports,
) -> Iterator[Progress]:
    """A `Progress` for each layer; returns the painted pictures."""
    painted = []
    for picture in image.split(1):
        steps = paint_in_strips(network, picture, row, grain=GRAIN, margin=margin, strip=strip, precision=precision)
        for result in steps:
            if result is None:
                yield reports.next_layer()
            else:
                painted.append(result)
    return torch.cat(painted) if len(painted) > 1 else painted[0]


def _recolored(painted: Tensor, photo: Tensor, mode: str) -> Tensor:
    if mode == "luminance":
        return keep_chroma(painted, photo)
    if mode == "histogram":
        return torch.cat([match_color_statistics(*pair) for pair in zip(painted.split(1), photo.split(1), strict=True)])
    return painted
