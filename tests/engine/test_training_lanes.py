"""Batches gone through in lanes, side by side."""

from dataclasses import replace
from threading import Thread
from time import sleep

import pytest
import torch

from stylize_engine.training import train
from stylize_engine.training.distributed import World
from stylize_engine.training.lanes import Lanes, lanes_for
from stylize_engine.training.state import Training
from stylize_engine.training.validation import Validation
from tests.engine.training_settings import run, training_config, weights

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


def weak(batch):
    """The batch, its pictures after the first to be painted more or less weakly."""
    return replace(batch, strengths=torch.tensor([1.0, 0.1, 0.4])[: len(batch.photos)])


def descended(config, lanes):
    """Losses and gradients of the first batch of a training."""
    training = Training(config, CPU, World())
    parameters = training.optimizer.parameters
    losses = Lanes(lanes).descend(training.losses, weak(training.crops.draw()), parameters)
    return {name: loss.item() for name, loss in losses.items()}, [parameter.grad for parameter in parameters]


@pytest.mark.parametrize("lanes", [2, 3, 8])
def test_losses_and_gradients_of_a_batch_do_not_depend_on_how_many_lanes_it_takes(config, lanes):
    (losses, gradients), (alone, expected) = descended(config, lanes), descended(config, 1)
    assert losses == pytest.approx(alone, rel=1e-4)
    for gradient, one in zip(gradients, expected, strict=True):
        assert (gradient - one).norm() <= 1e-3 * one.norm()


def test_what_is_measured_and_shown_does_not_depend_on_how_many_lanes_there_are(config):
    training, found = Training(config, CPU, World()), []
    for lanes in (1, 2, 3):
        training.lanes = Lanes(lanes)
        validation = Validation(training)
        found.append((validation.losses(), validation.strip()))
    for losses, strip in found[1:]:
        assert losses == pytest.approx(found[0][0], rel=1e-4)
        torch.testing.assert_close(strip, found[0][1], rtol=0, atol=1e-4)


def test_what_should_be_kept_of_crops_does_not_depend_on_how_many_lanes_there_are(config):
    batches = []
    for lanes in (1, 2, 3):
        training = Training(config, CPU, World())
        training.crops._lanes = Lanes(lanes)
        batches.append(training.crops.draw())
    for batch in batches[1:]:
        assert torch.equal(batch.photos, batches[0].photos)
        torch.testing.assert_close(batch.contents, batches[0].contents, rtol=1e-4, atol=1e-4)


def test_what_must_rest_rests_in_lanes_too(config):
    training = Training(config, CPU, World())
    training.lanes = Lanes(2)
    for _ in range(2):
        training.advance()
    network = training.loaded.network
    assert torch.equal(network.identity, network.with_exact_identity(network.identity))


def test_lanes_share_out_the_threads_and_leave_all_others_as_they_were(threads):
    threads(5)
    lanes, seen, elsewhere = Lanes(2), [], []
    lanes.map(lambda _: seen.append(torch.get_num_threads()), range(2))
    later = Thread(target=lambda: elsewhere.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert (seen, elsewhere, torch.get_num_threads()) == ([2, 2], [5], 5)


def test_there_are_as_many_lanes_as_cores_or_pictures_and_one_where_others_share_the_work(threads):
    threads(4)
    assert [lanes_for(batch, CPU, processes=1) for batch in (1, 2, 4, 8)] == [1, 2, 4, 4]
    assert lanes_for(4, CPU, processes=2) == lanes_for(4, torch.device("cuda"), processes=1) == 1


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_training_in_lanes_repeats_itself_to_the_last_bit(config, precision):
    ends = []
    for _ in range(2):
        training = Training(replace(config, batch_size=2, precision=precision), CPU, World())
        training.lanes = Lanes(2)
        for _ in range(3):
            training.advance()
        ends.append(training.loaded.network.state_dict())
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_a_new_style_learnt_in_lanes_changes_nothing_of_its_base(config, threads, picture_directories, tmp_path):
    threads(2)
    run(config)
    base = f"{config.output}/model.safetensors"
    style = {"blots": (str(picture_directories[1] / "2.png"),)}
    run(replace(config, base=base, styles=style, output=str(tmp_path / "added")))
    before, after = weights(config.output), weights(tmp_path / "added")
    assert torch.equal(after["styles"][:2], before["styles"])
    assert after["changes"].count_nonzero() > 0
    assert all(torch.equal(after[name], before[name]) for name in before if name != "styles")


def test_an_interrupted_training_in_lanes_goes_on_as_if_nothing_had_happened(config, threads, tmp_path):
    threads(2)
    run(config)
    again = replace(config, output=str(tmp_path / "again"))
    under_way = train(again, device="cpu")
    next(under_way)
    under_way.close()
    run(replace(again, resume=True))
    whole, resumed = weights(config.output), weights(tmp_path / "again")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_what_goes_wrong_in_a_lane_is_told_when_the_others_are_done(config):
    training, done = Training(config, CPU, World()), []
    batch = training.crops.draw()

    def fail(share):
        if torch.equal(share.photos[0], batch.photos[0]):
            raise MemoryError("no more")
        sleep(0.2)
        done.append(share)
        return training.losses(share)

    with pytest.raises(MemoryError, match="no more"):
        Lanes(2).descend(fail, batch, training.optimizer.parameters)
    assert len(done) == 1
