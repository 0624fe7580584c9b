"""Batches gone through in lanes, side by side."""

from dataclasses import replace

import pytest
import torch

from stylize_engine.training.distributed import World
from stylize_engine.training.lanes import Lanes, lanes_for
from stylize_engine.training.state import Training
from tests.engine.training_settings import training_config

CPU = torch.device("cpu")


@pytest.fixture
def config(picture_directories, tmp_path):
    return training_config(picture_directories, tmp_path / "out", batch_size=3)


@pytest.fixture
def threads():
    """Sets how many threads torch has, for one test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


def descended(config, lanes):
    """Losses and gradients of the first batch of a training."""
    training = Training(config, CPU, World())
    parameters = training.optimizer.parameters
    losses = Lanes(lanes).descend(training.losses, training.crops.draw(), parameters)
    return {name: loss.item() for name, loss in losses.items()}, [parameter.grad for parameter in parameters]


@pytest.mark.parametrize("lanes", [2, 3, 8])
def test_the_gradients_of_a_batch_do_not_depend_on_how_many_lanes_it_takes(config, lanes):
    (losses, gradients), (alone, expected) = descended(config, lanes), descended(config, 1)
    summed = ("content", "style", "tv", "gamut", "total")
    assert [losses[name] for name in summed] == pytest.approx([alone[name] for name in summed], rel=1e-5)
    assert losses.keys() == alone.keys()
    for gradient, one in zip(gradients, expected, strict=True):
        assert (gradient - one).norm() <= 1e-3 * one.norm()


def test_what_must_rest_rests_in_lanes_too(config):
    training = Training(config, CPU, World())
    training.lanes = Lanes(2)
    for _ in range(2):
        training.advance()
    network = training.loaded.network
    assert torch.equal(network.identity, network.with_exact_identity(network.identity))


def test_lanes_share_out_the_threads_and_leave_the_callers_number_as_it_was(threads):
    threads(5)
    seen = []
    lanes = Lanes(2)
    list(lanes._pool.map(lambda _: seen.append(torch.get_num_threads()), range(2)))
    assert (seen, torch.get_num_threads()) == ([2, 2], 5)


def test_there_are_as_many_lanes_as_cores_or_pictures_and_one_where_others_share_the_work(threads):
    threads(4)
    assert [lanes_for(batch, CPU, processes=1) for batch in (1, 2, 4, 8)] == [1, 2, 4, 4]
    assert lanes_for(4, CPU, processes=2) == lanes_for(4, torch.device("cuda"), processes=1) == 1


def test_a_training_in_lanes_repeats_itself_to_the_last_bit(config, threads):
    threads(2)
    ends = []
    for _ in range(2):
        training = Training(replace(config, batch_size=2), CPU, World())
        for _ in range(3):
            training.advance()
        ends.append(training.loaded.network.state_dict())
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_what_goes_wrong_in_a_lane_is_raised(config):
    training = Training(config, CPU, World())

    def fail(batch):
        raise MemoryError("no more")

    with pytest.raises(MemoryError, match="no more"):
        Lanes(2).descend(fail, training.crops.draw(), training.optimizer.parameters)
