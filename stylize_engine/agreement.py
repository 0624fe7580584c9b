"""How far a student's verdict on a picture under way is from its teacher's.

A search follows the gradient of how far a picture's Gram matrices are from the painting's. The better the picture, the
smaller that distance: what is left of it hardly shows in the matrices themselves. So the student is trained on the
differences of Gram matrices and on the gradient as well (Sobolev training, Czarnecki et al., NeurIPS 2017).
"""

from typing import NamedTuple

import torch
from torch import Tensor

from stylize_engine.extractors import Extractor
from stylize_engine.images import pyramid
from stylize_engine.iterates import Iterate
from stylize_engine.losses import content_loss, gram_matrix, relative_distance
from stylize_engine.slim import LAYERS, Student

PYRAMID_LEVELS = 3
CONTENT_LAYER = "relu3_2"
# A difference of Gram matrices below this share of their norm is one of rounding.
SMALLEST_DIFFERENCE = 0.01


class Verdict(NamedTuple):
    """What the teacher finds in an `Iterate`.

    `activations` are those of the picture, level by level. `differences` are Gram matrices of the picture minus those
    of the painting, `(1, C, C)`, and `norms` squared norms of the painting's, for all layers of all levels. `variance`
    is that of the photo's content features. `gradient` is that of the loss with respect to the picture.
    """

    activations: list[dict[str, Tensor]]
    differences: list[Tensor]
    norms: list[Tensor]
    variance: Tensor
    gradient: Tensor


def teachers_verdict(teacher: Extractor, iterate: Iterate) -> Verdict:
    """The loss is that of a search, over all layers of `slim` and without smoothness, which needs no network."""
    picture = iterate.picture.detach().requires_grad_()
    activations = [teacher(level) for level in pyramid(picture, PYRAMID_LEVELS)]
    with torch.no_grad():
        photo = teacher(iterate.photo)[CONTENT_LAYER]
        targets = [
            gram_matrix(layer)
            for layer in _in_a_row([teacher(level) for level in pyramid(iterate.painting, PYRAMID_LEVELS)])
        ]
    grams = [gram_matrix(layer) for layer in _in_a_row(activations)]
    style = torch.stack([relative_distance(*pair) for pair in zip(grams, targets, strict=True)]).mean()
    loss = iterate.style_weight * style + content_loss(activations[0][CONTENT_LAYER], photo)
    (gradient,) = torch.autograd.grad(loss, picture)
    return Verdict(
        [{name: layer.detach() for name, layer in level.items()} for level in activations],
        [(gram - target).detach() for gram, target in zip(grams, targets, strict=True)],
        [target.square().sum() for target in targets],
        photo.float().var(unbiased=False),
        gradient,
    )


def agreement_losses(
    student: Student, activations: list[dict[str, Tensor]], iterate: Iterate, verdict: Verdict
) -> tuple[Tensor, Tensor]:
    """How far the student is from the teacher's differences, the mean over layers and levels, and from its gradient.

    Takes the student's activations of the picture, which requires gradients, level by level. Both are distances
    relative to the teacher's norm: 0 is agreement, 1 is what a student that sees nothing gets.
    """
    paintings = [student(level) for level in pyramid(iterate.painting, PYRAMID_LEVELS)]
    photo = student(iterate.photo)[CONTENT_LAYER]
    with torch.autocast(photo.device.type, enabled=False):
        pairs = zip(_in_a_row(activations), _in_a_row(paintings), strict=True)
        differences = [_gram_matrix(own) - _gram_matrix(aim) for own, aim in pairs]
        projections = [student.projections[name] for name in LAYERS] * PYRAMID_LEVELS
        missed = [
            (projection @ own @ projection.T - theirs).square().sum()
            / (theirs.square().sum() + SMALLEST_DIFFERENCE**2 * norm)
            for projection, own, theirs, norm in zip(
                projections, differences, verdict.differences, verdict.norms, strict=True
            )
        ]
        style = torch.stack([
            _projected_norm(projection, own) / norm
            for projection, own, norm in zip(projections, differences, verdict.norms, strict=True)
        ]).mean()  # fmt: skip
        moved = (activations[0][CONTENT_LAYER].float() - photo.float()).permute(0, 2, 3, 1).flatten(0, 2)
        seen = moved @ student.projections[CONTENT_LAYER].T
        loss = iterate.style_weight * style + seen.square().mean() / verdict.variance
        (gradient,) = torch.autograd.grad(loss, iterate.picture, create_graph=True)
        slope = (gradient - verdict.gradient).square().sum() / verdict.gradient.square().sum()
        return torch.stack(missed).clamp_min(1e-6).sqrt().mean(), slope.clamp_min(1e-6).sqrt()


def _in_a_row(levels: list[dict[str, Tensor]]) -> list[Tensor]:
    return [level[name] for level in levels for name in LAYERS]


def _gram_matrix(features: Tensor) -> Tensor:
    """`losses.gram_matrix` in float32, for gradients of gradients."""
    positions = features.float().permute(0, 2, 3, 1).flatten(1, 2)
    return positions.transpose(1, 2) @ positions / positions.shape[1]


def _projected_norm(projection: Tensor, difference: Tensor) -> Tensor:
    """`|P D P^T|^2 = tr(M D M D)` with `M = P^T P`, at the student's width."""
    turned = projection.T @ projection @ difference
    return (turned * turned.transpose(1, 2)).sum()
