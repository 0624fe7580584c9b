"""Training in several processes, as `torchrun` starts them; alone, each of these does nothing."""

from __future__ import annotations

import gc
import importlib
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as processes
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from stylize_engine.devices import resolve_device
from stylize_engine.errors import DeviceUnavailableError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class World:
    """The processes that train together: `size` of them, this one being `rank`; `joined` if `join_world` made them
    meet. What is done with them stands in a `with`, at whose end they part."""

    rank: int = 0
    size: int = 1
    joined: bool = False

    @property
    def leads(self) -> bool:
        """Whether this process writes the files and tells the progress."""
        return self.rank == 0

    def distribute(self, module: nn.Module) -> nn.Module:
        """The same module, its gradients averaged over the processes (Li et al., VLDB 2020)."""
        return DistributedDataParallel(module) if self.size > 1 else module

    def mean(self, values: Tensor) -> Tensor:
        """The mean of the processes' values."""
        if self.size > 1:
            values = values.clone()
            processes.all_reduce(values)
            values /= self.size
        return values

    def gather(self, answer: Answer) -> list[Answer]:
        """The answers of all processes, by rank."""
        answers = [answer] * self.size
        if self.size > 1:
            processes.all_gather_object(answers, answer)
        return answers

    def agree(self, answer: Answer) -> Answer:
        """The first process's answer, in all of them; what the others give counts for nothing."""
        answers = [answer]
        if self.size > 1:
            processes.broadcast_object_list(answers)
        return answers[0]

    def __enter__(self) -> World:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait until all processes are done, then part: one that simply ended would take the others with it.

        After an error the others do not come here.
        """
        if kind is not None and kind is not GeneratorExit:
            return
        if self.size > 1:
            processes.barrier()
        if self.joined:
            # The threads of a group end with the last that holds it, and one that outlives Python aborts the process.
            gc.collect()  # a `DistributedDataParallel` holds itself
            processes.destroy_process_group()


def resolve_own_device(name: str) -> torch.device:
    """As `resolve_device`, but where no GPU is named, each of the processes that `torchrun` has started on a machine
    takes one of its own.

    Raises `DeviceUnavailableError` where there are fewer GPUs than processes.
    """
    device = resolve_device(name)
    if device.type != "cuda" or ":" in name or not processes.is_torchelastic_launched():
        return device
    index, count = processes.get_node_local_rank(), torch.cuda.device_count()
    if index >= count:
        raise DeviceUnavailableError(
            f"There are fewer GPUs than processes; start {count} on this machine (--nproc-per-node), or choose cpu."
        )
    return torch.device("cuda", index)


def join_world(device: torch.device) -> World:
    """The world that `torchrun` has made, gloo between processors and NCCL between GPUs; one process otherwise."""
    if not processes.is_torchelastic_launched():
        return World()
    joined, on_gpu = not processes.is_initialized(), device.type == "cuda"
    if on_gpu:
        torch.cuda.set_device(device)  # texts and answers travel by the current device
    if joined:
        # DistributedDataParallel would load it, and its functions keep for ever the group there is at that moment.
        importlib.import_module("torch.distributed.nn")
        processes.init_process_group("nccl" if on_gpu else "gloo", device_id=device if on_gpu else None)
    return World(processes.get_rank(), processes.get_world_size(), joined)
