"""Single steps of a training."""

from dataclasses import replace

import pytest
import torch

from stylize_engine.grain import GRAIN
from stylize_engine.training.distributed import World
from stylize_engine.training.state import Training
from tests.engine.training_settings import training_config


@pytest.fixture
def config(picture_directories, tmp_path):
    return training_config(picture_directories, tmp_path / "out", batch_size=1, pyramid_levels=1)


def begun(config):
    return Training(config, torch.device("cpu"), World())


def test_a_training_paints_with_the_grain_that_its_network_will_be_applied_with(config):
    training, photo, style = begun(config), torch.rand(1, 3, 64, 64), torch.tensor([0])
    network = training.loaded.network
    painted = training.painter(photo, style, torch.ones(1))
    assert torch.equal(painted, network(photo, network.rows(style), GRAIN))
    assert not torch.equal(painted, network(photo, network.rows(style)))


@pytest.mark.parametrize(("steps", "warm"), [(24, 2), (240, 20), (4000, 20)])
def test_the_learning_rate_rises_over_few_steps_and_fewer_of_a_short_training(config, steps, warm):
    training, rates = begun(replace(config, steps=steps, learning_rate=0.01)), []
    for _ in range(warm + 2):
        training.advance()
        rates.append(training.optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([0.01 * min(1, (step + 1) / warm) for step in range(warm + 2)])
