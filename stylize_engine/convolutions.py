"""The fast network's convolutions: mirrored at the edges, folded, enlarging, with one kernel or one for each sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad


def depth_to_space(x: Tensor, fold: int) -> Tensor:
    """`(B, C * fold^2, H, W)` as `(B, C, H * fold, W * fold)`: torch's `pixel_shuffle`, but it keeps channels last."""
    batch, channels, height, width = x.shape
    parts = x.permute(0, 2, 3, 1).unflatten(3, (channels // fold**2, fold, fold)).permute(0, 1, 4, 2, 5, 3)
    return parts.reshape(batch, height * fold, width * fold, channels // fold**2).permute(0, 3, 1, 2)


def unfolded_kernel(weight: Tensor, fold: int, upsampling: str = "nearest") -> Tensor:
    """The kernel `(O * fold^2, C, k, k)` that does before depth-to-space what `weight` `(O, C, K, K)` would do after
    each position is enlarged to `fold` x `fold` pixels: alike with `upsampling` "nearest", with "bilinear" each between
    the positions around it.

    All pixels of a position thus weigh a flat area alike, which leaves no grid there, and nothing is computed at full
    size.
    """
    if fold == 1:
        return weight
    size = weight.shape[-1]
    edge = size // 2
    farthest = edge / fold if upsampling == "nearest" else (edge - 0.5) / fold + 0.5
    taps = 2 * math.ceil(farthest) + 1
    pixels, offsets, positions = (torch.arange(count, device=weight.device) for count in (fold, size, taps))
    places = (pixels[:, None] + offsets - edge + 0.5) / fold - 0.5 + taps // 2
    if upsampling == "nearest":
        gather = (places.round()[..., None] == positions).to(weight.dtype)
    else:
        gather = (1 - (places[..., None] - positions).abs()).clamp_min(0).to(weight.dtype)
    phases = torch.einsum("pyi,qxj,ocyx->opqcij", gather, gather, weight)
    return phases.reshape(-1, weight.shape[1], taps, taps)


def _sample_by_sample(convolution: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Lets a convolution take a kernel for each sample, `(B, O, C, k, k)`, beside one `(O, C, k, k)` for all."""

    @wraps(convolution)
    def convolved(x: Tensor, kernel: Tensor, *rest: int | str) -> Tensor:
        if kernel.ndim == 4:
            return convolution(x, kernel, *rest)
        return torch.cat([convolution(*pair, *rest) for pair in zip(x.split(1), kernel, strict=True)])

    return convolved


@_sample_by_sample
def convolve(x: Tensor, kernel: Tensor, stride: int = 1) -> Tensor:
    """Convolve `(B, C, H, W)`, mirrored at its edges; the size stays, but for the stride."""
    return conv2d(_mirrored(x, kernel.shape[-1] // 2), kernel, stride=stride)


@_sample_by_sample
def convolve_enlarged(x: Tensor, kernel: Tensor, upsampling: str) -> Tensor:
    """Twice as many positions along both edges, `upsampling` as in `unfolded_kernel`, then convolved 3 x 3: that leaves
    no checkerboard (Odena et al., 2016). Beyond the edges the outermost positions are repeated."""
    return depth_to_space(conv2d(pad(x, (1,) * 4, mode="replicate"), unfolded_kernel(kernel, 2, upsampling)), 2)


@_sample_by_sample
def convolve_unfolding(x: Tensor, kernel: Tensor, fold: int) -> Tensor:
    """Each position enlarged to `fold` x `fold` pixels, then convolved: `(B, O, H * fold, W * fold)`."""
    return depth_to_space(convolve(x, unfolded_kernel(kernel, fold)), fold)


def _mirrored(x: Tensor, edge: int) -> Tensor:
    return pad(x, (edge,) * 4, mode="reflect") if edge else x


def pad_to_multiple(image: Tensor, multiple: int, least: int) -> Tensor:
    """Repeat the lower and the right edge until both lengths are multiples of `multiple`, and no less than `least`."""
    height, width = image.shape[-2:]
    down, across = (-(-max(length, least) // multiple) * multiple - length for length in (height, width))
    return pad(image, (0, across, 0, down), mode="replicate") if down or across else image
