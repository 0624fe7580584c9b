"""The pictures of a batch side by side on a processor, each on cores of its own.

Cores that share every convolution of a small picture wait for one another longer than they compute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import torch
from torch import Tensor

from stylize_engine.training.crops import Batch

Losses = Callable[[Batch], dict[str, Tensor]]


class Lanes:
    """Goes through batches in up to `count` shares at once, torch's threads divided among them."""

    def __init__(self, count: int):
        self._count = count
        if count > 1:
            self._pool = ThreadPoolExecutor(count, thread_name_prefix="lane")
            self._divide_threads()

    def _divide_threads(self) -> None:
        threads, all_there = torch.get_num_threads(), Barrier(self._count)

        def begin(_: int) -> None:
            torch.get_num_threads()  # a thread that has never asked would ask later, and undo what is set here
            torch.set_num_threads(max(1, threads // self._count))
            all_there.wait()

        list(self._pool.map(begin, range(self._count)))
        # A thread's number is its own, but the last one that was set is also what threads of others would begin with.
        torch.set_num_threads(threads)

    def descend(self, losses: Losses, batch: Batch, parameters: Sequence[Tensor]) -> dict[str, Tensor]:
        """Means over the batch of `losses`, a function of it; the gradients of their total are left in `parameters`."""
        shares = batch.split(self._count)
        if len(shares) == 1:
            found = losses(batch)
            found["total"].backward()
            return found

        def descend_share(share: Batch) -> tuple[dict[str, Tensor], tuple[Tensor, ...]]:
            found, part = losses(share), len(share.photos) / len(batch.photos)
            gradients = torch.autograd.grad(found["total"] * part, parameters)
            return {name: value.detach() * part for name, value in found.items()}, gradients

        parts, gradients = zip(*self._pool.map(descend_share, shares), strict=True)
        for parameter, *found in zip(parameters, *gradients, strict=True):
            parameter.grad = torch.stack(found).sum(0)
        return {name: torch.stack([part[name] for part in parts]).sum(0) for name in parts[0]}


def lanes_for(batch_size: int, device: torch.device, processes: int) -> int:
    """As many lanes as there are pictures or cores, whichever is less; one where batches go to a GPU, or where several
    processes add up their gradients and share the cores already."""
    return min(batch_size, torch.get_num_threads()) if device.type == "cpu" and processes == 1 else 1
