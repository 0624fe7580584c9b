import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stylize_engine.errors import ConfigurationError, DivergenceError, OutOfMemoryError, OutputError
from stylize_engine.images import load_image
from stylize_engine.networks import load_network
from stylize_engine.training import train
from stylize_engine.training.distributed import World
from stylize_engine.training.state import Training
from tests.engine.training_settings import diverging, read, run, training_config, weights


@pytest.fixture
def config(picture_directories, tmp_path):
    return training_config(picture_directories, tmp_path / "out")


def recorded_steps(config):
    return {kind: [row["step"] for row in rows] for kind, rows in read(config, "history").items()}


def test_training_writes_a_network_with_the_styles_by_name(config):
    reports = run(config)
    assert [report.step for report in reports] == [2, 4, 6]
    assert {report.total for report in reports} == {6}
    loaded = load_network(f"{config.output}/model.safetensors")
    assert loaded.style_names == ("dots", "lines")
    assert loaded.network.architecture == config.architecture


def test_losses_add_up_and_name_every_style_layer(config):
    losses = run(config)[-1].losses
    parts = ("content", "style", "tv", "gamut", "speckle", "grid")
    assert losses["total"] == pytest.approx(sum(losses[name] for name in parts), rel=1e-3)
    assert {f"style {layer}" for layer in config.resolved_style_layers} < set(losses)
    assert losses["validation"] > 0


def test_a_network_in_training_comes_nearer_to_its_styles(config):
    first, *_, last = run(replace(config, steps=40, report_every=10, checkpoint_every=40))
    assert last.losses["style"] < 0.7 * first.losses["style"]


def test_a_training_ended_early_is_measured_and_written_as_at_its_end(config):
    training = train(config, device="cpu")
    assert next(training).total == 6
    last = training.send(True)
    assert (last.step, last.total) == (2, 2)
    assert last.losses["validation"] > 0
    assert last.preview.shape == (1, 3, 2 * 256, 256)
    assert [path.name for path in Path(config.output, "samples").iterdir()] == ["step_000002.jpg"]
    assert list(training) == []
    assert read(config, "model")["step"] == 2
    assert recorded_steps(config) == {"training": [2], "validation": [2]}
    (again,) = run(replace(config, resume=True))
    assert (again.step, again.total) == (2, 2)


def test_a_training_ended_early_at_a_checkpoint_is_not_measured_twice(config):
    training = train(replace(config, report_every=3), device="cpu")
    validation = next(training).losses["validation"]
    last = training.send(True)
    assert (last.step, last.total, last.losses["validation"]) == (3, 3, validation)
    assert recorded_steps(config) == {"training": [3], "validation": [3]}


def test_there_is_a_network_for_each_epoch(config, tmp_path):
    run(replace(config, steps=None, epochs=2, batch_size=1))
    first, second = (weights(config.output, name)["styles"] for name in ("epoch_01", "epoch_02"))
    assert not torch.equal(first, second)


def test_networks_of_epochs_can_be_left_out(config):
    run(replace(config, steps=None, epochs=2, batch_size=1, keep_epochs=False))
    assert not list(Path(config.output).glob("epoch_*"))


def test_who_counts_in_steps_gets_no_networks_of_epochs(config):
    run(replace(config, steps=6, batch_size=1, epochs=3))
    assert not list(Path(config.output).glob("epoch_*"))


def test_how_long_to_train_is_said_in_steps_or_epochs_and_does_not_shrink_with_the_folder(config):
    assert replace(config, steps=7, epochs=3).total_steps(5) == 7
    assert replace(config, steps=None, epochs=3).total_steps(5) == 15
    assert replace(config, steps=None).total_steps(1) == 4000
    assert replace(config, steps=None, base="network.safetensors").total_steps(1) == 85


def test_new_styles_of_a_base_are_taught_with_smaller_batches(config):
    assert replace(config, batch_size=None).resolved_batch_size == 4
    assert replace(config, batch_size=None, base="network.safetensors").resolved_batch_size == 2
    assert replace(config, batch_size=3, base="network.safetensors").resolved_batch_size == 3


def test_samples_show_a_row_for_each_style(config):
    *_, last = run(config)
    samples = sorted(Path(config.output, "samples").iterdir())
    assert [path.name for path in samples] == ["step_000003.jpg", "step_000006.jpg"]
    assert load_image(samples[0]).tensor.shape == last.preview.shape == (1, 3, 2 * 256, 256)


def test_training_ends_when_patience_runs_out(config):
    reports = run(replace(config, steps=60, checkpoint_every=1, patience=2, learning_rate=1e-9))
    assert reports[-1].step == reports[-1].total < 60
    (again,) = run(replace(config, steps=60, checkpoint_every=1, patience=2, learning_rate=1e-9, resume=True))
    assert again.step == again.total == reports[-1].step


@pytest.mark.parametrize("report_every", [4, 1000])
def test_the_step_at_which_patience_runs_out_is_reported_and_painted(config, report_every):
    endless = replace(config, steps=60, checkpoint_every=1, patience=1, learning_rate=1e-9, sample_every=1000)
    # As the rate rises, how many validations it takes is a matter of rounding.
    last = run(replace(endless, report_every=report_every))[-1]
    assert recorded_steps(config)["training"][-1] == last.step == last.total
    assert last.preview is not None
    assert [path.name for path in Path(config.output, "samples").iterdir()] == [f"step_{last.step:06d}.jpg"]
    (again,) = run(replace(endless, resume=True))
    assert (again.step, again.total, again.losses) == (last.step, last.total, last.losses)


