"""Trained styles as the engine takes them; networks stay in memory, so that the next picture starts at once."""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor

from gallery.models import StyleModel
from stylize_engine.networks import LoadedNetwork, load_network

_load_network = lru_cache(maxsize=4)(load_network)


def network_for(models: Iterable[StyleModel]) -> LoadedNetwork:
    """The network that trained styles share, each of them by its slug."""
    models = list(models)
    loaded = _load_network(models[0].network.file.path)
    return replace(loaded, added={model.slug: tensor_of(model.row) for model in models})


def tensor_of(row: bytes) -> Tensor:
    """A row as it stands in the database, as a tensor `(N,)`."""
    return torch.frombuffer(bytearray(row), dtype=torch.float32)


def bytes_of(row: Tensor) -> bytes:
    """A row `(N,)` as it stands in the database: float32, little-endian."""
    return row.detach().to("cpu", torch.float32).contiguous().numpy().astype("<f4").tobytes()
