"""Trained styles as the engine takes them; networks stay in memory, so that the next picture starts at once."""

import logging
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from gallery.models import StyleModel, StyleNetwork
from gallery.rendering.process import worker_name
from gallery.services.workers import note_loaded
from stylize_engine.errors import ConfigurationError, WeightsError, WeightsNotFoundError
from stylize_engine.networks import LoadedNetwork, load_network

MAX_LOADED = 4
OF_SEVERAL_NETWORKS = (
    "The gallery has got a newer network since these styles were chosen, and they can no longer be blended; choose "
    "styles of the same network."
)
logger = logging.getLogger(__name__)
_loaded: OrderedDict[str, tuple[str, LoadedNetwork]] = OrderedDict()


def network_for(models: Iterable[StyleModel]) -> LoadedNetwork:
    """The network that trained styles share, each of them by its slug.

    Raises `ConfigurationError` where they share none: bundled styles go over to a newer network as it comes, those that
    people have taught stay, and an artwork may have waited meanwhile.
    """
    models = list(models)
    if len({model.network_id for model in models}) > 1:
        raise ConfigurationError("styles", OF_SEVERAL_NETWORKS)
    loaded = _kept(models[0].network)
    return replace(loaded, added={model.slug: tensor_of(model.row) for model in models})


@contextmanager
def unreadable_named() -> Iterator[None]:
    """What the engine says of a file is for who has given it, which no visitor has."""
    try:
        yield
    except WeightsError as error:
        logger.exception("A network cannot be read.")
        raise type(error)("The network of this style cannot be read; tell an administrator.") from error


def path_of(network: StyleNetwork) -> str:
    """Where the file of a network lies. Raises `WeightsNotFoundError` where it is missing."""
    if not network.file.storage.exists(network.file.name):
        raise WeightsNotFoundError(f"The file of the network “{network.title}” is missing; tell an administrator.")
    return network.file.path


def _kept(network: StyleNetwork) -> LoadedNetwork:
    """The network from memory, or from its file; the one used longest ago makes room for it."""
    path = network.file.path
    if path not in _loaded:
        with unreadable_named():
            _loaded[path] = (network.title, load_network(path))
        while len(_loaded) > MAX_LOADED:
            _loaded.popitem(last=False)
        note_loaded(worker_name(), [title for title, _ in _loaded.values()])
    _loaded.move_to_end(path)
    return _loaded[path][1]


def tensor_of(row: bytes) -> Tensor:
    """A row as it stands in the database, as a tensor `(N,)`."""
    return torch.frombuffer(bytearray(row), dtype=torch.float32)


def bytes_of(row: Tensor) -> bytes:
    """A row `(N,)` as it stands in the database: float32, little-endian."""
    return row.detach().to("cpu", torch.float32).contiguous().numpy().astype("<f4").tobytes()
