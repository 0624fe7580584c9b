"""A head start for the student: its first weights are a selection of its teacher's.

Layer by layer, the teacher's channels that best explain all the others are kept, and the convolution into the next
layer is rewritten to work from those alone (channel pruning by reconstruction, He et al., ICCV 2017). Training then
begins from a rough copy and not from noise.
"""

import torch
from torch import Tensor, nn

from stylize_engine.topologies import ChainNetwork


@torch.no_grad()
def inherit(student: ChainNetwork, teacher: ChainNetwork, images: Tensor) -> None:
    """Overwrite the student's convolutions with what it can keep of its teacher's, as far as it is deep.

    Both networks must have the same modules in the same order, with fewer channels in the student's. `images` is a
    normalised batch `(B, 3, H, W)` to judge the channels by.
    """
    given = received = images
    mixing = torch.eye(3, device=images.device)
    for own, theirs in zip(student.features, teacher.features, strict=False):
        if isinstance(own, nn.Conv2d):
            kept = explaining_channels(_positions(theirs(given).relu()), own.out_channels)
            weight = torch.einsum("oi...,ij->oj...", theirs.weight[kept], mixing)
            # ReLU passes scale on, so each channel can have mean 1, whatever scale the teacher's have.
            scale = theirs(given)[:, kept].relu().mean((0, 2, 3)).clamp_min(1e-3)
            own.weight.copy_(weight / scale.view(-1, 1, 1, 1))
            own.bias.copy_(theirs.bias[kept] / scale)
        given, received = theirs(given), own(received)
        if not isinstance(own, nn.Conv2d):
            mixing = least_squares(_positions(received), _positions(given))


def explaining_channels(samples: Tensor, count: int) -> Tensor:
    """Indices of `count` channels of `(N, C)` samples from which the others can best be predicted linearly.

    Greedy: each next channel is the one that takes most from the squared error that is left.
    """
    residual = samples.T @ samples / len(samples)
    floor = 1e-6 * residual.diagonal().max()
    chosen: list[int] = []
    for _ in range(count):
        gain = residual.square().sum(0) / residual.diagonal().clamp_min(floor)
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
        column = residual[:, chosen[-1]]
        residual = residual - torch.outer(column, column) / column[chosen[-1]].clamp_min(floor)
    return torch.tensor(chosen, device=samples.device)


def least_squares(samples: Tensor, targets: Tensor, ridge: float = 1e-4) -> Tensor:
    """The `(D, C)` matrix M for which `samples @ M.T` is closest to `targets`: `(N, C)` and `(N, D)`.

    `ridge` is added to the diagonal of the normal equations, relative to its mean, so that dead channels do no harm.
    """
    own = samples.T @ samples
    penalty = ridge * own.diagonal().mean() * torch.eye(len(own), device=own.device)
    return torch.linalg.solve(own + penalty, samples.T @ targets).T


def _positions(activation: Tensor) -> Tensor:
    """`(B, C, H, W)` as `(positions, C)`, every third position so that 4x4 pooling patterns do not line up."""
    return activation.permute(0, 2, 3, 1).flatten(0, 2)[::3]
