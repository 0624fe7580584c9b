"""Adam (Kingma and Ba, ICLR 2015), to the last bit what `torch.optim.Adam` computes on a processor.

To make one of torch's own optimizers imports torch's compiler: seconds before the first step, and 150 MB, in every
command and worker that learns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

EPSILON = 1e-8
MOMENTS = ("exp_avg", "exp_avg_sq")


class Adam:
    """Moves the `params` of each group by the group's `lr`, which the caller sets before each step; by `scale` times as
    much where a group has one, a tensor that broadcasts with each of its params.

    `state` holds, for each parameter that has been moved, how often and its two moments. They are named as torch names
    them, so that checkpoints written with torch's optimizer fit.
    """

    def __init__(self, groups: Sequence[dict[str, Any]], betas: tuple[float, float]):
        self.param_groups, self.betas = list(groups), betas
        self.state: dict[Tensor, dict[str, Any]] = {}

    @property
    def parameters(self) -> list[Tensor]:
        """All that is moved, group by group."""
        return [parameter for group in self.param_groups for parameter in group["params"]]

    def zero_grad(self) -> None:
        """Forget the gradients of the last step."""
        for parameter in self.parameters:
            parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group["lr"], group.get("scale"))

    def _move(self, parameter: Tensor, rate: float, scale: Tensor | None) -> None:
        if parameter not in self.state:
            moments = {name: torch.zeros_like(parameter) for name in MOMENTS}
            self.state[parameter] = {"step": 0, **moments}
        state = self.state[parameter]
        state["step"] += 1
        gradient, (first_decay, second_decay) = parameter.grad, self.betas
        state["exp_avg"].lerp_(gradient, 1 - first_decay)
        state["exp_avg_sq"].mul_(second_decay).addcmul_(gradient, gradient, value=1 - second_decay)
        # Both moments began at 0, which the first steps make up for.
        unbiased = (1 - second_decay ** state["step"]) ** 0.5
        deviation = (state["exp_avg_sq"].sqrt() / unbiased).add_(EPSILON)
        direction = state["exp_avg"] if scale is None else state["exp_avg"] * scale
        parameter.addcdiv_(direction, deviation, value=-rate / (1 - first_decay ** state["step"]))

    def state_dict(self) -> dict[str, Any]:
        """All that the next step depends on but for the rates, by the places of the parameters."""
        return {"state": {place: self.state[one] for place, one in enumerate(self.parameters) if one in self.state}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over what `state_dict` gave, moved to where the parameters are."""
        parameters = self.parameters
        self.state = {
            parameters[place]: {
                "step": int(found["step"]),
                **{name: found[name].to(parameters[place]) for name in MOMENTS},
            }
            for place, found in state["state"].items()
        }
