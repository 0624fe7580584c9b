"""Paints a picture too large for memory, exactly: layer by layer, each layer strip by strip.

Instance normalisation looks at the whole picture, so tiles painted on their own would show seams. Here a layer is
computed for the whole picture before the next one begins, in strips of rows that read what they need of their
neighbours, while its mean and variance add up; only two or three layers exist at a time, in half precision, and the
first one until the last takes its place where a network skips the stages between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, pad, pixel_shuffle, pixel_unshuffle

from stylize_engine.convolutions import unfolded_kernel
from stylize_engine.margins import margins
from stylize_engine.stages import COLORS, Stage
from stylize_engine.transformer_net import EPSILON, TransformerNet, activated

STORAGE = torch.float16


@dataclass(frozen=True)
class Layer:
    """A convolution's output for the whole picture, `(1, C, H, W)` in half precision, not yet normalised.

    `factor` and `offset` `(1, C, 1, 1)` normalise, scale and shift it, its `stage` and `bound` say what is done then,
    and `shortcut`, a layer of the same size, is added after that.
    """

    values: Tensor
    factor: Tensor
    offset: Tensor
    stage: Stage
    bound: float | None
    shortcut: Layer | Tensor | None = None

    def rows(self, indices: Tensor) -> Tensor:
        """The finished rows in float32."""
        found = self.values.index_select(2, indices).float() * self.factor + self.offset
        found = activated(found, self.stage, self.bound)
        if self.shortcut is not None:
            found += _rows_of(self.shortcut, indices)
        return found


def paint_in_strips(
    network: TransformerNet,
    image: Tensor,
    row: Tensor,
    *,
    grain: float,
    margin: int,
    strip: int,
    precision: torch.dtype,
) -> Iterator[Tensor | None]:
    """Paint `(1, 3, H, W)` in [0, 1] in strips of `strip` pixels; yields None after each layer, at last the picture.

    Convolutions compute in `precision`, all but the last one, as they do under autocast when a picture is painted
    whole. Gives what `network(image, row, grain, margin)` gives there, but for the rounding of activations to half
    precision.
    """
    fold = network.architecture.fold
    source: Layer | Tensor = network.shown(image, grain, margin)
    # Strips of every layer are parts of the picture of the same height.
    share = strip / source.shape[2]
    shortcut: Layer | Tensor | None = None
    first: Layer | None = None
    for stage, kernel, scale, shift in network.conditioned(row):
        if stage.opens_block or stage.upsampling:
            source = _settled(source, share)
            shortcut = source if stage.opens_block else None
        skipped = (first, network.skip.weight.to(precision)) if stage.skip else None
        values, mean, variance = _convolved(source, stage, kernel.to(precision), fold, share, skipped)
        factor = scale[..., None, None] * (variance + EPSILON).rsqrt()
        offset = shift[..., None, None] - mean * factor
        source = Layer(
            values, factor, offset, stage, network.architecture.bound, shortcut if stage.closes_block else None
        )
        if stage.closes_block:  # held by the layer alone, or it would outlive it by a whole layer's computation
            shortcut = None
        if first is None and network.skip is not None:
            first = source
        yield None
    yield _painted(network, source, image, row, margin, share)


def layers_of(network: TransformerNet) -> int:
    """How many times `paint_in_strips` yields."""
    return len(network.stages) + 1


def _settled(source: Layer | Tensor, share: float) -> Tensor:
    """A layer that is read more than once, normalised and added up once, in the place of its raw values."""
    if isinstance(source, Tensor):
        return source
    strip = _rows_of_share(share, source.values.shape[2])
    for start in range(0, source.values.shape[2], strip):
        indices = torch.arange(start, min(start + strip, source.values.shape[2]), device=source.values.device)
        source.values[:, :, start : start + strip] = source.rows(indices)
    return source.values


def _rows_of_share(share: float, rows: int) -> int:
    return max(1, min(rows, round(share * rows)))


def _convolved(
    source: Layer | Tensor,
    stage: Stage,
    weight: Tensor,
    fold: int,
    share: float,
    skipped: tuple[Layer, Tensor] | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """The convolution of a whole layer in its weight's precision, with the mean and variance of each channel,
    `(1, C, 1, 1)`. Where a stage skips others, the convolution of the layer before them is added to it."""
    height, width = _size_of(source, stage, fold)
    out_height, out_width = -(-height // stage.stride), -(-width // stage.stride)
    device = weight.device
    # Nobody else reads these, whose place the output can take.
    if stage.closes_block:
        values = source.values
    elif skipped is not None:
        values = skipped[0].values
    else:
        shape, layout = (1, stage.outputs, out_height, out_width), torch.channels_last
        values = torch.empty(shape, dtype=STORAGE, device=device, memory_format=layout)
    sums, squares = (torch.zeros(stage.outputs, dtype=torch.float64, device=device) for _ in range(2))
    strip, unwritten = _rows_of_share(share, out_height), None
    for start in range(0, out_height, strip):
        end = min(start + strip, out_height)
        found = conv2d(_read(source, stage, fold, start, end, height).to(weight.dtype), weight, stride=stage.stride)
        if skipped is not None:
            layer, kernel = skipped
            rows = _read(layer, Stage(stage.outputs, stage.outputs), fold, start, end, out_height)
            found += conv2d(rows.to(kernel.dtype), kernel)
        if unwritten is not None:  # only now: this strip has read the last rows above it
            values[:, :, start - strip : start] = unwritten
        unwritten = found.float()
        flat = unwritten[0].flatten(1)
        sums += flat.sum(1)
        squares += flat.square().sum(1)
    values[:, :, start:] = unwritten
    mean = sums / (out_height * out_width)
    variance = (squares / (out_height * out_width) - mean.square()).clamp_min(0)
    return values, mean.float().view(1, -1, 1, 1), variance.float().view(1, -1, 1, 1)


def _size_of(source: Layer | Tensor, stage: Stage, fold: int) -> tuple[int, int]:
    """Height and width of what a stage's convolution reads."""
    if isinstance(source, Layer):
        source = source.values
    if source.shape[1] == COLORS and source.shape[1] != stage.inputs:
        return source.shape[2] // fold, source.shape[3] // fold
    factor = 2 if stage.upsampling else 1
    return factor * source.shape[2], factor * source.shape[3]


