"""The student of distillation: `slim` with a projection for each layer.

The student's activations have fewer channels than the teacher's; a linear projection P makes up for that ("linear
embedding", Wang et al., CVPR 2020). P is needed only in training. In its QR decomposition P = QR, Q's columns are
orthonormal, so `|P f - P g| = |R f - R g|` for all features, and `|P G P^T - P H P^T| = |R G R^T - R H R^T|` for all
Gram matrices. The square matrix R, baked into the student as a 1x1 readout, therefore gives the teacher's geometry at
the student's width.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from stylize_engine.extractors import Extractor, Normalization
from stylize_engine.inheritance import inherit, least_squares
from stylize_engine.layers import EXTRACTORS
from stylize_engine.topologies import SlimNetwork, slim_widths

LAYERS = EXTRACTORS["slim"].names
# Second moments need no more positions than this; shallow layers have many times as many.
_POSITIONS = 4096


class Student(nn.Module):
    """`slim` in training: its network, and for each layer a `(teacher channels, student channels)` projection."""

    def __init__(self, teacher_widths: dict[str, int]):
        super().__init__()
        self.normalize = Normalization()
        self.network = SlimNetwork(LAYERS)
        self.network.readouts.requires_grad_(False)
        self.projections = nn.ParameterDict(
            {name: torch.zeros(teacher_widths[name], width) for name, width in slim_widths().items()}
        )

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """The network's own activations, before any readout."""
        return self.network(self.normalize(image))

    @torch.no_grad()
    def begin(self, teacher: Extractor, image: Tensor, tensors: Mapping[str, Tensor] | None = None) -> None:
        """Start from the network of `tensors`, without them from one fitted to the teacher, and from the projections
        that suit it best."""
        if tensors is None:
            inherit(self.network, teacher.network, self.normalize(image))
        else:
            self.network.load_state_dict(tensors)
        targets = teacher(image)
        for name, activation in self(image).items():
            pair = (layer.permute(0, 2, 3, 1).flatten(0, 2) for layer in (activation, targets[name]))
            self.projections[name].copy_(least_squares(*pair))

    @torch.no_grad()
    def bake_readouts(self) -> None:
        """Bring the readouts up to the projections as they stand."""
        for name, projection in self.projections.items():
            self.network.readouts[name].weight.copy_(torch.linalg.qr(projection).R[:, :, None, None])


def _sample(activation: Tensor) -> Tensor:
    """Every n-th position of a `(B, C, H, W)` layer, so that at least `_POSITIONS` remain: `(B, positions, C)`."""
    positions = activation.permute(0, 2, 3, 1).flatten(1, 2)
    return positions[:, :: max(1, positions.shape[1] // _POSITIONS)]


def _moments(activations: dict[str, Tensor], targets: dict[str, Tensor]) -> dict[str, tuple[Tensor, ...]]:
    """By layer, the float32 `(B, ...)` second moments student x student, student x teacher and teacher x teacher,
    and the teacher's mean `(B, C)`.

    Products are formed in the activations' own type: matrices of this size leave room for bfloat16's rounding, and
    in float32 they would take longer than the student's convolutions.
    """
    found = {}
    for name, activation in activations.items():
        student, teacher = _sample(activation), _sample(targets[name])
        count = student.shape[1]
        pairs = ((student, student), (student, teacher), (teacher, teacher))
        products = [(left.transpose(1, 2) @ right).float() / count for left, right in pairs]
        found[name] = (*products, teacher.mean(1, dtype=torch.float32))
    return found


def imitation_losses(
    student: Student, activations: dict[str, Tensor], targets: dict[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """How far the projected student is from its teacher: in features and in Gram matrices, each the mean over layers.

    Takes `{layer: (B, C, H, W)}` of both. The features' distance is relative to the teacher's standard deviation over
    batch and space, the Gram matrices' to the teacher's norm. Distances and not their squares, so that layers and
    terms that are already good still count. Both come from second moments alone,
    `|P s - t|^2 = tr(P S P^T) - 2 tr(P C) + tr(T)`, so that the wide projected activations never exist.
    """
    features, grams = [], []
    with torch.autocast(next(iter(activations.values())).device.type, enabled=False):
        for name, (own, cross, teacher, mean) in _moments(activations, targets).items():
            projection = student.projections[name]
            projected = projection @ own @ projection.T
            power = teacher.diagonal(dim1=1, dim2=2).sum(1)
            overlap = (projection.T * cross).sum((1, 2))
            distance = projected.diagonal(dim1=1, dim2=2).sum(1) - 2 * overlap + power
            features.append((distance.mean() / (power.mean() - mean.mean(0).square().sum())).clamp_min(1e-6).sqrt())
            grams.append(((projected - teacher).square().sum((1, 2)) / teacher.square().sum((1, 2))).mean().sqrt())
    return torch.stack(features).mean(), torch.stack(grams).mean()
