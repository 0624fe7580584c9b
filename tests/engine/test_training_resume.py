"""Trainings that go on where they were left."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from stylize_engine.errors import CheckpointError, ConfigurationError
from stylize_engine.networks import load_network, save_network
from stylize_engine.training import train
from stylize_engine.training.distributed import World
from stylize_engine.training.state import Training
from stylize_engine.weights import SLIM_WEIGHTS
from tests.engine.conftest import save_picture
from tests.engine.training_settings import read, run, training_config, weights


@pytest.fixture
def config(picture_directories, tmp_path):
    return training_config(picture_directories, tmp_path / "out")


def without_grid(losses):
    return lambda *given: {name: value for name, value in losses(*given).items() if name != "grid"}


def test_an_interrupted_training_ends_with_the_same_network_as_one_that_was_not(config, tmp_path):
    run(config)
    parts = replace(config, output=str(tmp_path / "parts"), resume=True)
    training = train(parts, device="cpu")
    assert [next(training).step, next(training).step] == [2, 4]
    training.close()
    assert [report.step for report in run(parts)] == [6]
    whole, resumed = weights(config.output), weights(parts.output)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert read(config, "history") == read(parts, "history")


def test_files_that_are_no_pictures_do_not_make_a_resumed_training_another_one(config, tmp_path, picture_directories):
    for number in range(3):
        (picture_directories[0] / f"{number}-broken.jpg").write_bytes(b"no picture")
    run(config)
    assert read(config, "model")["data"]["photos"] < 5
    parts = replace(config, output=str(tmp_path / "parts"), resume=True)
    training = train(parts, device="cpu")
    next(training)
    training.close()
    run(parts)
    whole, resumed = weights(config.output), weights(parts.output)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    assert read(config, "model")["data"] == read(parts, "model")["data"]


def test_a_training_that_writes_among_its_photographs_goes_on_and_learns_nothing_from_its_samples(
    config, picture_directories
):
    config = replace(config, output=str(picture_directories[0] / "network"), resume=True)
    training = train(config, device="cpu")
    assert [next(training).step, next(training).step] == [2, 4]
    training.close()
    assert list(Path(config.output, "samples").iterdir())
    assert [report.step for report in run(config)] == [6]
    assert read(config, "model")["data"]["photos"] == 2


def test_a_killed_training_goes_on_from_its_last_checkpoint_and_ends_with_the_same_network(config, tmp_path):
    run(config)
    parts = replace(config, output=str(tmp_path / "parts"), resume=True)
    training, checkpoint = train(parts, device="cpu"), tmp_path / "parts" / "checkpoint"
    assert [next(training).step, next(training).step] == [2, 4]
    left_behind = checkpoint.read_bytes()
    training.close()
    checkpoint.write_bytes(left_behind)
    assert [report.step for report in run(parts)] == [4, 6]
    whole, resumed = weights(config.output), weights(parts.output)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_resumed_training_keeps_the_precision_it_began_with(config, tmp_path, monkeypatch):
    config = replace(config, precision="auto")
    monkeypatch.setattr("stylize_engine.training.state.resolve_precision", lambda name, device: torch.float32)
    run(config)
    parts = replace(config, output=str(tmp_path / "parts"), resume=True)
    training = train(parts, device="cpu")
    next(training)
    training.close()
    monkeypatch.setattr("stylize_engine.training.state.resolve_precision", lambda name, device: torch.bfloat16)
    run(parts)
    whole, resumed = weights(config.output), weights(parts.output)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_resumed_training_keeps_the_decays_of_adam_that_it_began_with(config, monkeypatch):
    config = replace(config, resume=True)
    under_way = train(config, device="cpu")
    next(under_way)
    under_way.close()
    began_with = Training(config, torch.device("cpu"), World()).optimizer.betas
    monkeypatch.setattr("stylize_engine.training.state.BETAS", (0.5, 0.6))
    resumed = Training(config, torch.device("cpu"), World())
    resumed.load(Path(config.output, "checkpoint"))
    assert resumed.optimizer.betas == began_with


def test_a_training_that_an_earlier_version_judged_by_fewer_losses_goes_on(config, monkeypatch):
    """Between two reports, whose means are of one kind."""
    with monkeypatch.context() as earlier:
        earlier.setattr(Training, "losses", without_grid(Training.losses))
        training = Training(config, torch.device("cpu"), World())
        training.advance()
        Path(config.output).mkdir()
        training.save(Path(config.output, "checkpoint"))
    resumed = Training(config, torch.device("cpu"), World())
    resumed.load(Path(config.output, "checkpoint"))
    resumed.advance()
    assert resumed.report()["grid"] > 0
    assert resumed.step == 2


@pytest.mark.parametrize("changed", [{"upsampling": "bilinear"}, {"skip": True}])
def test_checkpoints_of_versions_without_a_name_for_it_go_on_and_others_must_have_the_same_shape(config, changed):
    run(config)
    checkpoint = Path(config.output, "checkpoint")
    assert next(iter(changed)) not in torch.load(checkpoint, weights_only=True)["identity"]
    other = replace(config.architecture, **changed)
    with pytest.raises(ConfigurationError, match="belongs to"):
        run(replace(config, architecture=other, resume=True))


def test_a_finished_training_can_be_resumed_and_has_nothing_left_to_do(config):
    last = run(config)[-1]
    (again,) = run(replace(config, resume=True))
    assert (again.step, again.losses) == (last.step, last.losses)


def test_a_training_that_ended_without_a_report_is_reported_when_resumed(config):
    training = Training(config, torch.device("cpu"), World())
    training.advance()
    training.total = training.step
    Path(config.output).mkdir()
    training.save(Path(config.output, "checkpoint"))
    (last,) = run(replace(config, resume=True))
    assert (last.step, last.total) == (1, 1)
    assert [row["step"] for row in read(config, "history")["training"]] == [1]


def test_a_checkpoint_of_other_settings_is_refused(config):
    run(config)
    with pytest.raises(ConfigurationError, match="belongs to other settings"):
        run(replace(config, style_weight=13.0, resume=True))


def test_a_checkpoint_of_another_painting_is_refused(config):
    run(config)
    save_picture(Path(config.styles["lines"][0]), seed=99)
    with pytest.raises(ConfigurationError, match="belongs to other style pictures; remove it to start again") as caught:
        run(replace(config, resume=True))
    assert caught.value.field == "resume"


def test_a_network_of_an_epoch_that_could_not_be_written_is_written_on_going_on(config):
    config = replace(config, steps=None, epochs=2, batch_size=1)
    run(config)
    last = Path(config.output, "epoch_02.safetensors")
    kept = last.read_bytes()
    for lost in (last, Path(config.output, "epoch_01.safetensors")):
        lost.unlink()
    run(replace(config, resume=True))
    assert last.read_bytes() == kept


@pytest.fixture
def with_weights(config, tmp_path):
    """A training that is done, its extractor's weights from a file."""
    shutil.copy(SLIM_WEIGHTS, tmp_path / "extractor.safetensors")
    config = replace(config, extractor_weights=tmp_path / "extractor.safetensors")
    run(config)
    return config


