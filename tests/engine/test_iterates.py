import copy

import numpy as np
import pytest
import torch

from stylize_engine.datasets import PictureDirectory
from stylize_engine.iterates import MOMENTS, Iterates
from stylize_engine.slim import LAYERS
from stylize_engine.topologies import build_network


@pytest.fixture
def network():
    torch.manual_seed(0)
    return build_network("slim", LAYERS)


@pytest.fixture
def iterates(picture_directories, monkeypatch):
    monkeypatch.setattr("stylize_engine.iterates.STEPS", (3, 3))
    photos, styles = (PictureDirectory(directory, "photos", short_edge=64) for directory in picture_directories)
    random = np.random.default_rng(0)
    return Iterates(random, photos, styles, size=32, count=2, precision="fp32", device=torch.device("cpu"))


def test_a_painting_is_kept_at_several_moments_on_its_way_from_the_photo(iterates, network):
    before = copy.deepcopy(network.state_dict())
    iterates.paint(network)
    (painting,) = iterates.paintings
    moments = painting["pictures"].float()
    assert len(moments) == len(MOMENTS)
    distances = (moments - painting["photo"].float()).square().mean((1, 2, 3))
    assert 0 < distances[0] < distances[-1]
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert all(parameter.requires_grad for parameter in network.parameters())


def test_the_oldest_painting_makes_room(iterates, network):
    for _ in range(3):
        iterates.paint(network)
    kept = iterates.paintings
    iterates.paint(network)
    assert len(iterates.paintings) == 2
    assert iterates.paintings[0] is kept[1]


def test_one_is_chosen_with_its_photo_and_painting_at_its_size(iterates, network):
    iterates.paint(network)
    chosen = iterates.choose()
    assert chosen.picture.shape == chosen.photo.shape == chosen.painting.shape
    assert chosen.picture.dtype == torch.float32
    assert 30 < chosen.style_weight < 510
