"""Faint grey noise for photos: where a photo is all of one colour, a convolution finds nothing to paint from."""

from __future__ import annotations

import torch
from torch import Tensor

# Standard deviation: about one step of 8 bits, which no eye sees, and enough for brushwork in a black cloth.
GRAIN = 0.005
SEED = 0
# Of numbers spread evenly over an interval of length 1.
UNIFORM_DEVIATION = 12**-0.5


def add_grain(image: Tensor, deviation: float) -> None:
    """Add noise of that standard deviation to `(B, 3, H, W)`, in place, the same for all pictures of one size on any
    device."""
    if deviation:
        noise = torch.rand(image.shape[-2:], generator=torch.Generator().manual_seed(SEED))
        image.add_(noise.sub_(0.5).mul_(deviation / UNIFORM_DEVIATION).to(image))
