"""Finds, checks and reads the weights of the extractors.

Files are safetensors, or torchvision's `.pth` read with `weights_only=True`: nothing in them is ever executed.
"""

import os
import warnings
from pathlib import Path
from urllib.error import URLError

import torch
from safetensors.torch import load_file
from torch import Tensor

from stylize_engine.errors import WeightsMismatchError, WeightsNotFoundError
from stylize_engine.layers import EXTRACTORS
from stylize_engine.topologies import build_network

SLIM_WEIGHTS = Path(__file__).parent / "weights" / "slim.safetensors"
TORCHVISION_WEIGHTS = {
    "vgg16": "VGG16_Weights",
    "vgg19": "VGG19_Weights",
    "alexnet": "AlexNet_Weights",
    "resnet50": "ResNet50_Weights",
}
# The names torchvision gives those files, so that looking for one does not import torchvision.
TORCHVISION_FILES = {
    "vgg16": "vgg16-397923af.pth",
    "vgg19": "vgg19-dcbb9e9d.pth",
    "alexnet": "alexnet-owt-7be5be79.pth",
    "resnet50": "resnet50-0676ba61.pth",
}


def load_weights(
    extractor: str, path: str | os.PathLike | None = None, layers: tuple[str, ...] | None = None
) -> dict[str, Tensor]:
    """The float32 tensors that `extractor` needs to reach the deepest of `layers` (default: all it offers).

    With a path, that file; else the weights that ship (`slim`), else torchvision's cache, else torchvision's own
    download, once, with a progress bar on stderr. A file may hold more than is needed, or stop at the depth asked for.
    Keys are torchvision's.

    Raises `WeightsNotFoundError` where there is no file and none can be had, and `WeightsMismatchError` where a file
    is damaged or lacks a tensor of the right shape and of finite numbers; the first such tensor is named.
    """
    layers = layers or EXTRACTORS[extractor].names
    path = Path(path) if path is not None else find_weights(extractor)
    with torch.device("meta"):
        expected = build_network(extractor, layers).state_dict()
    return select_tensors(read_tensors(path), expected, path, extractor)


def weights_available(extractor: str) -> bool:
    """Whether the weights are on this machine already, so that `load_weights` will not download."""
    return _local_path(extractor).is_file()


def read_tensors(path: Path) -> dict[str, Tensor]:
    """All tensors of a safetensors or `.pth` file; raises as `load_weights` does."""
    if not os.path.isfile(path):
        raise WeightsNotFoundError(f"There is no weights file {path}; check the path.")
    try:
        found = load_file(path) if path.suffix == ".safetensors" else _read_pickle_of_tensors(path)
    except OSError as error:
        raise WeightsNotFoundError(f"The weights file {path} cannot be read: {error.strerror}.") from error
    except Exception as error:  # bytes that are no pickle make its reader stumble in any way there is
        raise WeightsMismatchError(
            f"{path} is damaged or no weights file; give .safetensors, or .pth with tensors only."
        ) from error
    if not isinstance(found, dict):
        raise WeightsMismatchError(f"{path} holds no table of tensors; give the state_dict of a network.")
    return {name: value for name, value in found.items() if isinstance(value, Tensor)}


def _read_pickle_of_tensors(path: Path) -> dict[str, Tensor]:
    with warnings.catch_warnings():
        # Old files of torchvision make torch warn about their storage format, which the reader can do nothing about.
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True)


def select_tensors(
    found: dict[str, Tensor], expected: dict[str, Tensor], path: Path, extractor: str
) -> dict[str, Tensor]:
    """Those of the tensors `found` in `path` that a network `expects`, in float32; raises `WeightsMismatchError`."""
    for name, wanted in expected.items():
        if name.endswith("num_batches_tracked"):
            continue
        if name not in found:
            raise WeightsMismatchError(f"{path} has no tensor {name}; it holds no weights of {extractor} this deep.")
        if found[name].shape != wanted.shape:
            raise WeightsMismatchError(
                f"{path}: {name} has shape {tuple(found[name].shape)} where {extractor} needs {tuple(wanted.shape)}."
            )
        if not found[name].float().isfinite().all():
            raise WeightsMismatchError(f"{path}: {name} holds numbers that are not finite; download or make it again.")
    # Files older than `num_batches_tracked` lack it, and inference does not use it.
    return {name: found[name].float() if name in found else torch.tensor(0) for name in expected}


def _local_path(extractor: str) -> Path:
    if extractor == "slim":
        return SLIM_WEIGHTS
    return Path(torch.hub.get_dir()) / "checkpoints" / TORCHVISION_FILES[extractor]


def find_weights(extractor: str) -> Path:
    path = _local_path(extractor)
    if path.is_file():
        return path
    if extractor == "slim":
        raise WeightsNotFoundError(f"{path}, which belongs to this package, is missing; install the package again.")
    import torchvision.models

    url = getattr(torchvision.models, TORCHVISION_WEIGHTS[extractor]).IMAGENET1K_V1.url
    try:
        torch.hub.load_state_dict_from_url(url, map_location="cpu", progress=True, weights_only=True, check_hash=True)
    except (URLError, OSError, RuntimeError) as error:
        raise WeightsNotFoundError(
            f"The weights of {extractor} are not on this machine and could not be downloaded. "
            f"Get {url} elsewhere and save it as {path}, or give the path of a weights file."
        ) from error
    return path
