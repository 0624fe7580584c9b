"""The folder of a training, which belongs to it alone."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stylize_engine.config import DistillationConfig
from stylize_engine.distillation import distill
from stylize_engine.errors import ConfigurationError, InUseError, NotAnImageError
from stylize_engine.training import train
from tests.engine.training_settings import read, run, training_config, weights

HOLDING = """
import sys
from pathlib import Path
from stylize_engine.outputs import held

with held(Path(sys.argv[1]), "taken"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def config(picture_directories, tmp_path):
    return training_config(picture_directories, tmp_path / "out")


@pytest.fixture
def holding():
    """Another process that holds a file until it is killed."""
    begun = []

    def hold(lock):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        begun.append(subprocess.Popen([sys.executable, "-c", HOLDING, str(lock)], **pipes))
        assert begun[-1].stdout.readline() == "held\n"
        return begun[-1]

    yield hold
    for process in begun:
        process.kill()
        process.communicate()


def test_a_folder_that_another_training_writes_into_is_refused_until_that_one_has_ended(config):
    first = train(config, device="cpu")
    next(first)
    with pytest.raises(InUseError, match="is being trained into by another process; choose another folder") as caught:
        run(replace(config, resume=True))
    assert caught.value.field == "output"
    first.close()
    assert [progress.step for progress in run(replace(config, resume=True))] == [4, 6]
    assert not Path(config.output, ".lock").exists()


def test_a_training_whose_process_was_killed_does_not_keep_its_folder(config, holding):
    Path(config.output).mkdir()
    process = holding(f"{config.output}/.lock")
    with pytest.raises(InUseError):
        run(config)
    process.kill()
    process.wait()
    assert Path(config.output, ".lock").exists()
    assert len(run(config)) == 3


def test_a_distillation_that_another_process_does_is_refused(picture_directories, teacher_file, tmp_path, holding):
    photos, styles = picture_directories
    output = tmp_path / "slim.safetensors"
    holding(f"{output}.lock")
    config = DistillationConfig(photos=photos, styles=styles, output=output, teacher_weights=teacher_file)
    with pytest.raises(InUseError, match="is being written by another process"):
        list(distill(config, device="cpu"))


@pytest.mark.parametrize("changed", [{}, {"style_weight": 13.0}], ids=["the same", "another"])
@pytest.mark.parametrize("left", ["checkpoint", "model.safetensors"])
def test_a_training_is_not_begun_anew_over_one_that_is_there(config, changed, left):
    run(config)
    Path(config.output, {"checkpoint": "model.safetensors", "model.safetensors": "checkpoint"}[left]).unlink()
    kept = {path: path.read_bytes() for path in Path(config.output).rglob("*") if path.is_file()}
    with pytest.raises(ConfigurationError, match=f"holds a training already \\({left}\\); choose another folder"):
        run(replace(config, **changed))
    assert {path: path.read_bytes() for path in Path(config.output).rglob("*") if path.is_file()} == kept


def test_a_network_that_is_gone_is_written_again_where_the_training_still_has_it(config):
    config = replace(config, checkpoint_every=6)
    run(config)
    before = weights(config.output)
    Path(config.output, "model.safetensors").unlink()
    run(replace(config, resume=True))
    after = weights(config.output)
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_manifest_that_is_gone_is_written_again(config):
    run(config)
    before = read(config, "model")
    Path(config.output, "model.json").unlink()
    run(replace(config, resume=True))
    assert before.items() <= read(config, "model").items()


def test_a_network_that_took_the_place_of_a_better_one_is_replaced_by_better_ones_however_often_it_goes_on(config):
    config = replace(config, steps=8, report_every=1, checkpoint_every=2)
    checkpoint, best = Path(config.output, "checkpoint"), Path(config.output, "model.safetensors")

    def stop_at(step, first):
        training = train(replace(config, resume=True), device="cpu")
        assert [next(training).step for _ in range(first, step + 1)][-1] == step
        training.close()

    stop_at(4, first=1)
    state = torch.load(checkpoint, weights_only=True)
    for row, total in zip(state["validations"], (0.0, 1e9), strict=True):
        row["total"] = total
    torch.save(state, checkpoint)
    best.unlink()
    stop_at(5, first=5)
    run(replace(config, resume=True))
    assert read(config, "model")["step"] > 4


@pytest.mark.parametrize("damaged", [b"", b"no network"])
def test_a_best_network_that_is_damaged_is_as_good_as_gone(config, damaged):
    config = replace(config, checkpoint_every=6)
    run(config)
    before = weights(config.output)
    Path(config.output, "model.safetensors").unlink()  # what was read from it is still mapped into memory
    Path(config.output, "model.safetensors").write_bytes(damaged)
    run(replace(config, resume=True))
    assert all(torch.equal(value, before[name]) for name, value in weights(config.output).items())


def test_a_sample_that_was_asked_for_and_is_none_is_named_before_the_first_step(config, picture_directories):
    broken = picture_directories[0].parent / "broken.png"
    broken.write_bytes(b"no picture")
    with pytest.raises(NotAnImageError, match=r"broken\.png"):
        run(replace(config, samples=(str(picture_directories[0] / "0.png"), str(broken))))
    assert not Path(config.output).exists()


def test_where_the_best_network_is_gone_the_best_one_from_there_on_takes_its_place(config):
    first = train(config, device="cpu")
    assert [next(first).step, next(first).step] == [2, 4]
    first.close()
    checkpoint = Path(config.output, "checkpoint")
    state = torch.load(checkpoint, weights_only=True)
    state["validations"][0]["total"] = 0.0
    torch.save(state, checkpoint)
    Path(config.output, "model.safetensors").unlink()
    run(replace(config, resume=True))
    assert read(config, "model")["step"] == 6
