import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from stylize_engine.config import DistillationConfig
from stylize_engine.distillation import distill
from stylize_engine.distillation.state import Distillation
from stylize_engine.errors import (
    CheckpointError,
    ConfigurationError,
    DivergenceError,
    OutputError,
    WeightsMismatchError,
)
from stylize_engine.extractors import build_extractor
from stylize_engine.slim import LAYERS
from stylize_engine.topologies import build_network
from tests.engine.conftest import make_picture_directories
from tests.engine.training_settings import diverging


def distillation_config(folder, picture_directories, teacher_file):
    photos, styles = picture_directories
    return DistillationConfig(
        photos=photos, styles=styles, output=folder / "slim.safetensors",
        teacher_weights=teacher_file, steps=4, batch_size=2, image_size=32, paintings=1, report_every=1,
        learning_rate=5e-4, precision="fp32",
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def fitted_to_few_pictures():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stylize_engine.distillation.state.BEGINNING_PICTURES", 12)
        yield


@pytest.fixture
def config(tmp_path, picture_directories, teacher_file):
    return distillation_config(tmp_path, picture_directories, teacher_file)


@pytest.fixture(scope="module")
def distilled(tmp_path_factory, teacher_file):
    """The configuration of a training that is done, and its reports."""
    folder = tmp_path_factory.mktemp("distilled")
    config = distillation_config(folder, make_picture_directories(folder), teacher_file)
    return config, list(distill(config, device="cpu"))


def test_distillation_writes_half_precision_weights_that_slim_loads(distilled):
    config, reports = distilled
    assert [report.step for report in reports] == [1, 2, 3, 4]
    assert {report.total for report in reports} == {4}
    losses = dict(reports[-1].losses)
    assert set(losses) == {"total", "features", "grams", "differences", "gradients"}
    assert losses.pop("total") == pytest.approx(sum(losses.values()))
    assert {value.dtype for value in load_file(config.output).values()} == {torch.float16}
    features = build_extractor("slim", LAYERS, weights_path=config.output)(torch.rand(1, 3, 32, 32))
    assert list(features) == list(LAYERS)


def test_a_student_may_be_fitted_and_not_trained(config):
    (report,) = distill(replace(config, steps=0), device="cpu")
    assert (report.step, report.total, report.fraction, dict(report.losses)) == (0, 0, 1.0, {})
    assert list(build_extractor("slim", LAYERS, weights_path=config.output)(torch.rand(1, 3, 32, 32))) == list(LAYERS)
    with open(config.output.replace(".safetensors", ".json"), encoding="utf-8") as file:
        manifest = json.load(file)
    assert (manifest["training"]["steps"], manifest["losses"]) == (0, None)


def test_the_manifest_says_where_the_weights_come_from(distilled):
    config, _ = distilled
    with open(config.output.replace(".safetensors", ".json"), encoding="utf-8") as file:
        manifest = json.load(file)
    assert manifest["extractor"] == "slim"
    assert manifest["teacher"] == "vgg16"
    assert manifest["data"]["photos"]["count"] == 3
    assert manifest["training"]["steps"] == 4
    assert manifest["losses"]["step"] == 4


def test_weights_that_cannot_be_written_are_named(config, tmp_path):
    (tmp_path / "slim.safetensors").mkdir()
    with pytest.raises(OutputError, match=r"slim\.safetensors cannot be written"):
        list(distill(replace(config, steps=0), device="cpu"))


def test_a_student_in_training_comes_nearer_to_its_teacher(config):
    config = replace(config, steps=30, report_every=10, learning_rate=2e-3)
    first, *_, last = distill(config, device="cpu")
    assert last.losses["total"] < 0.9 * first.losses["total"]


def test_a_training_may_begin_with_weights_of_slim(distilled, tmp_path):
    config, (begun, *_) = distilled
    weights = load_file(config.output)
    save_file(weights | {"features.0.weight": -weights["features.0.weight"]}, tmp_path / "negative.safetensors")
    further = replace(config, output=str(tmp_path / "further.safetensors"))
    for start, ratio in ((config.output, 1.0), (str(tmp_path / "negative.safetensors"), 1.75)):
        losses = next(distill(replace(further, start=start), device="cpu")).losses
        assert losses["features"] == pytest.approx(ratio * begun.losses["features"], rel=0.2), start
    with pytest.raises(WeightsMismatchError, match=r"features\.0\.weight"):
        next(distill(replace(config, start=config.teacher_weights), device="cpu"))


def test_an_interrupted_training_ends_with_the_same_weights_as_one_that_was_not(
    config, tmp_path, picture_directories, monkeypatch
):
    """Also where some files are no pictures, and where another precision is found to be the faster one later."""
    for folder in picture_directories:  # more than are looked at before the first step
        for number in range(40):
            (folder / f"{number}-good.png").write_bytes((folder / "0.png").read_bytes())
            (folder / f"{number}-broken.png").write_bytes(b"no picture")
    faster = torch.float32
    monkeypatch.setattr("stylize_engine.distillation.state.resolve_precision", lambda name, device: faster)
    config = replace(config, precision="auto", checkpoint_every=2)
    list(distill(config, device="cpu"))
    resumed = replace(config, output=str(tmp_path / "resumed.safetensors"), resume=True)
    training = distill(resumed, device="cpu")
    assert [next(training).step for _ in range(3)] == [1, 2, 3]
    training.close()
    assert not (tmp_path / "resumed.safetensors").exists()
    faster = torch.bfloat16
    assert [report.step for report in distill(resumed, device="cpu")] == [4]
    whole, parts = load_file(config.output), load_file(resumed.output)
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_finished_training_can_be_resumed_and_has_nothing_left_to_do(distilled):
    config, (*_, last) = distilled
    again = list(distill(replace(config, resume=True), device="cpu"))
    assert [(report.step, dict(report.losses)) for report in again] == [(4, last.losses)]


def test_losses_reported_after_a_resumption_are_those_of_a_training_that_was_not_interrupted(config, tmp_path):
    config = replace(config, steps=6, report_every=2, checkpoint_every=3, resume=True)
    training, checkpoint = distill(config, device="cpu"), Path(config.output + ".checkpoint")
    assert [next(training).step, next(training).step] == [2, 4]
    left_behind = checkpoint.read_bytes()
    training.close()
    checkpoint.write_bytes(left_behind)  # as if it had been killed
    resumed = [(report.step, report.losses) for report in distill(config, device="cpu")]
    whole = distill(replace(config, output=str(tmp_path / "whole.safetensors")), device="cpu")
    assert resumed == [(report.step, report.losses) for report in whole][1:]


def test_a_checkpoint_of_other_settings_is_refused(distilled):
    config, _ = distilled
    with pytest.raises(ConfigurationError, match="other settings or pictures") as caught:
        next(distill(replace(config, resume=True, learning_rate=1e-4), device="cpu"))
    assert caught.value.field == "resume"


def test_a_file_that_is_no_checkpoint_is_not_replaced_by_one(distilled, tmp_path):
    config, _ = distilled
    notes = tmp_path / "other.safetensors.checkpoint"
    notes.write_text("mine")
    with pytest.raises(CheckpointError, match="is no checkpoint, and would be replaced by one"):
        next(distill(replace(config, output=str(tmp_path / "other.safetensors")), device="cpu"))
    assert notes.read_text() == "mine"


def test_the_same_weights_of_the_teacher_may_lie_elsewhere_but_other_ones_are_refused(distilled, tmp_path):
    config, _ = distilled
    moved = replace(config, teacher_weights=str(tmp_path / "moved.safetensors"), resume=True)
    tensors = load_file(config.teacher_weights)
    save_file(tensors, moved.teacher_weights)
    assert [report.step for report in distill(moved, device="cpu")] == [4]
    save_file(tensors | {"features.0.weight": -tensors["features.0.weight"]}, moved.teacher_weights)
    with pytest.raises(ConfigurationError, match="belongs to other weights; remove it to start again") as caught:
        next(distill(moved, device="cpu"))
    assert caught.value.field == "resume"


def test_a_damaged_checkpoint_is_named(config):
    with open(config.output + ".checkpoint", "wb") as file:
        file.write(b"no checkpoint")
    with pytest.raises(CheckpointError, match=r"slim\.safetensors\.checkpoint cannot be read"):
        next(distill(replace(config, resume=True), device="cpu"))


def test_a_diverged_training_writes_no_weights(config, tmp_path):
    with pytest.raises(DivergenceError, match="smaller learning rate"):
        list(distill(diverging(replace(config, steps=20)), device="cpu"))
    assert not (tmp_path / "slim.safetensors").exists()


@pytest.mark.parametrize("spoilt", ["losses", "weights"])
def test_a_diverged_training_leaves_the_checkpoint_it_could_go_on_from(config, tmp_path, spoilt):
    training, kept = Distillation(config, torch.device("cpu")), tmp_path / "slim.checkpoint"
    training.save(kept)
    before = kept.read_bytes()
    if spoilt == "losses":
        training.unreported.append(torch.tensor([0.0, torch.nan, 0.0, 0.0]))
    else:
        next(training.student.parameters()).data.fill_(torch.inf)
    with pytest.raises(DivergenceError, match="smaller learning rate"):
        training.save(kept)
    assert kept.read_bytes() == before


@pytest.mark.parametrize("field", ["photos", "styles"])
def test_a_directory_without_pictures_is_named(field, config, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match=r"There are no pictures in .*empty") as caught:
        next(distill(replace(config, **{field: str(tmp_path / "empty")}), device="cpu"))
    assert caught.value.field == field


def test_the_weights_of_another_teacher_are_refused(config, tmp_path):
    save_file(build_network("slim", LAYERS).state_dict(), tmp_path / "slim_as_teacher.safetensors")
    with pytest.raises(WeightsMismatchError, match=r"features\.0\.weight"):
        next(distill(replace(config, teacher_weights=str(tmp_path / "slim_as_teacher.safetensors")), device="cpu"))
