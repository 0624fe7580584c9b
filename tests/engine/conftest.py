"""Small pictures and an untrained teacher, for the tests."""

import urllib.request
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from stylize_engine.config import Architecture
from stylize_engine.experiments import Grid
from stylize_engine.extractors import build_extractor
from stylize_engine.layers import EXTRACTORS
from stylize_engine.networks import save_network
from stylize_engine.topologies import build_network
from stylize_engine.transformer_net import TransformerNet
from tests.engine.gatys_settings import LAYERS, config


def save_picture(path, seed, size=(48, 40)):
    """A picture of coarse coloured blotches."""
    colours = np.random.default_rng(seed).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(colours).resize(size, Image.Resampling.BICUBIC).save(path)


def make_picture_directories(folder):
    """Two directories of three pictures each."""
    for seed in range(3):
        save_picture(folder / "photos" / f"{seed}.png", seed)
        save_picture(folder / "styles" / f"{seed}.png", 10 + seed)
    return folder / "photos", folder / "styles"


@pytest.fixture
def picture_directories(tmp_path):
    return make_picture_directories(tmp_path)


@pytest.fixture
def model(tmp_path):
    """The file of a tiny untrained network of two styles."""
    torch.manual_seed(0)
    network = TransformerNet(Architecture(fold=2, widths=(4, 8), blocks=1), 2)
    save_network(tmp_path / "model.safetensors", network, ["wave", "scream"], {})
    return tmp_path / "model.safetensors"


@pytest.fixture
def empty_cache(tmp_path, monkeypatch):
    """torch's cache in a directory of this test, and no way to the network."""
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    # urllib remembers the proxies of its first request.
    monkeypatch.setattr(urllib.request, "_opener", None)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    return tmp_path / "hub" / "checkpoints"


@pytest.fixture(scope="session")
def teacher_file(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("teacher") / "vgg16.safetensors"
    save_file(build_network("vgg16", ("relu3_3",)).state_dict(), path)
    return path


@pytest.fixture(scope="session")
def teacher(teacher_file):
    return build_extractor("vgg16", EXTRACTORS["slim"].names, weights_path=teacher_file)


@pytest.fixture(scope="session")
def extractor():
    """As the default recipe's, but no deeper than two layers."""
    return build_extractor("slim", LAYERS)


@pytest.fixture(scope="session")
def content():
    """A bright disc on a dark ground, 48 x 64."""
    down, across = torch.meshgrid(torch.arange(48), torch.arange(64), indexing="ij")
    disc = ((down - 24) ** 2 + (across - 32) ** 2 < 200).float()
    return torch.stack([0.2 + 0.6 * disc, 0.3 + 0.3 * disc, 0.5 - 0.2 * disc])[None]


@pytest.fixture(scope="session")
def style():
    """Oblique stripes, 64 x 64."""
    down, across = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    return torch.stack([0.5 + 0.4 * torch.sin((down + k * across) / 3) for k in (1, 2, -1)])[None]


@pytest.fixture
def grid(picture_directories, tmp_path):
    photos, styles = picture_directories
    varied = {"style_weight": [20.0, 200.0], "content_layers": [("relu2_1",), ("relu1_2", "relu2_1")]}
    base = replace(config(num_steps=2), extractor="slim")
    return Grid(base, varied, photos / "0.png", (styles / "0.png",), tmp_path / "grid")
