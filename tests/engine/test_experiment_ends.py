"""How grids and their trials end: stopped, failed, or done before."""

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from PIL import Image

from stylize_engine.errors import OutOfMemoryError
from stylize_engine.evaluation import Reference
from stylize_engine.experiments import results_of, run_grid, write_tables


@pytest.fixture
def trainings(picture_directories, tmp_path):
    """The command that trains one trial, which ends only when it is told to, and that trial's folder."""
    photos, styles = picture_directories
    settings = {
        "steps": 1_000_000, "batch_size": 1, "image_size": 64, "style_size": 64, "sample_every": 1, "report_every": 1,
        "checkpoint_every": 1_000_000,
    }  # fmt: skip
    line = ["grid", "--method", "train", "--dataset", photos, "--content", photos / "0.png", "--device", "cpu"]
    line += ["--style", styles / "0.png", "--output", tmp_path / "grid", "--vary", "style_weight=6"]
    line += [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
    return [sys.executable, "-m", "stylize_engine", *map(str, line)], tmp_path / "grid" / "trial_001"


def test_ctrl_c_in_a_grid_of_trainings_writes_the_checkpoint_of_its_trial(trainings):
    command, folder = trainings
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        while not (folder / "samples" / "step_000001.jpg").exists():
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        *_, stopping, stopped = process.communicate(timeout=120)[1].splitlines()
    finally:
        process.kill()
        process.communicate()
    assert stopping.startswith("Stopping at the next report, with a checkpoint")
    assert (process.returncode, stopped) == (130, "Stopped; the same line again goes on.")
    assert (folder / "checkpoint").exists()


def test_a_grid_is_done_when_its_last_trial_is_whichever_that_is(grid):
    grid = replace(grid, varied={"seed": [1, 2, 3]})
    list(run_grid(grid, device="cpu"))
    (grid.output / "trial_002.json").unlink()
    reports = list(run_grid(grid, device="cpu"))
    assert reports[0].step == 2
    assert reports[-1].step == reports[-1].total == 3


def test_a_trial_that_could_not_be_scored_leaves_no_picture(grid, monkeypatch):
    def no_memory(*_):
        raise OutOfMemoryError("There is too little memory to score.")

    grid = replace(grid, varied={"seed": [1]})
    monkeypatch.setattr(Reference, "score", no_memory)
    list(run_grid(grid, device="cpu"))
    assert results_of(grid)[0]["failed"] == "There is too little memory to score."
    assert not list(grid.output.glob("*.png"))
    assert not (grid.output / "sheet.jpg").exists()


def test_the_sheet_shows_no_picture_of_another_time_for_a_trial_that_failed(grid):
    grid = replace(grid, varied={"seed": [1, 2, 3, 4]})
    list(run_grid(grid, device="cpu"))
    with Image.open(grid.output / "sheet.jpg") as sheet:
        whole = sheet.size
    record = grid.output / "trial_002.json"
    record.write_text(json.dumps({"trial": 2, "settings": {"seed": 2}, "failed": "Now it did."}))
    write_tables(grid)
    with Image.open(grid.output / "sheet.jpg") as sheet:
        assert sheet.size != whole
