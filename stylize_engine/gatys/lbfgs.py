"""L-BFGS for a picture (Liu and Nocedal, 1989), one evaluation a step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.linalg import solve_triangular

from stylize_engine.gatys.spectrum import image_spectrum, shaped

HISTORY = 20
# Of a pair whose curvature is smaller than this nothing can be learnt.
SMALLEST_CURVATURE = 1e-10
# A step that would change a value by more than this on average goes less far along its direction. The first steps know
# little of the curvature and may go a hundred times too far, and the scale is then spent on the way back.
MOST_CHANGE = 0.05


class LBFGS:
    """Steps along the quasi-Newton direction, of full length unless that is far too long, without a line search.

    The picture is searched for in the coordinates of `spectrum`; all that is kept, gradients too, is in them.

    Unlike torch's own it never reads a number back, so a GPU need not wait: a pair of no use is kept and masked where
    torch leaves it out. The direction comes from the compact form of the inverse Hessian (Byrd, Nocedal and Schnabel,
    1994, theorem 2.2), in a few products of matrices where the two-loop recursion goes through pair after pair.
    """

    def __init__(self) -> None:
        self.spectrum: Tensor | None = None
        # Pairs lie in a ring: changes of the picture and of its gradient, each (HISTORY, values).
        self.changes: Tensor | None = None
        self.gradient_changes: Tensor | None = None
        # Inner products of a change and a gradient's change, and of two changes of the gradient, by place in the ring.
        self.mixed: Tensor | None = None
        self.curved: Tensor | None = None
        self.scale: Tensor | None = None
        self.count = 0
        self.last_gradient: Tensor | None = None
        self.last_change: Tensor | None = None

    @torch.no_grad()
    def step(self, image: Tensor, gradient: Tensor, rate: float) -> None:
        """Move `image` `(1, 3, H, W)` in place by `rate` times the direction that follows from `gradient`."""
        if self.last_gradient is None:
            self._begin(gradient)
        flat = shaped(gradient, self.spectrum).flatten()
        if self.last_gradient is not None:
            self._learn(flat - self.last_gradient, self.last_change)
        change = rate * self._direction(flat)
        seen = shaped(change.view_as(image), self.spectrum)
        share = (MOST_CHANGE / seen.abs().mean()).clamp(max=1)
        image.add_(share * seen)
        self.last_gradient, self.last_change = flat, share * change

    def _begin(self, gradient: Tensor) -> None:
        self.spectrum = image_spectrum(gradient)
        first = shaped(shaped(gradient, self.spectrum), self.spectrum)
        # The first change is the gradient itself on average; only its share of large and fine is another.
        tiny = torch.finfo(gradient.dtype).tiny
        self.spectrum *= (gradient.abs().mean() / first.abs().mean().clamp_min(tiny)).sqrt()
        self.changes = gradient.new_zeros(HISTORY, gradient.numel())
        self.gradient_changes = torch.zeros_like(self.changes)
        self.mixed, self.curved = (gradient.new_zeros(HISTORY, HISTORY, dtype=torch.float64) for _ in range(2))
        self.scale = gradient.new_ones((), dtype=torch.float64)

    def _learn(self, gradient_change: Tensor, change: Tensor) -> None:
        place = self.count % HISTORY
        self.count += 1
        self.changes[place], self.gradient_changes[place] = change, gradient_change
        self.mixed[:, place] = self.changes @ gradient_change
        self.mixed[place] = self.gradient_changes @ change
        self.curved[:, place] = self.curved[place] = self.gradient_changes @ gradient_change
        curvature = self.mixed[place, place]
        scale = curvature / self.curved[place, place].clamp_min(SMALLEST_CURVATURE)
        self.scale = torch.where(curvature > SMALLEST_CURVATURE, scale, self.scale)

    def _direction(self, gradient: Tensor) -> Tensor:
        turn = -(self.count % HISTORY)  # the oldest pair first
        mixed, curved = (products.roll((turn, turn), (0, 1)) for products in (self.mixed, self.curved))
        useful = (mixed.diagonal() > SMALLEST_CURVATURE).double()
        mask = useful[:, None] * useful
        mixed, curved = mask * mixed, mask * curved
        # A pair of no use, or not yet there, is a row and a column of the unit matrix, and is multiplied by 0.
        triangle = mixed.triu() + (1 - useful).diag()
        along, against = (
            useful * (pairs @ gradient).double().roll(turn) for pairs in (self.changes, self.gradient_changes)
        )
        solved = solve_triangular(triangle, along[:, None], upper=True)[:, 0]
        right = mixed.diagonal() * solved + self.scale * (curved @ solved - against)
        shares = solve_triangular(triangle.T, right[:, None], upper=False)[:, 0]
        direction = -self.scale.to(gradient) * gradient
        for pairs, weights in ((self.changes, shares), (self.gradient_changes, -self.scale * solved)):
            direction -= (weights * useful).roll(-turn).to(gradient) @ pairs
        return direction

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on."""
        return dict(vars(self))

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave; after that of an earlier version the memory begins anew."""
        if state.keys() == vars(self).keys():
            vars(self).update(state)
