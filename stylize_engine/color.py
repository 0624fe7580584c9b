"""Colours kept on request: the photo's own under the painting's strokes."""

from __future__ import annotations

import torch
from torch import Tensor

from stylize_engine.images import resize_to

# Luma and colour differences of BT.601, which JPEG files use: their axes follow what the eye sees as light.
_TO_LUMA_CHROMA = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
# The smallest variance of a colour that is stretched to match another. Without it, the noise in a nearly grey picture
# would become blotches as colourful as the reference; paintings lie above it, in all their colours.
_SMALLEST_VARIANCE = 1e-4
# A colour is stretched no further than this: a pale picture's every pore would turn black and white in the colours of a
# photo full of contrast.
MOST_STRETCH = 1.5
# Pictures are worked on in strips of so many pixels: whole ones of 8K would need gigabytes for what is in between.
_STRIP_PIXELS = 2**19


def keep_chroma(image: Tensor, reference: Tensor) -> Tensor:
    """The light of `image` in the colours of `reference`, both `(B, 3, H, W)` in [0, 1] (Gatys et al., 2016, preprint).

    A reference of another size is scaled. Where a colour does not exist in that light, it is drawn towards grey, so
    that neither its hue nor the light changes.
    """
    image = image.float()
    reference = resize_to(reference.to(image), tuple(image.shape[-2:]))
    result = torch.empty_like(image)
    for ours, theirs, strip in zip(_strips(image), _strips(reference), _strips(result), strict=True):
        strip.copy_(_with_chroma_of(ours, theirs))
    return result


def chroma(image: Tensor) -> Tensor:
    """The two colour differences `(B, 2, H, W)` of `(B, 3, H, W)` in [0, 1]: what is left of colours without their
    light, 0 for greys."""
    return _mix(image.new_tensor(_TO_LUMA_CHROMA[1:]), image)


def _with_chroma_of(image: Tensor, reference: Tensor) -> Tensor:
    matrix = image.new_tensor(_TO_LUMA_CHROMA)
    luma = _mix(matrix[:1], image)
    offset = _mix(matrix.inverse()[:, 1:] @ matrix[1:], reference)
    # How far from grey each channel may go before it leaves [0, 1].
    room = torch.where(offset > 0, 1 - luma, luma) / offset.abs().clamp_min(1e-6)
    return (luma + offset * room.amin(1, keepdim=True).clamp(0, 1)).clamp(0, 1)


def match_color_statistics(image: Tensor, reference: Tensor) -> Tensor:
    """`image` recoloured linearly so that its colours have the mean and covariance of the reference's.

    Both are `(1, 3, H, W)` in [0, 1], of any two sizes; the result is clamped to [0, 1]. Of all such maps this is the
    one that moves the colours least (linear Monge-Kantorovitch, Pitie and Kokaram, CVMP 2007; for style transfer Gatys
    et al., CVPR 2017). No colour's distance from the mean grows by more than `MOST_STRETCH`, so a pale picture stays
    paler than the reference, and a grey one has no colours that could be stretched: it takes the reference's tint.
    """
    image = image.float()
    mean, covariance = _statistics(image)
    wanted_mean, wanted_covariance = _statistics(reference.to(image))
    root, inverse = (_power(covariance, exponent, at_least=_SMALLEST_VARIANCE) for exponent in (0.5, -0.5))
    matrix = inverse @ _power(root @ wanted_covariance @ root, 0.5, at_least=0) @ inverse
    matrix = _power(matrix, 1, at_least=0, at_most=MOST_STRETCH)
    offset = wanted_mean - matrix @ mean
    return _mix(matrix.float(), image).add_(offset.float().view(1, 3, 1, 1)).clamp_(0, 1)


def _mix(matrix: Tensor, image: Tensor) -> Tensor:
    return torch.einsum("oc,bchw->bohw", matrix, image)


def _strips(image: Tensor) -> tuple[Tensor, ...]:
    return image.split(max(1, _STRIP_PIXELS // image.shape[-1]), dim=2)


def _statistics(image: Tensor) -> tuple[Tensor, Tensor]:
    """Mean `(3,)` and covariance `(3, 3)` of the colours, in float64."""
    count = image.shape[-2] * image.shape[-1]
    mean = sum(strip[0].flatten(1).sum(1, dtype=torch.float64) for strip in _strips(image)) / count
    covariance = torch.zeros(3, 3).to(mean)
    for strip in _strips(image):
        centred = strip[0].flatten(1) - mean[:, None]
        covariance += centred @ centred.T / count
    return mean, covariance


def _power(symmetric: Tensor, exponent: float, at_least: float, at_most: float | None = None) -> Tensor:
    """A power of a symmetric matrix, none of whose eigenvalues counts as less or more than that."""
    values, vectors = torch.linalg.eigh(symmetric)
    return vectors @ torch.diag(values.clamp(at_least, at_most) ** exponent) @ vectors.T
