"""The fast network: one set of convolutions, and for each style a row of numbers.

Johnson's network (Johnson et al., ECCV 2016) with conditional instance normalisation (Dumoulin et al., ICLR 2017):
what differs between styles is a scale and a shift for each channel of each normalisation. Here all of them stand in
one row, a style's vector, so that blending styles is a weighted mean of rows and a style's strength is the way from
the row that gives the photo back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, conv2d, pad, pixel_unshuffle

from stylize_engine.config import Architecture

EPSILON = 1e-5
COLORS = 3


@dataclass(frozen=True)
class Stage:
    """A convolution with what stands around it: `upsample` before it, its `stride`, the input of a `residual` block
    saved before it or added after it."""

    inputs: int
    outputs: int
    kernel: int = 3
    stride: int = 1
    upsample: bool = False
    opens_block: bool = False
    closes_block: bool = False
    rectified: bool = True


def stages_of(architecture: Architecture) -> tuple[Stage, ...]:
    """The normalised convolutions from the folded picture to the last hidden layer, in order."""
    widths, edge = architecture.widths, architecture.edge_kernel
    stages = [Stage(COLORS * architecture.fold**2, widths[0], edge)]
    stages += [Stage(before, after, stride=2) for before, after in pairwise(widths)]
    deepest = widths[-1]
    for _ in range(architecture.blocks):
        stages.append(Stage(deepest, deepest, opens_block=True))
        stages.append(Stage(deepest, deepest, closes_block=True, rectified=False))
    stages += [Stage(before, after, upsample=True) for before, after in zip(widths[:0:-1], widths[-2::-1], strict=True)]
    return tuple(stages)


class TransformerNet(nn.Module):
    """Paints `(B, 3, H, W)` in [0, 1] in one pass.

    `styles` `(S, N)` holds a row for each style, `identity` `(N,)` the row that gives the photo back. A row holds,
    stage by stage, the scales and then the shifts of the normalised channels, and at its end six numbers: how much of
    the photo's own red, green and blue is added to what was painted, and which colour. In `identity` the last scales
    and shifts are 0 and the photo counts whole, so at strength 0 the photo comes back exactly.
    """

    def __init__(self, architecture: Architecture, styles: int):
        super().__init__()
        self.architecture = architecture
        self.stages = stages_of(architecture)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(stage.inputs, stage.outputs, stage.kernel, stage.stride, bias=False) for stage in self.stages
        )
        # As large at full size as the first convolution's kernel is on the folded picture.
        kernel = architecture.fold * (architecture.edge_kernel - 1) + 1
        self.painter = nn.Conv2d(architecture.widths[0], COLORS, kernel, bias=False)
        self.styles = nn.Parameter(self.neutral_row().repeat(styles, 1))
        self.identity = nn.Parameter(self.neutral_row())
        with torch.no_grad():
            self.identity.copy_(self.with_exact_identity(self.identity))

    @property
    def row_length(self) -> int:
        """Numbers of one style."""
        return sum(2 * stage.outputs for stage in self.stages) + 2 * COLORS

    def neutral_row(self) -> Tensor:
        """The row before any training: plain instance normalisation, nothing of the photo, a mean grey.

        Residual blocks add nothing yet, so that the first steps train a shallow network (Goyal et al., 2017, sec. 5.1).
        """
        parts = [
            part
            for stage in self.stages
            for part in (torch.full((stage.outputs,), float(not stage.closes_block)), torch.zeros(stage.outputs))
        ]
        return torch.cat([*parts, torch.zeros(COLORS), torch.full((COLORS,), 0.5)])

    def with_exact_identity(self, row: Tensor) -> Tensor:
        """The same row, its end replaced so that the photo comes back whatever the numbers before it are."""
        hidden = 2 * self.stages[-1].outputs
        end = torch.cat([torch.zeros(hidden), torch.ones(COLORS), torch.zeros(COLORS)]).to(row)
        return torch.cat([row[: -len(end)], end])

    def forward(self, image: Tensor, rows: Tensor) -> Tensor:
        """The painted `(B, 3, H, W)`, in [0, 1] but for slight overshoots.

        `rows` is `(N,)` for all pictures or `(B, N)`: rows of `styles` or any blend of them with one another and with
        `identity`.
        """
        height, width = image.shape[-2:]
        whole = pad_to_multiple(image, self.architecture.stride)
        hidden = pixel_unshuffle(whole, self.architecture.fold).contiguous(memory_format=torch.channels_last)
        hidden = self.hidden(hidden, rows)
        # In float32 also under autocast: the eye sees the steps of bfloat16 in a sky.
        with torch.autocast(image.device.type, enabled=False):
            kernel = unfolded_kernel(self.painter.weight.float(), self.architecture.fold)
            painted = conv2d(_mirrored(hidden.float(), kernel.shape[-1] // 2), kernel)
        painted = depth_to_space(painted, self.architecture.fold)[..., :height, :width]
        photo, color = rows.float()[..., -2 * COLORS :].view(-1, 2, COLORS, 1, 1).unbind(1)
        return painted + color + photo * image

    def hidden(self, folded: Tensor, rows: Tensor) -> Tensor:
        """The last hidden layer for a folded picture `(B, 3 * fold^2, H / fold, W / fold)`."""
        x, shortcut = folded, folded
        for stage, convolution, scale, shift in self.conditioned(rows):
            if stage.opens_block:
                shortcut = x
            x = _convolve_enlarged(x, convolution.weight) if stage.upsample else _convolve(x, convolution)
            x = activated(conditional_instance_norm(x, scale, shift), stage, self.architecture.bound)
            if stage.closes_block:
                x = x + shortcut
        return x

    def conditioned(self, rows: Tensor) -> Iterator[tuple[Stage, nn.Conv2d, Tensor, Tensor]]:
        """Each stage with its convolution, and the `(B, C)` scales and shifts that `rows` hold for it."""
        rows = rows[None] if rows.ndim == 1 else rows
        sizes = [stage.outputs for stage in self.stages for _ in range(2)]
        parts = iter(rows.split([*sizes, 2 * COLORS], dim=1))
        for stage, convolution in zip(self.stages, self.convolutions, strict=True):
            yield stage, convolution, next(parts), next(parts)


def conditional_instance_norm(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """`scale * (x - mean) / sqrt(var + 1e-5) + shift` (Dumoulin et al., ICLR 2017, eq. 5).

    `x` is `(B, C, H, W)`, `scale` and `shift` are `(B, C)` or `(1, C)`. Mean and variance are each channel's own over
    space.
    """
    if len(x) == len(scale) == 1:  # the statistics of a batch of one are its own, and this keeps its layout
        return batch_norm(x, None, None, scale[0].float(), shift[0].float(), training=True, eps=EPSILON)
    mean, variance = _moments(x)
    factor = scale[..., None, None] * (variance + EPSILON).rsqrt()
    return torch.addcmul((shift[..., None, None] - mean * factor).to(x.dtype), x, factor.to(x.dtype))


def _moments(x: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each channel over space, `(B, C, 1, 1)` in float32."""
    flat = x.permute(0, 2, 3, 1).flatten(1, 2).float()
    mean = flat.mean(1)
    variance = flat.square().mean(1) - mean.square()
    return mean[..., None, None], variance.clamp_min(0)[..., None, None]


