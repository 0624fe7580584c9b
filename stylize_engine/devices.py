"""Where to compute and how precisely; decided by looking and measuring, never by a table of processors."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import torch
from torch.nn.functional import conv2d

from stylize_engine.config import PRECISIONS
from stylize_engine.errors import ConfigurationError, DeviceUnavailableError, OutOfMemoryError

# bf16 costs some accuracy, so it has to be this much faster to be worth it.
_WORTHWHILE = 0.9
_PROBE_ROUNDS = 12
# Channels and edge of the convolution that is timed. A GPU is done with a small one sooner than it is launched, which
# takes either type as long.
_PROBED = {"cpu": (32, 160), "cuda": (256, 256)}
# What a RuntimeError says where memory ran out: torch's own on a CPU, and those of CUDA, cuBLAS and cuDNN.
_MEMORY_MESSAGES = ("can't allocate memory", "not enough memory", "out of memory", "ALLOC_FAILED", "ALLOCATION_FAILED")


def resolve_device(name: str = "auto") -> torch.device:
    """The device of that name: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:N".

    Raises `ConfigurationError` for any other name and `DeviceUnavailableError` for a device this machine lacks.
    """
    kind, _, index = name.partition(":")
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", name, re.ASCII):
        raise ConfigurationError("device", f"device is {name!r}; choose auto, cpu, cuda or cuda:N.")
    count = torch.cuda.device_count() if kind != "cpu" and torch.cuda.is_available() else 0
    if kind == "cpu" or (kind == "auto" and not count):
        return torch.device("cpu")
    if not count:
        raise DeviceUnavailableError("There is no CUDA device that torch can use; choose auto or cpu.")
    if index and int(index) >= count:
        raise DeviceUnavailableError(f"There is no device {name}; the last one is cuda:{count - 1}.")
    # With its index, as tensors name their device.
    return torch.device("cuda", int(index or torch.cuda.current_device()))


def resolve_precision(name: str, device: torch.device) -> torch.dtype:
    """The type convolutions compute in: "fp32", "bf16", or for "auto" whichever is faster on `device`.

    That is measured once in a process (a fraction of a second) on one convolution, forwards and backwards. On CUDA,
    torch's own settings say whether convolutions of "fp32" may use TF32, which they do unless they were changed.
    """
    if name not in PRECISIONS:
        raise ConfigurationError("precision", f"precision is {name!r}; choose one of: {', '.join(PRECISIONS)}.")
    if name == "auto":
        return torch.bfloat16 if _bf16_is_faster(device) else torch.float32
    return {"fp32": torch.float32, "bf16": torch.bfloat16}[name]


def autocast(device: torch.device, precision: torch.dtype) -> torch.autocast:
    """Within it, convolutions on `device` compute in `precision`; in float32 they do as they would without."""
    return torch.autocast(device.type, precision, enabled=precision != torch.float32)


@cache
def _bf16_is_faster(device: torch.device) -> bool:
    try:
        single, half = (_convolution(device, dtype) for dtype in (torch.float32, torch.bfloat16))
        # By turns, so that another program's burst hits both; where bf16 is emulated, a few rounds settle it.
        seconds = [(_seconds(single, device), _seconds(half, device)) for _ in range(_PROBE_ROUNDS // 3)]
        while len(seconds) < _PROBE_ROUNDS and min(slow for _, slow in seconds) < 3 * min(full for full, _ in seconds):
            seconds.append((_seconds(single, device), _seconds(half, device)))
    except torch.OutOfMemoryError:  # for now: what is free tells nothing about speed
        raise
    except RuntimeError:  # a backend without bf16 kernels
        return False
    best_single, best_half = (min(column) for column in zip(*seconds, strict=True))
    return best_half < _WORTHWHILE * best_single


def _convolution(device: torch.device, dtype: torch.dtype) -> Callable[[], None]:
    """A convolution, forwards and backwards, whatever mode torch is in."""
    layout = {"device": device, "dtype": dtype}
    channels, edge = _PROBED[device.type]
    with torch.inference_mode(False):
        x = torch.ones(1, channels, edge, edge, **layout).to(memory_format=torch.channels_last).requires_grad_()
        weight = torch.ones(channels, channels, 3, 3, **layout).to(memory_format=torch.channels_last)

    def convolve() -> None:
        with torch.inference_mode(False), torch.enable_grad():
            torch.autograd.grad(conv2d(x, weight, padding=1).sum(), x)

    return convolve


def _seconds(action: Callable[[], None], device: torch.device) -> float:
    synchronize = torch.get_device_module(device).synchronize
    synchronize(device)  # what a GPU was asked for before does not count
    started = time.perf_counter()
    action()
    synchronize(device)
    return time.perf_counter() - started


def free_memory(device: torch.device) -> int:
    """Bytes that a computation on `device` may still take; on a CPU, the container's limit counts too."""
    if device.type == "cuda":
        # CUDA takes for used what torch keeps for tensors to come.
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return torch.cuda.mem_get_info(device)[0] + kept
    return max(0, min(_available_memory(), _container_memory()))


def _available_memory() -> float:
    try:
        return 1024 * _read_table(Path("/proc/meminfo"))["MemAvailable:"]
    except (OSError, KeyError):  # not Linux: what is installed is the best that the standard library tells
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _container_memory(root: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> float:
    """What the control group of this process and those around it still allow, in bytes, infinite without a limit; file
    layout of version 2, and of 1."""
    groups = _own_groups(own)
    return min(
        math.inf,
        *(_allowed(root / path, "memory.max", "memory.current") for path in groups[""]),
        *(
            _allowed(root / "memory" / path, "memory.limit_in_bytes", "memory.usage_in_bytes")
            for path in groups["memory"]
        ),
    )


def _own_groups(own: Path) -> dict[str, list[Path]]:
    """The control groups that hold this process, by controller ("" in version 2): its own, then those around it. A
    container sees its own as the root."""
    groups = {"": [Path()], "memory": [Path()]}
    with suppress(OSError):
        for line in own.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            for name in groups.keys() & set(controllers.split(",")):
                inner = Path(path.lstrip("/"))
                groups[name] = [inner, *inner.parents]
    return groups


def _allowed(folder: Path, limit: str, used: str) -> float:
    try:
        allowed = int((folder / limit).read_text()) - int((folder / used).read_text())
        # Cached files count as used although the kernel gives them up whenever a program needs the room.
        return allowed + _read_table(folder / "memory.stat")["inactive_file"]
    except (OSError, ValueError, KeyError):  # no such version, or the limit is "max"
        return math.inf


def _read_table(path: Path) -> dict[str, int]:
    """Lines of a name and a number, as the kernel writes them."""
    return {line.split()[0]: int(line.split()[1]) for line in path.read_text().splitlines()}


@contextmanager
def memory_errors_named(
    advice: str = "choose a smaller image_size, the adam optimizer or a smaller extractor",
) -> Iterator[None]:
    """Turns torch's and Python's ways of saying that memory ran out into `OutOfMemoryError`, with `advice`."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        named = isinstance(error, (MemoryError, torch.OutOfMemoryError))
        if not named and not any(words in str(error) for words in _MEMORY_MESSAGES):
            raise
        raise OutOfMemoryError(f"The memory is too small for this; {advice}.") from error