def test_photographs_held_out_for_validation_are_not_trained_on(config):
    run(config)
    assert read(config, "model")["data"]["photos"] == 2


def test_where_those_held_out_are_no_pictures_others_are_held_out(config):
    chosen = Training(config, torch.device("cpu"), World()).held_out
    for path in chosen:
        path.write_bytes(b"no picture")
    training = Training(config, torch.device("cpu"), World())
    assert len(training.validation_photos) == len(training.held_out) == 1
    assert not {*training.held_out} & {*chosen, *training.photos.paths}


def test_what_a_difference_in_content_is_does_not_depend_on_which_photographs_are_held_out(config):
    trainings = [Training(replace(config, seed=seed), torch.device("cpu"), World()) for seed in range(6)]
    assert len({tuple(training.held_out) for training in trainings}) > 1
    assert len({float(training.perceptual_loss.variances["relu3_2"]) for training in trainings}) == 1


def test_the_manifest_says_where_the_network_comes_from(config):
    run(config)
    manifest = read(config, "model")
    assert [len(pictures) for pictures in manifest["style_pictures"].values()] == [1, 2]
    assert manifest["training"]["style_weight"] == config.style_weight
    assert "dataset" not in manifest["training"]


def test_a_painting_removed_during_the_training_is_still_in_the_manifest(config):
    painting = Path(config.styles["dots"][0])
    digest = hashlib.sha256(painting.read_bytes()).hexdigest()
    training = train(config, device="cpu")
    next(training)
    painting.unlink()
    list(training)
    assert read(config, "model")["style_pictures"]["dots"] == [digest]


@pytest.mark.parametrize(
    ("method", "advice"),
    [
        ("Training.__init__", "style_size, batch_size or image_size"),
        ("Training.advance", "batch_size or image_size"),
        ("Validation.strip", "batch_size or image_size"),
    ],
)
def test_too_little_memory_is_named_with_what_a_training_can_choose(config, monkeypatch, method, advice):
    def greedy(*_):
        raise MemoryError

    module = "state" if method.startswith("Training") else "validation"
    monkeypatch.setattr(f"stylize_engine.training.{module}.{method}", greedy)
    with pytest.raises(OutOfMemoryError, match=f"choose a smaller {advice}"):
        run(config)


def test_a_learning_rate_far_too_large_is_called_divergence(config):
    with pytest.raises(DivergenceError, match="smaller learning_rate"):
        run(diverging(replace(config, steps=200), 1e25))


def test_a_network_broken_by_its_last_step_is_called_divergence_and_not_a_result(config):
    with pytest.raises(DivergenceError, match="smaller learning_rate"):
        run(diverging(replace(config, steps=1)))


def test_training_in_half_precision_learns_too(config):
    reports = run(replace(config, steps=12, report_every=4, precision="bf16"))
    assert reports[-1].losses["style"] < reports[0].losses["style"]


def test_a_directory_without_photographs_is_named(config, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="There are no pictures in"):
        run(replace(config, dataset=str(tmp_path / "empty")))


def test_an_output_that_is_no_folder_is_refused_before_anything_else(config, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(ConfigurationError, match=r"file cannot be a folder: Not a directory\.") as caught:
        run(replace(config, dataset="nowhere", output=str(tmp_path / "file")))
    assert caught.value.field == "output"


@pytest.mark.parametrize("name", ["model.safetensors", "model.json", "history.json"])
def test_a_result_that_cannot_be_written_is_named(config, name):
    Path(config.output, name).mkdir(parents=True)
    with pytest.raises(OutputError, match=rf"{name} cannot be written \(Is a directory\)"):
        run(replace(config, steps=1))


def test_a_trained_network_is_trained_further(config, tmp_path):
    first = run(replace(config, steps=30, checkpoint_every=30))[-1].losses["validation"]
    further = replace(config, output=str(tmp_path / "further"), start=f"{config.output}/model.safetensors")
    begun = run(replace(further, learning_rate=1e-9))[-1].losses["validation"]
    assert begun == pytest.approx(first, rel=0.02)
    assert read(further, "model")["begun_from"]["step"] == 30


def test_a_network_that_is_trained_further_gets_new_styles_in_any_order(config, tmp_path):
    run(config)
    before = load_network(f"{config.output}/model.safetensors")
    styles = {"more": config.styles["dots"], "lines": config.styles["lines"], "dots": config.styles["dots"]}
    start, output = f"{config.output}/model.safetensors", str(tmp_path / "further")
    further = replace(config, styles=styles, output=output, start=start, learning_rate=1e-9)
    run(further)
    after = load_network(f"{further.output}/model.safetensors")
    assert after.style_names == ("more", "lines", "dots")
    assert all(torch.allclose(after.row(name), before.row(name), atol=1e-3) for name in ("lines", "dots"))
    assert torch.allclose(after.row("more"), before.network.styles.mean(0), atol=1e-3)


def test_a_style_of_the_network_that_is_trained_further_must_be_named(config):
    run(config)
    styles = {"lines": config.styles["lines"]}
    with pytest.raises(ConfigurationError, match="has a style 'dots'; name it too"):
        run(replace(config, start=f"{config.output}/model.safetensors", styles=styles, output=f"{config.output}-2"))


def test_samples_show_the_photographs_asked_for(config, picture_directories):
    photos = sorted(str(path) for path in picture_directories[0].iterdir())[:2]
    *_, last = run(replace(config, samples=tuple(photos)))
    assert last.preview.shape == (1, 3, 2 * 256, 2 * 256)
