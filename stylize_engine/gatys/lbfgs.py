"""L-BFGS for a picture (Liu and Nocedal, 1989; Nocedal and Wright, algorithm 7.4), one evaluation a step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

HISTORY = 20
# Of a pair whose curvature is smaller than this nothing can be learnt.
SMALLEST_CURVATURE = 1e-10


class LBFGS:
    """Steps of full length along the two-loop direction, without a line search.

    Unlike torch's own it never reads a number back, so a GPU need not wait: a pair of no use is kept with a weight of
    0 where torch leaves it out.
    """

    def __init__(self) -> None:
        self.changes: list[Tensor] = []
        self.gradient_changes: list[Tensor] = []
        self.weights: list[Tensor] = []
        self.scale: Tensor | None = None
        self.last_gradient: Tensor | None = None
        self.last_change: Tensor | None = None

    @torch.no_grad()
    def step(self, image: Tensor, gradient: Tensor, rate: float) -> None:
        """Move `image` in place by `rate` times the direction that follows from `gradient`."""
        if self.last_gradient is not None:
            self._learn(gradient - self.last_gradient, self.last_change)
        change = rate * self._direction(gradient)
        image.add_(change)
        self.last_gradient, self.last_change = gradient, change

    def _learn(self, gradient_change: Tensor, change: Tensor) -> None:
        curvature = _dot(gradient_change, change)
        useful = curvature > SMALLEST_CURVATURE
        weight = torch.where(useful, curvature.reciprocal(), 0)
        scale = curvature / _dot(gradient_change, gradient_change).clamp_min(SMALLEST_CURVATURE)
        self.scale = torch.where(useful, scale, 1 if self.scale is None else self.scale)
        for kept, new in (
            (self.changes, change),
            (self.gradient_changes, gradient_change),
            (self.weights, weight),
        ):
            kept.append(new)
            del kept[:-HISTORY]

    def _direction(self, gradient: Tensor) -> Tensor:
        direction, shares = -gradient, []
        pairs = list(zip(self.changes, self.gradient_changes, self.weights, strict=True))
        # In place, and with shares that stay on the device: a step of a small extractor costs little more than this.
        for change, gradient_change, weight in reversed(pairs):
            shares.append(weight * _dot(change, direction))
            direction.addcmul_(gradient_change, shares[-1], value=-1)
        if self.scale is not None:
            direction.mul_(self.scale)
        for (change, gradient_change, weight), share in zip(pairs, reversed(shares), strict=True):
            direction.addcmul_(change, share - weight * _dot(gradient_change, direction))
        return direction

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on."""
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        vars(self).update(state)


def _dot(one: Tensor, other: Tensor) -> Tensor:
    return torch.dot(one.flatten(), other.flatten())
