"""Files of fast networks: safetensors whose metadata hold the manifest. Nothing in them is ever executed."""

from __future__ import annotations

import contextlib
import copy
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from stylize_engine import published
from stylize_engine.config import MAX_NETWORK_STYLES, Architecture
from stylize_engine.errors import ConfigurationError, WeightsMismatchError, WeightsNotFoundError
from stylize_engine.outputs import write_whole
from stylize_engine.stages import stages_of
from stylize_engine.transformer_net import TransformerNet
from stylize_engine.weights import read_tensors

MANIFEST_KEY = "manifest"


@dataclass(frozen=True)
class LoadedNetwork:
    """A network with the names of its styles, in the order of its rows, and what its maker wrote about it.

    `added` holds rows by name that were learnt for this network and are kept elsewhere.
    """

    network: TransformerNet
    style_names: tuple[str, ...]
    manifest: Mapping[str, Any]
    added: Mapping[str, Tensor] = field(default_factory=dict)

    def row(self, style: str) -> Tensor:
        """The row of a style, see `TransformerNet`; raises `ConfigurationError` for a name it does not have."""
        if style in self.added:
            return self.added[style]
        if style not in self.style_names:
            offered = ", ".join((*self.style_names, *self.added))
            raise ConfigurationError("style", f"style {style!r} is not in this network; it has: {offered}.")
        return self.network.row(self.style_names.index(style))

    def on(self, device: torch.device) -> LoadedNetwork:
        """The same with its network on `device`: a copy, unless it is there already."""
        if all(tensor.device == device for tensor in self.network.state_dict().values()):
            return self
        return replace(self, network=copy.deepcopy(self.network).to(device))


def save_network(
    path: str | os.PathLike,
    network: TransformerNet,
    style_names: Sequence[str],
    manifest: Mapping[str, Any],
    dtype: torch.dtype = torch.float16,
) -> None:
    """Write the weights and, in their metadata, the manifest with architecture and style names; whole or not at all.

    Half precision halves the file and moves no pixel by more than rounding to 8 bits does. Raises `OutputError` where
    the file cannot be written.
    """
    manifest = {**manifest, "architecture": asdict(network.architecture), "styles": list(style_names)}
    state = {name: value for name, value in network.state_dict().items() if value.numel()}
    tensors = {name: value.to("cpu", dtype).contiguous() for name, value in state.items()}
    # Not `save_file`, whose error for a full disk does not say so.
    write_whole(Path(path), safetensors.torch.save(tensors, metadata={MANIFEST_KEY: json.dumps(manifest)}))


def load_network(path: str | os.PathLike) -> LoadedNetwork:
    """Read a network in float32, ready to paint: a file written by `save_network`, or plain weights of the network of
    pytorch/examples, whose one style is then called like the file.

    Raises `WeightsNotFoundError` where there is no file, and `WeightsMismatchError` where it is damaged, holds no fast
    network, other tensors than it should, or numbers that are not finite. A network has 1 to 64 styles, each of another
    name.
    """
    path = Path(path)
    if not os.path.isfile(path):  # which, unlike a path's own, takes what may not be looked at for absent
        raise WeightsNotFoundError(f"There is no network file {path}; check the path.")
    loaded = _load_published(path) or _load_own(path)
    if not all(tensor.isfinite().all() for tensor in loaded.network.state_dict().values()):
        raise WeightsMismatchError(f"{path} holds numbers that are not finite, and would paint black; train it anew.")
    loaded.network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
    return loaded


def _load_published(path: Path) -> LoadedNetwork | None:
    """A network of pytorch/examples, None where the file is of our own kind."""
    if path.suffix == ".safetensors":
        with contextlib.suppress(safetensors.SafetensorError, OSError), safetensors.safe_open(path, "pt") as file:
            if MANIFEST_KEY in (file.metadata() or {}):
                return None
    tensors = read_tensors(path)
    if not published.is_published(tensors):
        raise WeightsMismatchError(
            f"{path} holds no fast network; give a file that `train` has written, or weights of pytorch/examples."
        )
    return LoadedNetwork(published.network_of(tensors), (path.stem,), {"source": "pytorch/examples fast_neural_style"})


def _load_own(path: Path) -> LoadedNetwork:
    try:
        with safetensors.safe_open(path, "pt") as file:
            manifest = json.loads((file.metadata() or {})[MANIFEST_KEY])
            tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 (not a dict)
        architecture, names = Architecture(**manifest["architecture"]), _names(manifest["styles"])
    except (
        OSError, KeyError, TypeError, ValueError, RecursionError, ConfigurationError, safetensors.SafetensorError,
    ) as error:  # fmt: skip
        raise WeightsMismatchError(
            f"{path} is damaged or holds no fast network; give a file that `train` has written."
        ) from error
    try:
        network = TransformerNet(architecture, len(names), _changed_styles(tensors, names, architecture))
        tensors.setdefault("changes", network.changes.detach())  # a file without changes does not name them
        network.load_state_dict(tensors)
    except (KeyError, ValueError, RuntimeError) as error:
        raise WeightsMismatchError(f"{path} holds other tensors than its manifest promises.") from error
    return LoadedNetwork(network, names, manifest)


def _names(given: Any) -> tuple[str, ...]:
    """The names of a network's styles; raises `ValueError` unless there are enough and each is a text of its own."""
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_NETWORK_STYLES:
        raise ValueError(f"there are not 1 to {MAX_NETWORK_STYLES} names of styles")
    if not all(isinstance(name, str) and name for name in given) or len(set(given)) < len(given):
        raise ValueError("a style has no name, or the name of another")
    return tuple(given)


def _changed_styles(tensors: Mapping[str, Tensor], names: tuple[str, ...], architecture: Architecture) -> int:
    """How many styles change convolutions. Raises `ValueError` where convolutions, rows and names do not belong
    together: memory for all that a manifest promises is asked for only where the file holds it."""
    for index, stage in enumerate(stages_of(architecture)):
        if tensors[f"convolutions.{index}.weight"].shape != (stage.outputs, stage.inputs, stage.kernel, stage.kernel):
            raise ValueError("a convolution has other weights")
    width = architecture.widths[0]
    if architecture.skip and tensors["skip.weight"].shape != (width, width, 3, 3):
        raise ValueError("the convolution that skips stages has other weights")
    one = TransformerNet(architecture, 1)
    if tensors["styles"].shape != (len(names), one.row_length):
        raise ValueError("there is not one row for each style")
    changes = tensors.get("changes", one.changes)
    if changes.ndim != 2 or changes.shape[1] != one.change_length or len(changes) > len(names):
        raise ValueError("there are changes of other convolutions or of more styles than it has")
    return len(changes)