def test_the_same_weights_of_the_extractor_may_lie_elsewhere(with_weights, tmp_path):
    elsewhere = tmp_path / "extractor.safetensors"
    elsewhere.rename(tmp_path / "moved.safetensors")
    (again,) = run(replace(with_weights, extractor_weights=tmp_path / "moved.safetensors", resume=True))
    assert again.step == 6
    (again,) = run(replace(with_weights, extractor_weights=None, resume=True))
    assert again.step == 6


@pytest.fixture(params=["extractor_digest", "judge"])
def called(request, with_weights):
    """By what name a checkpoint keeps the digest of the extractor's weights, in this version and in those before."""
    path = Path(with_weights.output, "checkpoint")
    state = torch.load(path, weights_only=True)
    state[request.param] = state.pop("extractor_digest")
    torch.save(state, path)
    return request.param


def test_a_checkpoint_of_other_weights_under_the_same_name_is_refused(with_weights, called):
    tensors = load_file(with_weights.extractor_weights)
    save_file(tensors | {"features.0.weight": -tensors["features.0.weight"]}, with_weights.extractor_weights)
    with pytest.raises(ConfigurationError, match="belongs to other weights of the extractor; remove it") as caught:
        run(replace(with_weights, resume=True))
    assert caught.value.field == "resume"


def test_a_checkpoint_that_began_from_another_network_of_the_same_name_is_refused(config, model, picture_directories):
    config = replace(config, base=model, styles={"blots": (picture_directories[1] / "2.png",)})
    run(config)
    loaded = load_network(model)
    loaded.network.styles.neg_()
    save_network(model, loaded.network, loaded.style_names, {})
    with pytest.raises(ConfigurationError, match="other numbers of the network that it began from"):
        run(replace(config, resume=True))


def test_a_file_that_is_no_checkpoint_is_not_replaced_by_one(config):
    Path(config.output).mkdir()
    notes = Path(config.output, "checkpoint")
    notes.write_text("of a year")
    with pytest.raises(CheckpointError, match="is no checkpoint, and would be replaced by one"):
        run(config)
    assert notes.read_text() == "of a year"


def test_a_damaged_checkpoint_is_named(config):
    run(config)
    Path(config.output, "checkpoint").write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match="checkpoint cannot be read"):
        run(replace(config, resume=True))
