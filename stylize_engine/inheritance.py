"""A head start for the student: it is fitted to its teacher layer by layer, without any training.

The teacher's channels that best explain all the others are kept, and the student's convolution is the one that predicts
them best from what the student itself has seen so far (channel pruning by reconstruction, He et al., ICCV 2017). Where
the convolution comes in two halves, it is the best of that rank (Zhang et al., TPAMI 2016). So each layer makes good
for the errors of those before it, as far as that can be done.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import unfold

from stylize_engine.topologies import ChainNetwork

# A convolution is fitted to about so many positions, over all pictures.
_POSITIONS = 40_000


@torch.no_grad()
def inherit(student: ChainNetwork, teacher: ChainNetwork, images: Tensor) -> None:
    """Overwrite the student's convolutions with what it can keep of its teacher's, as far as it is deep.

    Both networks must have the same modules in the same order; a convolution of the student's may come in two halves.
    `images` is a normalised batch `(B, 3, H, W)` to fit the convolutions to.
    """
    given = received = images
    for own, theirs in zip(student.features, teacher.features, strict=False):
        given = theirs(given)
        if isinstance(theirs, nn.Conv2d):
            fit_convolution(own, received, given)
        received = own(received)


@torch.no_grad()
def fit_convolution(convolution: nn.Module, received: Tensor, wanted: Tensor) -> None:
    """Give a convolution the weights for which `received`, `(B, C, H, W)`, comes as near as can be to those channels of
    `wanted`, `(B, D, H, W)`, that best explain the others once negative values are cut off.

    The channels are scaled to a mean of 1, which ReLU and pooling pass on. `convolution` is a 3x3 one with its bias, or
    a 3x3 one without and a 1x1 one with it.
    """
    *narrowing, last = convolution if isinstance(convolution, nn.Sequential) else (convolution,)
    patches, targets = _samples(received, wanted)
    targets = targets[:, explaining_channels(targets.relu(), last.out_channels)]
    mean, aim, scale = patches.mean(0), targets.mean(0), targets.relu().mean(0).clamp_min(1e-3)
    weight = widening = least_squares(patches - mean, targets - aim)
    for half in narrowing:
        narrow, widening = factors(weight, patches - mean, half.out_channels)
        half.weight.copy_(narrow.view_as(half.weight))
        weight = widening @ narrow
    last.weight.copy_((widening / scale[:, None]).view_as(last.weight))
    last.bias.copy_((aim - weight @ mean) / scale)


def factors(weight: Tensor, samples: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The `(rank, C)` and `(D, rank)` matrices whose product comes nearest to `weight`, `(D, C)`, on `(N, C)` samples.

    What is between them has a standard deviation of 1.
    """
    predicted = samples @ weight.T
    directions = torch.linalg.eigh(predicted.T @ predicted).eigenvectors[:, -rank:]
    spread = (predicted @ directions).std(0).clamp_min(1e-6)
    return (directions.T @ weight) / spread[:, None], directions * spread


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


def _samples(received: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """At every n-th position, the 3x3 patches of `received`, `(N, 9 C)`, and the channels of `wanted`, `(N, D)`."""
    step = max(1, wanted[:, 0].numel() // _POSITIONS) | 1
    patches = [unfold(one[None], 3, padding=1)[0, :, ::step].T for one in received]
    return torch.cat(patches), torch.cat([one.flatten(1)[:, ::step].T for one in wanted])
