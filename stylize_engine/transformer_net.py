"""The fast network: one set of convolutions, and for each style a row of numbers.

Johnson's network (Johnson et al., ECCV 2016) with conditional instance normalisation (Dumoulin et al., ICLR 2017):
what differs between styles is a scale and a shift for each channel of each normalisation. Here all of them stand in
one row, a style's vector, so that blending styles is a weighted mean of rows and a style's strength is the way from
the row that gives the photo back. The row of a style that came to a trained network later is longer: it also holds
what this style adds to the weights of the last two convolutions, which learnt to paint without it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm, hardtanh, pad, pixel_unshuffle

from stylize_engine.config import Architecture
from stylize_engine.convolutions import convolve, convolve_enlarged, convolve_unfolding, pad_to_multiple
from stylize_engine.grain import add_grain
from stylize_engine.margins import margins, with_margins
from stylize_engine.shares import normalized
from stylize_engine.stages import COLORS, Stage, stages_of

EPSILON = 1e-5


class TransformerNet(nn.Module):
    """Paints `(B, 3, H, W)` in [0, 1] in one pass.

    `styles` `(S, N)` holds a row for each style, `identity` `(N,)` the row that gives the photo back. A row holds,
    stage by stage, the scales and then the shifts of the normalised channels, and at its end six numbers: how much of
    the photo's own red, green and blue is added to what was painted, and which colour. In `identity` the last scales
    and shifts are 0 and the photo counts whole, so at strength 0 the photo comes back exactly.

    `changes` `(T, D)` continues the rows of the last T styles with what they add to the weights of the last stage and
    of the painter. Like all of a row it may be blended and weakened; rows without it add nothing.
    """

    def __init__(self, architecture: Architecture, styles: int, changed: int = 0):
        super().__init__()
        self.architecture = architecture
        self.stages = stages_of(architecture)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(stage.inputs, stage.outputs, stage.kernel, stage.stride, bias=False) for stage in self.stages
        )
        # As large at full size as the first convolution's kernel is on the folded picture.
        kernel = architecture.fold * (architecture.edge_kernel - 1) + 1
        self.painter = nn.Conv2d(architecture.widths[0], COLORS, kernel, bias=False)
        self.skip = None
        if architecture.skip:  # adds nothing yet, so that any network may be trained further with it
            self.skip = nn.Conv2d(architecture.widths[0], architecture.widths[0], 3, bias=False)
            nn.init.zeros_(self.skip.weight)
        self.styles = nn.Parameter(self.neutral_row().repeat(styles, 1))
        self.changes = nn.Parameter(torch.zeros(changed, self.change_length))
        self.identity = nn.Parameter(self.neutral_row())
        with torch.no_grad():
            self.identity.copy_(self.with_exact_identity(self.identity))

    @property
    def row_parts(self) -> list[int]:
        """How many numbers of a style are a stage's scales, then its shifts, and so on; its end has two parts too."""
        return [stage.outputs for stage in self.stages for _ in range(2)] + [COLORS] * 2

    @property
    def row_length(self) -> int:
        """Numbers of one style, without changes."""
        return sum(self.row_parts)

    @property
    def change_length(self) -> int:
        """Numbers that a style may add to the weights of the last two convolutions."""
        return self.convolutions[-1].weight.numel() + self.painter.weight.numel()

    def rows(self, styles: Tensor) -> Tensor:
        """The rows of styles by their numbers `(B,)`: `(B, N)`, or `(B, N + D)` in a network that holds changes."""
        rows = self.styles[styles]
        if not len(self.changes):
            return rows
        unchanged = len(self.styles) - len(self.changes)
        return torch.cat([rows, pad(self.changes, (0, 0, unchanged, 0))[styles]], dim=1)

    def row(self, style: int) -> Tensor:
        """The row of one style: `(N + D,)` where it has changes, else `(N,)`."""
        unchanged = len(self.styles) - len(self.changes)
        row = self.styles[style]
        return row if style < unchanged else torch.cat([row, self.changes[style - unchanged]])

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

    def forward(self, image: Tensor, rows: Tensor, grain: float = 0.0, margin: int = 0) -> Tensor:
        """The painted `(B, 3, H, W)`, in [0, 1] but for slight overshoots.

        `rows` is `(N,)` for all pictures or `(B, N)`, each as long as it is with or without changes: rows of styles
        or any blend of them with one another and with `identity` (see `blend` and `weakened`). The convolutions see
        the picture mirrored `margin` pixels beyond its edges, with noise of standard deviation `grain`; neither is in
        what comes back of the photo itself.
        """
        (height, width), (top, left) = image.shape[-2:], margins(image.shape[-2:], margin)
        folded = pixel_unshuffle(self.shown(image, grain, margin), self.architecture.fold)
        hidden = self.hidden(folded.contiguous(memory_format=torch.channels_last), rows)
        kernel, photo, color = self.painting(rows)
        # In float32 also under autocast: the eye sees the steps of bfloat16 in a sky.
        with torch.autocast(image.device.type, enabled=False):
            painted = convolve_unfolding(hidden.float(), kernel.float(), self.architecture.fold)
        return painted[..., top : top + height, left : left + width] + color + photo * image

    def shown(self, image: Tensor, grain: float, margin: int) -> Tensor:
        """What the convolutions see: the picture with margins and grain, its lower and right edge repeated until every
        layer can be computed.

        Each colour is centred, as the first normalisation would do anyway, for a constant stays one where edges are
        mirrored: bfloat16 tells values near 0 apart that it rounds to one near 1, a bright sky's grain among them.
        """
        framed = with_margins(image, margin)
        framed -= framed.mean((2, 3), keepdim=True)
        add_grain(framed, grain)
        return pad_to_multiple(framed, self.architecture.stride, self.architecture.min_edge)

    def hidden(self, folded: Tensor, rows: Tensor) -> Tensor:
        """The last hidden layer for a folded picture `(B, 3 * fold^2, H / fold, W / fold)`."""
        x, shortcut, first = folded, folded, None
        for stage, kernel, scale, shift in self.conditioned(rows):
            if stage.opens_block:
                shortcut = x
            if stage.upsampling:
                x = convolve_enlarged(x, kernel, stage.upsampling)
            else:
                x = convolve(x, kernel, stage.stride)
            if stage.skip:
                x = x + convolve(first, self.skip.weight)
            x = activated(conditional_instance_norm(x, scale, shift), stage, self.architecture.bound)
            if stage.closes_block:
                x = x + shortcut
            first = x if first is None else first
        return x

    def conditioned(self, rows: Tensor) -> Iterator[tuple[Stage, Tensor, Tensor, Tensor]]:
        """Each stage with its kernel, and the `(B, C)` scales and shifts that `rows` hold for it.

        Kernels are `(O, C, k, k)`; that of the last stage is `(B, O, C, k, k)` where several rows hold changes.
        """
        rows = rows[None] if rows.ndim == 1 else rows
        parts = iter(rows[:, : self.row_length].split(self.row_parts, dim=1))
        kernels = [convolution.weight for convolution in self.convolutions]
        kernels[-1], _ = self._last_kernels(rows)
        for stage, kernel in zip(self.stages, kernels, strict=True):
            yield stage, kernel, next(parts), next(parts)

    def painting(self, rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What follows the last stage: the painter's kernel, as in `conditioned`, and the `(B, 3, 1, 1)` share of the
        photo and colour that are added."""
        rows = rows[None] if rows.ndim == 1 else rows
        end = rows[:, self.row_length - 2 * COLORS : self.row_length]
        photo, color = end.float().reshape(-1, 2, COLORS, 1, 1).unbind(1)
        return self._last_kernels(rows)[1], photo, color

    def _last_kernels(self, rows: Tensor) -> tuple[Tensor, ...]:
        """The kernels of the last stage and of the painter, with what the rows `(B, N)` change of them: one for all
        pictures, `(O, C, k, k)`, or for several rows with changes `(B, O, C, k, k)`."""
        kernels = (self.convolutions[-1].weight, self.painter.weight)
        if rows.shape[1] == self.row_length:
            return kernels
        changes = rows[:, self.row_length :].split([kernel.numel() for kernel in kernels], dim=1)
        batch = () if len(rows) == 1 else (len(rows),)
        return tuple(
            kernel + change.view(*batch, *kernel.shape) for kernel, change in zip(kernels, changes, strict=True)
        )


def conditional_instance_norm(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """`scale * (x - mean) / sqrt(var + 1e-5) + shift` (Dumoulin et al., ICLR 2017, eq. 5).

    `x` is `(B, C, H, W)`, `scale` and `shift` are `(B, C)` or `(1, C)`. Mean and variance are each channel's own over
    space.
    """
    # Picture by picture: the statistics of a batch of one are its own, added up in float32, and this keeps its layout.
    rows = (row.float().expand(len(x), -1) for row in (scale, shift))
    pictures = [
        batch_norm(picture, None, None, *row, training=True, eps=EPSILON)
        for picture, *row in zip(x.split(1), *rows, strict=True)
    ]
    return pictures[0] if len(pictures) == 1 else torch.cat(pictures)


def activated(x: Tensor, stage: Stage, bound: float | None) -> Tensor:
    """`x`, which is changed in place, after the stage's ReLU, within `bound` where there is one."""
    if bound is None:
        return x.relu_() if stage.rectified else x
    # The same as `clamp_`, whose gradient takes four passes over memory, and a copy of `x` before it is changed.
    return hardtanh(x, 0.0 if stage.rectified else -bound, bound, inplace=True)


def blend(rows: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    """The mean `(N,)` of rows, weighted by `shares`, which need not sum to 1."""
    # Normalised before they are float32, which would overflow or lose them all.
    weights = torch.tensor(normalized(shares)).to(rows[0])
    return weights @ torch.stack(_as_long_as_the_longest(rows))


def weakened(row: Tensor, identity: Tensor, strength: float) -> Tensor:
    """The row on the way from `identity` at strength 0 to itself at 1."""
    return torch.lerp(*_as_long_as_the_longest([identity, row]), strength)


def _as_long_as_the_longest(rows: Sequence[Tensor]) -> list[Tensor]:
    """Rows with and without changes, made alike: who has none changes nothing."""
    longest = max(len(row) for row in rows)
    return [pad(row, (0, longest - len(row))) for row in rows]
