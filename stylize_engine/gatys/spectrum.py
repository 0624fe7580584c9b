"""The measure in which a search takes its steps: large shapes move more easily than fine grain.

In pictures amplitudes fall as one over the frequency (Field, JOSA A 1987), so a change of as much at every frequency is
mostly grain. To search in coordinates in which a picture's frequencies are more alike is a preconditioner (Olah et al.,
Feature Visualization, Distill 2017).
"""

from __future__ import annotations

from torch import Tensor
from torch.fft import fftfreq, irfft2, rfft2, rfftfreq

# Below this frequency, in cycles a pixel, all are alike: the scale before has painted these shapes already.
KNEE = 0.05
# The power of one over the frequency; 1 would be that of pictures. Found by measuring pictures after as many steps.
POWER = 0.25


def image_spectrum(picture: Tensor) -> Tensor:
    """Amplitudes `(H, W // 2 + 1)` for the frequencies of a `(1, 3, H, W)` picture, falling as the `POWER` of one over
    frequency."""
    height, width = picture.shape[-2:]
    like = {"dtype": picture.dtype, "device": picture.device}
    squares = fftfreq(height, **like)[:, None].square() + rfftfreq(width, **like).square()
    return (squares + KNEE**2) ** (-POWER / 2)


def shaped(picture: Tensor, spectrum: Tensor) -> Tensor:
    """A `(1, 3, H, W)` picture with its frequencies multiplied: a symmetric, positive map of pictures."""
    return irfft2(rfft2(picture) * spectrum, s=picture.shape[-2:])
