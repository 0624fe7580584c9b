"""The convolutions of a fast network, in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from stylize_engine.config import Architecture

COLORS = 3


@dataclass(frozen=True)
class Stage:
    """A convolution with what stands around it: its input doubled in size before it as `upsampling` says, its `stride`,
    the input of a residual block saved before it or added after it, and with `skip` what a convolution makes of the
    first stage's output, added to its own."""

    inputs: int
    outputs: int
    kernel: int = 3
    stride: int = 1
    upsampling: str | None = None
    opens_block: bool = False
    closes_block: bool = False
    rectified: bool = True
    skip: bool = False


def stages_of(architecture: Architecture) -> tuple[Stage, ...]:
    """The normalised convolutions from the folded picture to the last hidden layer, in order."""
    widths, edge = architecture.widths, architecture.edge_kernel
    stages = [Stage(COLORS * architecture.fold**2, widths[0], edge)]
    stages += [Stage(before, after, stride=2) for before, after in pairwise(widths)]
    deepest = widths[-1]
    for _ in range(architecture.blocks):
        stages.append(Stage(deepest, deepest, opens_block=True))
        stages.append(Stage(deepest, deepest, closes_block=True, rectified=False))
    rising, upsampling = zip(widths[:0:-1], widths[-2::-1], strict=True), architecture.upsampling
    stages += [Stage(before, after, upsampling=upsampling) for before, after in rising]
    stages[-1] = replace(stages[-1], skip=architecture.skip)
    return tuple(stages)
