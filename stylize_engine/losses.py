"""The losses of neural style transfer, as pure functions.

Content and style losses are relative to their targets, so that one pair of weights suits every picture, size and
network. All of them add up in float32, also under autocast and on bfloat16 features: a Gram matrix sums tens of
thousands of products, which bfloat16 cannot hold.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import pad

from stylize_engine.color import chroma

# Keeps the losses finite where a target has no energy at all, as a black picture may have.
SMALLEST_TARGET = 1e-8
# A Gram matrix is the sum of so many products. A processor adds up each of them in float32 and rounds it once where
# features are bfloat16; their sum, in float32, is closer than any of them and less than half as dear as one in float32.
STRETCHES = 16


def gram_matrix(features: Tensor) -> Tensor:
    """Second moments of channels over space, `F F^T / (H * W)` (Gatys et al., CVPR 2016).

    Takes `(B, C, H, W)` and gives float32 `(B, C, C)`. The divisor is the number of positions alone, so pictures of
    different sizes can be compared; the paper divides by `2 * C * H * W` in its loss instead. Weights do not carry
    over between divisors, except for losses that are relative, as `style_loss` is.
    """
    with torch.autocast(features.device.type, enabled=False):
        return _GramMatrix.apply(features)


class _GramMatrix(torch.autograd.Function):
    """`F F^T / (H * W)` with its gradient `(G + G^T) F / (H * W)` as one product, in the features' own type.

    Autograd takes two products and a sum, all in float32 and each as large as the features; together they cost more
    than a small extractor's convolutions. A convolution's gradient has bfloat16's precision too.
    """

    @staticmethod
    def forward(context: torch.autograd.function.FunctionCtx, features: Tensor) -> Tensor:
        context.save_for_backward(features)
        return second_moments(features)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context: torch.autograd.function.FunctionCtx, gradient: Tensor) -> Tensor:
        (features,) = context.saved_tensors
        with torch.autocast(features.device.type, enabled=False):
            return gram_gradient(features, gradient)


def second_moments(features: Tensor) -> Tensor:
    """`gram_matrix` without autograd's knowledge."""
    wide = torch.promote_types(features.dtype, torch.float32)
    if features.dtype != torch.bfloat16:  # float16 could not hold the sums
        features = features.to(wide)
    positions = features.permute(0, 2, 3, 1).flatten(1, 2)
    length = max(1, positions.shape[1] // STRETCHES)
    stretches = positions.unfold(1, length, length)
    rest = positions[:, stretches.shape[1] * length :]
    products = (stretches @ stretches.transpose(2, 3)).to(wide).sum(1) + (rest.transpose(1, 2) @ rest).to(wide)
    return products / positions.shape[1]


def gram_gradient(features: Tensor, gradient: Tensor, onto: Tensor | None = None) -> Tensor:
    """The gradient with respect to `(B, C, H, W)` features, from that with respect to their Gram matrices `(B, C, C)`.

    Added to `onto`, where given, of the features' shape and type: in place, if that has its channels last.
    """
    size = features.shape[-2:]
    symmetric = ((gradient + gradient.transpose(1, 2)) / size.numel()).to(features.dtype)
    positions = features.permute(0, 2, 3, 1).flatten(1, 2)
    if onto is None:
        return (positions @ symmetric).unflatten(1, size).permute(0, 3, 1, 2)
    onto = onto.contiguous(memory_format=torch.channels_last)
    sums = onto.permute(0, 2, 3, 1).view(positions.shape)
    torch.baddbmm(sums, positions, symmetric, out=sums)
    return onto


def content_loss(features: Tensor, target: Tensor, variance: Tensor | None = None) -> Tensor:
    """Mean squared difference of `(B, C, H, W)` features over the variance of the target: a scalar, 0 or more.

    `variance`, where it is known already, is `content_variance(target)`. 1 means as far from the target as its own mean
    is. The paper's loss is half of the squared sum, which depends on the layer's size and scale.
    """
    variance = content_variance(target) if variance is None else variance
    return (squared_distance(features, target) / (target[0].numel() * variance)).mean()


def content_variance(target: Tensor) -> Tensor:
    """The variance `(B,)`, float32 and above 0, of all values of each of the `(B, C, H, W)` features."""
    return target.float().var((1, 2, 3), unbiased=False).clamp_min(SMALLEST_TARGET)


def squared_distance(features: Tensor, target: Tensor) -> Tensor:
    """`|F - T|^2` of each of the `(B, C, H, W)` features, float32 `(B,)`."""
    return _SquaredDistance.apply(features, target)


class _SquaredDistance(torch.autograd.Function):
    """`|F - T|^2` with its gradient `2 (F - T)`, with no other tensor of the features' size than the difference.

    Autograd takes half a dozen, all in float32. The difference of two bfloat16 numbers has bfloat16's precision too.
    """

    @staticmethod
    def forward(context: torch.autograd.function.FunctionCtx, features: Tensor, target: Tensor) -> Tensor:
        difference = features - target
        context.save_for_backward(difference)
        wide = torch.promote_types(difference.dtype, torch.float32)
        return difference.square().sum(1).to(wide).sum((1, 2))

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(context: torch.autograd.function.FunctionCtx, gradient: Tensor) -> tuple[Tensor, None]:
        (difference,) = context.saved_tensors
        return difference * (2 * gradient).to(difference.dtype).view(-1, 1, 1, 1), None


def aggregated_content_loss(
    features: Mapping[str, Tensor], targets: Mapping[str, Tensor], variances: Mapping[str, Tensor]
) -> Tensor:
    """Mean of `content_loss` over the layers named in `targets`, each of which counts the same."""
    distances = [content_loss(features[layer], target, variances[layer]) for layer, target in targets.items()]
    return torch.stack(distances).mean()


def style_loss(grams: Sequence[Tensor], targets: Sequence[Tensor]) -> Tensor:
    """Mean over layers (and pyramid levels) of the relative squared distance of Gram matrices: a scalar, 0 or more.

    Takes as many `(B, C, C)` matrices as targets, in the same order; a target may have batch size 1. Each squared
    distance is divided by the squared Frobenius norm of its target, where the paper divides by `4 * C^2 * (H * W)^2`.
    1 means as far from the painting as a picture without any activation is.
    """
    if len(grams) != len(targets):
        raise ValueError(f"{len(grams)} Gram matrices cannot be compared with {len(targets)} targets")
    return torch.stack([relative_distance(*pair).mean() for pair in zip(grams, targets, strict=True)]).mean()


def relative_distance(gram: Tensor, target: Tensor) -> Tensor:
    """Squared distance of `(B, C, C)` matrices over the squared norm of their targets, `(B,)`; see `style_loss`."""
    distance = (gram - target).square().sum((1, 2))
    return distance / target.square().sum((1, 2)).clamp_min(SMALLEST_TARGET)


def total_variation_loss(image: Tensor) -> Tensor:
    """Mean squared difference of neighbours, down plus across, of a `(B, C, H, W)` image: a scalar, 0 or more."""
    image = image.float()
    down = (image[..., 1:, :] - image[..., :-1, :]).square().mean()
    across = (image[..., :, 1:] - image[..., :, :-1]).square().mean()
    return down + across


def speckle(image: Tensor) -> Tensor:
    """How much colours change from pixel to pixel in `(B, 3, H, W)` in [0, 1]: `(B,)`, the mean squared difference of
    neighbours' `chroma`, down plus across, 0 where only light changes.

    Gram matrices hardly tell strokes of one colour from speckles of many.
    """
    colors = chroma(image.float())
    down = (colors[..., 1:, :] - colors[..., :-1, :]).square().sum(1).mean((1, 2))
    across = (colors[..., :, 1:] - colors[..., :, :-1]).square().sum(1).mean((1, 2))
    return down + across


def grid_loss(image: Tensor, period: int) -> Tensor:
    """Mean square of what repeats every `period` pixels in a `(B, C, H, W)` image: a scalar, 0 or more.

    A network whose deepest layer is that much smaller than its picture may paint one place of each square darker than
    its neighbours wherever it paints: a grid that Gram matrices take for brushwork.
    """
    down, across = (_means_by_place(length, period, image.device) for length in image.shape[-2:])
    means = down @ image.float() @ across.mT
    places = means[..., :period, :period] - means[..., period:, period:]
    return places.var((2, 3), unbiased=False).mean()


# Made in inference mode, it would be of no use to whoever wants gradients later.
@lru_cache(8)
@torch.inference_mode(False)
def _means_by_place(length: int, period: int, device: torch.device) -> Tensor:
    """What a line `(length,)` is multiplied by, `(2 * period, length)`: it gives the means over its stretches of
    `period` pixels of their first ones, their second ones and so on, and then of what is around each of those: the mean
    over a whole period, which knows nothing of what repeats, but takes away shapes and slopes."""
    stretches = (length - period + 1) // period
    own = pad(torch.eye(period).repeat(1, stretches) / stretches, (0, length - period * stretches))
    around = torch.stack([own.roll(offset, 1) for offset in range(period)]).mean(0)
    return torch.cat([own, around]).to(device)
