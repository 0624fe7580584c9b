"""Colours kept on request: the photo's own under the painting's strokes."""

from __future__ import annotations

import torch
from torch import Tensor

from stylize_engine.images import resize_to

# Luma and colour differences of BT.601, which JPEG files use: their axes follow what the eye sees as light.
_TO_LUMA_CHROMA = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
# Added to variances, so that a grey or a plain picture has a covariance that can be inverted.
_SMALLEST_VARIANCE = 1e-5


def keep_chroma(image: Tensor, reference: Tensor) -> Tensor:
    """The light of `image` in the colours of `reference`, both `(1, 3, H, W)` in [0, 1] (Gatys et al., 2016, preprint).

    A reference of another size is scaled. Where a colour does not exist in that light, it is drawn towards grey, so
    that neither its hue nor the light changes.
    """
    matrix = image.new_tensor(_TO_LUMA_CHROMA)
    luma = _mix(matrix[:1], image.float())
    chroma = _mix(matrix[1:], resize_to(reference.to(image), tuple(image.shape[-2:])).float())
    offset = _mix(matrix.inverse()[:, 1:], chroma)
    # How far from grey each channel may go before it leaves [0, 1].
    room = torch.where(offset > 0, 1 - luma, luma) / offset.abs().clamp_min(1e-6)
    return (luma + offset * room.amin(1, keepdim=True).clamp(0, 1)).clamp(0, 1)


def match_color_statistics(image: Tensor, reference: Tensor) -> Tensor:
    """`image` recoloured linearly so that its colours have the mean and covariance of the reference's.

    Both are `(1, 3, H, W)` in [0, 1], of any two sizes; the result is clamped to [0, 1]. The map between the two
    covariances uses their symmetric square roots ("CORAL", Sun et al., AAAI 2016; for style transfer Gatys et al.,
    CVPR 2017).
    """
    mean, covariance = _statistics(image)
    wanted_mean, wanted_covariance = _statistics(reference.to(image))
    matrix = _power(wanted_covariance, 0.5) @ _power(covariance, -0.5)
    centred = image.float() - mean.view(1, 3, 1, 1)
    return (_mix(matrix.to(image), centred) + wanted_mean.view(1, 3, 1, 1)).clamp(0, 1)


def _mix(matrix: Tensor, image: Tensor) -> Tensor:
    return torch.einsum("oc,bchw->bohw", matrix, image)


def _statistics(image: Tensor) -> tuple[Tensor, Tensor]:
    """Mean `(3,)` in float32 and covariance `(3, 3)` in float64 of the colours."""
    pixels = image[0].flatten(1).double()
    mean = pixels.mean(1, keepdim=True)
    centred = pixels - mean
    covariance = centred @ centred.T / pixels.shape[1]
    return mean.flatten().float(), covariance + _SMALLEST_VARIANCE * torch.eye(3).to(covariance)


def _power(symmetric: Tensor, exponent: float) -> Tensor:
    values, vectors = torch.linalg.eigh(symmetric)
    return vectors @ torch.diag(values.clamp_min(_SMALLEST_VARIANCE) ** exponent) @ vectors.T
