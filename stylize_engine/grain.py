"""Faint grey noise for photos: where a photo is all of one colour, a convolution finds nothing to paint from."""

from __future__ import annotations

import torch
from torch import Tensor

# Standard deviation: about one step of 8 bits, which no eye sees, and enough for brushwork in a black cloth.
GRAIN = 0.005
SEED = 0
# Of numbers spread evenly over an interval of length 1.
UNIFORM_DEVIATION = 12**-0.5


def with_grain(image: Tensor, deviation: float) -> Tensor:
    """`(B, 3, H, W)` with noise of that standard deviation, the same for all pictures of one size on any device."""
    if not deviation:
        return image
    noise = torch.rand(image.shape[-2:], generator=torch.Generator().manual_seed(SEED))
    return image + noise.sub_(0.5).mul_(deviation / UNIFORM_DEVIATION).to(image)
