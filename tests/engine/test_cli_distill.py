import signal
import subprocess
import sys

import pytest
import torch

from stylize_engine.cli import main


@pytest.fixture
def line(picture_directories, teacher_file, tmp_path):
    """What distils `slim` in fifty steps and reports each."""
    photos, styles = picture_directories
    options = {
        "photos": photos, "styles": styles, "output": tmp_path / "slim.safetensors", "teacher": "vgg16",
        "teacher-weights": teacher_file, "steps": 50, "batch-size": 1, "image-size": 32, "paintings": 1,
        "report-every": 1, "checkpoint-every": 50, "precision": "fp32", "device": "cpu",
    }  # fmt: skip
    return ["distill", *(text for name, value in options.items() for text in (f"--{name}", str(value)))]


@pytest.fixture
def distillation(line):
    """A running one, its first line told after the fifth step."""
    process = subprocess.Popen([sys.executable, "-m", "stylize_engine", *line], stderr=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


def test_ctrl_c_writes_a_checkpoint_before_a_distillation_stops(distillation, tmp_path):
    assert distillation.stderr.readline().startswith("step 5/50")
    distillation.send_signal(signal.SIGINT)
    *_, stopping, stopped = distillation.communicate(timeout=240)[1].splitlines()
    assert stopping.startswith("Stopping at the next report, with a checkpoint")
    assert stopped == "Stopped; the same line with --resume goes on from the last checkpoint, if any."
    assert distillation.returncode == 130
    assert 5 <= torch.load(tmp_path / "slim.safetensors.checkpoint", weights_only=True)["step"] < 50
    assert not (tmp_path / "slim.safetensors").exists()


def test_the_small_extractor_is_distilled_and_then_paints(line, picture_directories, tmp_path, capsys):
    assert main([*line, "--steps", "2", "--batch-size", "2"]) == 0
    weights = tmp_path / "slim.safetensors"
    assert capsys.readouterr().out == f"{weights}: trained for 2 steps\n"
    photos, styles = picture_directories
    painted = ["--content", photos / "0.png", "--style", styles / "0.png", "--output", tmp_path / "result.png"]
    ways = ["--image-size", "64", "--num-steps", "3", "--device", "cpu", "--extractor-weights", weights]
    assert main(["stylize", *map(str, (*painted, *ways))]) == 0


def test_a_distillation_is_not_begun_anew_over_one_that_is_there(line, tmp_path, capsys):
    short = [*line, "--steps", "1"]
    assert main(short) == 0
    before = {path: path.read_bytes() for path in tmp_path.glob("slim*")}
    assert main([*short, "--seed", "1"]) == 2
    told = f"--output would replace {tmp_path}/slim.safetensors.checkpoint, a checkpoint; go on from it"
    assert told in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.glob("slim*")} == before


def test_a_distillation_without_pictures_is_refused(line, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main([*line, "--photos", str(tmp_path / "empty")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
