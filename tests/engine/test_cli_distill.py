import signal
import subprocess
import sys

import pytest
import torch


@pytest.fixture
def distillation(picture_directories, teacher_file, tmp_path):
    """A running one that reports each step, its first line told after the fifth of fifty."""
    photos, styles = picture_directories
    options = {
        "photos": photos, "styles": styles, "output": tmp_path / "slim.safetensors", "teacher": "vgg16",
        "teacher-weights": teacher_file, "steps": 50, "batch-size": 1, "image-size": 32, "paintings": 1,
        "report-every": 1, "checkpoint-every": 50, "precision": "fp32", "device": "cpu",
    }  # fmt: skip
    line = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "stylize_engine", "distill", *line]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
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
