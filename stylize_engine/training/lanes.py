"""Pictures side by side on a processor, each on cores of its own.

Cores that share every convolution of a small picture wait for one another longer than they compute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

if TYPE_CHECKING:
    from stylize_engine.training.crops import Batch

Item, Result = TypeVar("Item"), TypeVar("Result")
Losses = Callable[["Batch"], dict[str, Tensor]]
# Where a thread cannot be started, those that could do not wait for it for ever.
START_SECONDS = 60
TINY = torch.finfo(torch.float32).tiny


class Lanes:
    """Does up to `count` things at once, torch's threads divided among them."""

    def __init__(self, count: int):
        self.count = count
        if count > 1:
            self._pool = ThreadPoolExecutor(count, thread_name_prefix="lane")
            self._divide_threads()

    def _divide_threads(self) -> None:
        threads, all_there = torch.get_num_threads(), Barrier(self.count, timeout=START_SECONDS)

        def begin(_: int) -> None:
            torch.get_num_threads()  # a thread is given its number when it first asks: later would undo what is set
            torch.set_num_threads(max(1, threads // self.count))
            all_there.wait()

        list(self._pool.map(begin, range(self.count)))
        # Each keeps its own, but threads that start later are given the number that any thread has set last.
        torch.set_num_threads(threads)

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """`function` of each item, in their order; it sets such modes of torch as `no_grad` itself."""
        if self.count == 1 or len(items) == 1:
            return [function(item) for item in items]
        running = [self._pool.submit(function, item) for item in items]
        wait(running)  # also where one has failed: the others' memory is free when that is told
        return [done.result() for done in running]

    def descend(self, losses: Losses, batch: Batch, parameters: Sequence[Tensor]) -> dict[str, Tensor]:
        """Losses of the batch, as the function `losses` finds them; the gradients of their total are left in
        `parameters`, which must have none."""
        shares = batch.split(self.count)
        if len(shares) == 1:
            found = losses(batch)
            found["total"].backward()
            return found
        descend = partial(_descend_share, losses, batch, parameters)
        parts, gradients = zip(*self.map(descend, shares), strict=True)
        for parameter, *found in zip(parameters, *gradients, strict=True):
            parameter.grad = torch.stack(found).sum(0)
        return {name: torch.stack([part[name] for part in parts]).sum(0) for name in parts[0]}


def _descend_share(
    losses: Losses, batch: Batch, parameters: Sequence[Tensor], share: Batch
) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
    """What a share adds to the losses and gradients of its batch."""
    found, part = losses(share), len(share.photos) / len(batch.photos)
    # Layers' style losses are means weighted by the square of each picture's strength.
    weight = share.strengths.square().sum() / batch.strengths.square().sum().clamp_min(TINY)
    gradients = torch.autograd.grad(found["total"] * part, parameters)
    parts = {name: value.detach() * (weight if name.startswith("style ") else part) for name, value in found.items()}
    return parts, gradients


def lanes_for(batch_size: int, device: torch.device, processes: int) -> int:
    """As many lanes as there are pictures or cores, whichever is less; one where batches go to a GPU, or where several
    processes add up their gradients and share the cores already."""
    return min(batch_size, torch.get_num_threads()) if device.type == "cpu" and processes == 1 else 1