def _read(source: Layer | Tensor, stage: Stage, fold: int, start: int, end: int, height: int) -> Tensor:
    """The input of rows `start` to `end` of a convolution's output, mirrored at the picture's edges, or repeated where
    it is doubled in size."""
    edge = stage.kernel // 2
    device = source.device if isinstance(source, Tensor) else source.values.device
    wanted = torch.arange(start * stage.stride - edge, (end - 1) * stage.stride + edge + 1, device=device)
    if stage.upsampling:
        rows = _enlarged(source, wanted.clamp(0, height - 1), stage.upsampling)
        return pad(rows, (edge, edge, 0, 0), mode="replicate").contiguous(memory_format=torch.channels_last)
    wanted = _mirrored(wanted, height)
    if isinstance(source, Tensor) and source.shape[1] == COLORS:
        pixels = (wanted[:, None] * fold + torch.arange(fold, device=device)).flatten()
        rows = pixel_unshuffle(source.index_select(2, pixels), fold)
    else:
        rows = _rows_of(source, wanted)
    return pad(rows, (edge, edge, 0, 0), mode="reflect").contiguous(memory_format=torch.channels_last)


def _enlarged(source: Layer | Tensor, wanted: Tensor, upsampling: str) -> Tensor:
    """Those rows of a layer doubled in size."""
    if upsampling == "nearest":
        return _rows_of(source, wanted // 2).repeat_interleave(2, 3)
    height = (source if isinstance(source, Tensor) else source.values).shape[2]
    places = ((wanted - 0.5) / 2).clamp(0, height - 1)
    above = places.floor().long()
    upper, lower = (_rows_of(source, (above + more).clamp(max=height - 1)) for more in (0, 1))
    rows = upper.lerp(lower, (places - above)[:, None])
    return interpolate(rows, scale_factor=(1.0, 2.0), mode="bilinear")


def _rows_of(source: Layer | Tensor, indices: Tensor) -> Tensor:
    return source.index_select(2, indices).float() if isinstance(source, Tensor) else source.rows(indices)


def _mirrored(indices: Tensor, length: int) -> Tensor:
    indices = indices.abs()
    return torch.where(indices >= length, 2 * (length - 1) - indices, indices)


def _painted(
    network: TransformerNet, source: Layer | Tensor, image: Tensor, row: Tensor, margin: int, share: float
) -> Tensor:
    """The last convolution, unfolded, within the margins, with the row's share of the photo and its colour."""
    fold, height, width = network.architecture.fold, *image.shape[-2:]
    down, across = margins((height, width), margin)
    kernel, photo, color = network.painting(row)
    kernel = unfolded_kernel(kernel, fold)
    stage = Stage(kernel.shape[1], kernel.shape[0], kernel.shape[-1])
    rows, _ = _size_of(source, stage, fold)
    painted, strip = torch.empty_like(image), _rows_of_share(share, rows)
    for start in range(0, rows, strip):
        end = min(start + strip, rows)
        above = start * fold - down
        top, bottom = max(above, 0), min(end * fold - down, height)
        if top < bottom:
            part = pixel_shuffle(conv2d(_read(source, stage, fold, start, end, rows), kernel), fold)
            part = part[..., top - above : bottom - above, across : across + width]
            painted[:, :, top:bottom] = part + color + photo * image[:, :, top:bottom]
    return painted
