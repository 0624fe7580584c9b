"""The photo mirrored beyond its edges while a fast network paints it.

Near an edge a network has little to paint from, and it learnt on crops that a pale rim costs least there. What is
painted beyond the photo's own edges takes that rim away with it.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import pad

# In pixels that the network sees: as far as it was found to paint its edges otherwise, some styles with a band of sky.
MARGIN = 64
# Where only what is fine is kept of what it paints, its colours do not count, and strokes pale less far.
DETAIL_MARGIN = 32


def margins(size: tuple[int, int], margin: int) -> tuple[int, int]:
    """Above and below, left and right of a picture of `size` (height, width): less where it has not so many pixels."""
    return min(margin, size[0] - 1), min(margin, size[1] - 1)


def with_margins(image: Tensor, margin: int) -> Tensor:
    """A copy of `(B, 3, H, W)`, mirrored that far beyond its edges."""
    down, across = margins(image.shape[-2:], margin)
    return pad(image, (across, across, down, down), mode="reflect") if down or across else image.clone()