def activated(x: Tensor, stage: Stage, bound: float | None) -> Tensor:
    """`x`, which is changed in place, after the stage's ReLU, within `bound` where there is one."""
    lowest = 0.0 if stage.rectified else None if bound is None else -bound
    return x if lowest is None else x.clamp_(lowest, bound)


def depth_to_space(x: Tensor, fold: int) -> Tensor:
    """`(B, C * fold^2, H, W)` as `(B, C, H * fold, W * fold)`: torch's `pixel_shuffle`, but it keeps channels last."""
    batch, channels, height, width = x.shape
    parts = x.permute(0, 2, 3, 1).unflatten(3, (channels // fold**2, fold, fold)).permute(0, 1, 4, 2, 5, 3)
    return parts.reshape(batch, height * fold, width * fold, channels // fold**2).permute(0, 3, 1, 2)


def blend(rows: Tensor, shares: Sequence[float]) -> Tensor:
    """The mean `(N,)` of rows `(S, N)`, weighted by `shares`, which need not sum to 1."""
    weights = torch.tensor(shares, dtype=rows.dtype, device=rows.device)
    return (weights / weights.sum()) @ rows


def unfolded_kernel(weight: Tensor, fold: int) -> Tensor:
    """The kernel `(O * fold^2, C, k, k)` that does before depth-to-space what `weight` `(O, C, K, K)` would do after
    enlarging each position to `fold` x `fold` pixels.

    All pixels of a position thus weigh a flat area alike, which leaves no grid there, and nothing is computed at full
    size.
    """
    if fold == 1:
        return weight
    size = weight.shape[-1]
    edge = size // 2
    taps = 2 * -(-edge // fold) + 1
    offsets = torch.arange(fold)[:, None] + torch.arange(size) - edge
    places = torch.div(offsets, fold, rounding_mode="floor") + taps // 2
    gather = nn.functional.one_hot(places, taps).to(weight)
    phases = torch.einsum("pyi,qxj,ocyx->opqcij", gather, gather, weight)
    return phases.reshape(-1, weight.shape[1], taps, taps)


def _convolve(x: Tensor, convolution: nn.Conv2d) -> Tensor:
    return conv2d(_mirrored(x, convolution.kernel_size[0] // 2), convolution.weight, stride=convolution.stride)


def _convolve_enlarged(x: Tensor, weight: Tensor) -> Tensor:
    """Each position doubled along both edges, then convolved 3 x 3: that leaves no checkerboard (Odena et al., 2016).

    The doubled picture, mirrored at its edges, repeats the outermost positions.
    """
    return depth_to_space(conv2d(pad(x, (1,) * 4, mode="replicate"), unfolded_kernel(weight, 2)), 2)


def _mirrored(x: Tensor, edge: int) -> Tensor:
    return pad(x, (edge,) * 4, mode="reflect") if edge else x


def pad_to_multiple(image: Tensor, multiple: int) -> Tensor:
    """Repeat the lower and the right edge until both lengths are multiples of `multiple`, and at least twice it."""
    height, width = image.shape[-2:]
    down, across = (max(-(-length // multiple), 2) * multiple - length for length in (height, width))
    return pad(image, (0, across, 0, down), mode="replicate") if down or across else image
