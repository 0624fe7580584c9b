"""Checkpoints: the whole state of a computation in one file, from which it goes on exactly."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylize_engine.devices import memory_errors_named
from stylize_engine.errors import CheckpointError, ConfigurationError, DamagedCheckpointError, OutOfMemoryError
from stylize_engine.outputs import unfinished


def identity_of(settings: Mapping[str, Any]) -> str:
    """What must be the same for a checkpoint to go on exactly, as text that can be compared."""
    return json.dumps(settings, sort_keys=True)


def _differing(found: str, wanted: str) -> str:
    """The names of what two identities differ in."""
    before, now = json.loads(found), json.loads(wanted)
    return ", ".join(sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name)))


def digest_of(tensors: Iterable[Tensor]) -> str:
    """What tells tensors, such as weights, from others, whatever file they come from."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(str(tuple(tensor.shape)).encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def save_checkpoint(path: str | os.PathLike, identity: str, state: Mapping[str, Any]) -> None:
    """Write tensors, numbers, texts, lists and tables of them; the file appears whole or the older one stays.

    Raises `CheckpointError` where the file cannot be written, as on a full disk.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished(path) as part, part.open("wb") as file:
            torch.save({"identity": identity, **state}, file)
    except (OSError, RuntimeError) as error:
        reason = _disk_error(error)
        raise CheckpointError(f"The checkpoint {path} cannot be written ({reason}); make room there.") from error


def _disk_error(error: BaseException) -> str:
    """Why the disk did not take what torch writes: a `RuntimeError` of torch hides the reason of the file beneath."""
    beneath: BaseException | None = error
    while beneath is not None:
        if isinstance(beneath, OSError) and beneath.strerror:
            return beneath.strerror
        beneath = beneath.__context__
    return str(error)


def check_replaceable(path: str | os.PathLike) -> None:
    """Make sure that a checkpoint may be written to `path`: nothing is there, or another checkpoint.

    Raises `CheckpointError` where a file of something else is.
    """
    if os.path.exists(path) and not _is_checkpoint(path):
        message = f"{path} is no checkpoint, and would be replaced by one; remove it or choose another name."
        raise CheckpointError(message)


def _is_checkpoint(path: str | os.PathLike) -> bool:
    if not os.path.isfile(path):
        return False
    try:
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)  # what it holds is not read
    except Exception:  # see `load_checkpoint`
        return False
    return isinstance(found, dict) and "identity" in found


def load_checkpoint(path: str | os.PathLike, identity: str) -> dict[str, Any]:
    """The state written by `save_checkpoint`, its tensors on the processor; nothing in the file is ever executed.

    Raises `DamagedCheckpointError` for a file that is damaged or no checkpoint, `ConfigurationError` naming `resume`
    for one of another computation, and `CheckpointError` or `OutOfMemoryError` where the disk or the memory fails while
    the file may be whole.
    """
    try:
        # Opened here, for what torch opens itself it reads in a way that tells a failing disk from no other error.
        with open(path, "rb") as file, memory_errors_named(f"free some of it to go on from the checkpoint {path}"):
            state = torch.load(file, map_location="cpu", weights_only=True)
            found = state.pop("identity")
    except OutOfMemoryError:
        raise
    except Exception as error:  # bytes that are no checkpoint make torch stumble in any way there is
        # One that ends early even makes it look for bytes before the first, which is an "invalid argument".
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            reason = error.strerror or error
            raise CheckpointError(f"The checkpoint {path} cannot be read ({reason}); make it readable.") from error
        raise DamagedCheckpointError(
            f"The checkpoint {path} cannot be read, for it is damaged; remove it to start again."
        ) from error
    if found != identity:
        others = _differing(found, identity)
        message = (
            f"{path} belongs to other settings or pictures ({others}); give the same, or remove it to start again."
        )
        raise ConfigurationError("resume", message)
    return state


def moved(state: Any, device: torch.device) -> Any:
    """A state, or a part of it, with its tensors on `device`."""
    if isinstance(state, dict):
        return {name: moved(value, device) for name, value in state.items()}
    if isinstance(state, list):
        return [moved(value, device) for value in state]
    return state.to(device) if isinstance(state, Tensor) else state
