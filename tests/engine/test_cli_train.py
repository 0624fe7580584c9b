import json
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from stylize_engine.cli import main
from stylize_engine.networks import load_network
from tests.engine.conftest import save_picture


@pytest.fixture
def arguments(picture_directories, tmp_path):
    """A small `train` but for its styles."""
    photos, _ = picture_directories
    return [
        "train", "--dataset", str(photos), "--output", str(tmp_path / "out"), "--steps", "1", "--batch-size", "1",
        "--image-size", "64", "--style-size", "64", "--widths", "4", "8", "--blocks", "1", "--device", "cpu",
    ]  # fmt: skip


def test_styles_are_called_like_their_first_pictures_or_as_they_are_named(arguments, picture_directories, capsys):
    styles = picture_directories[1]
    one, two, three = (str(styles / f"{number}.png") for number in range(3))
    assert main([*arguments, "--style", one, two, "--style", f"waves={three}"]) == 0
    capsys.readouterr()
    network = arguments[arguments.index("--output") + 1] + "/model.safetensors"
    assert main(["apply", "--model", network, "--content", one, "--output", "out", "--list-styles"]) == 0
    assert capsys.readouterr().out.split() == ["0", "waves"]


def test_who_adds_a_style_is_told_how_to_paint_with_it(arguments, picture_directories, tmp_path, capsys):
    one, two = (str(picture_directories[1] / f"{number}.png") for number in range(2))
    main([*arguments, "--style", one])
    base, more = f"{tmp_path}/out/model.safetensors", str(tmp_path / "more waves")
    assert "To paint with it" not in capsys.readouterr().out
    lesson = arguments[: arguments.index("--widths")]
    lesson[lesson.index("--output") + 1] = more
    assert main([*lesson, "--device", "cpu", "--base", base, "--add-style", f"my waves={two}"]) == 0
    told = capsys.readouterr().out.splitlines()[-1]
    command = shlex.split(told.removeprefix("To paint with it: "))
    painted = str(tmp_path / "painted.png")
    assert main([*command, "--content", one, "--output", painted, "--device", "cpu"]) == 0
    assert Path(painted).exists()


@pytest.mark.parametrize(("name", "file"), [("", "1.png"), ("1=", "2.png")])
def test_two_styles_of_one_name_are_refused(arguments, tmp_path, capsys, name, file):
    first, second = tmp_path / "one" / "1.png", tmp_path / "two" / file
    for seed, path in enumerate((first, second)):
        save_picture(path, seed)
    assert main([*arguments, "--style", str(first), "--style", f"{name}{second}"]) == 2
    assert "--style: two are called '1'; name them apart: --style NAME=FILE" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_below_a_folder_with_an_equals_sign_in_its_name_needs_no_other(arguments, tmp_path):
    painting = tmp_path / "a=b" / "dots.png"
    save_picture(painting, 1)
    assert main([*arguments, "--style", str(painting)]) == 0
    assert load_network(tmp_path / "out" / "model.safetensors").style_names == ("dots",)


def test_photographs_that_could_not_be_used_are_told_and_named(arguments, picture_directories, tmp_path, capsys):
    photos, styles = picture_directories
    for number in range(20):
        (photos / f"{number}-broken.jpg").write_bytes(b"no picture")
    assert main([*arguments, "--style", str(styles / "0.png")]) == 0
    left_out = json.loads((tmp_path / "out" / "history.json").read_bytes())["left_out"]
    assert left_out
    assert all(name.endswith("-broken.jpg") for name in left_out)
    assert f"history.json names {len(left_out)} unusable photographs" in capsys.readouterr().out


def test_all_photographs_that_samples_names_are_painted(arguments, picture_directories, tmp_path):
    photos, styles = picture_directories
    assert main([*arguments, "--style", str(styles / "0.png"), "--samples", *[str(photos / "0.png")] * 5]) == 0
    with Image.open(tmp_path / "out" / "samples" / "step_000001.jpg") as strip:
        assert strip.size == (5 * 256, 256)


def test_a_sample_that_is_none_is_named_before_any_work(arguments, picture_directories, tmp_path, capsys):
    photos, styles = picture_directories
    samples = ["--samples", str(photos / "0.png"), str(tmp_path / "typo.png")]
    assert main([*arguments, "--style", str(styles / "0.png"), *samples]) == 2
    assert "typo.png cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("linked", [None, "the beginning", "the output"])
@pytest.mark.parametrize("option", ["start", "base"])
def test_a_training_does_not_write_over_the_network_it_begins_from(
    arguments, picture_directories, tmp_path, capsys, option, linked
):
    style = str(picture_directories[1] / "0.png")
    assert main([*arguments, "--style", f"dots={style}"]) == 0
    network = tmp_path / "out" / "model.safetensors"
    before = network.read_bytes()
    elsewhere = tmp_path / "elsewhere.safetensors"
    if linked == "the output":
        network.rename(elsewhere)
        network.symlink_to(elsewhere)
    elif linked:
        elsewhere.symlink_to(network)
    network = elsewhere if linked else network
    shape = arguments.index("--widths")
    more = {"start": ["--style", f"dots={style}"], "base": ["--add-style", f"more={style}"]}[option]
    assert main([*arguments[:shape], "--device", "cpu", f"--{option}", str(network), *more]) == 2
    assert ".safetensors, which must stay as it is; choose another folder" in capsys.readouterr().err
    assert network.read_bytes() == before


def test_an_output_that_is_no_folder_is_refused_in_one_line(arguments, picture_directories, tmp_path, capsys):
    (tmp_path / "out").write_text("no folder")
    assert main([*arguments, "--style", str(picture_directories[1] / "0.png")]) == 2
    complaint = capsys.readouterr().err
    assert "out cannot be a folder" in complaint
    assert complaint.count("\n") == 1


def test_a_painting_that_is_refused_leaves_nothing_behind(arguments, tmp_path, capsys):
    (tmp_path / "broken.png").write_bytes(b"no picture")
    assert main([*arguments, "--style", str(tmp_path / "broken.png")]) == 2
    assert "broken.png" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.fixture
def endless(arguments, picture_directories):
    """Starts a training that ends only when it is told to."""
    started = []

    def start(*more):
        style, output = str(picture_directories[1] / "0.png"), Path(arguments[arguments.index("--output") + 1])
        long = ["--style", style, "--steps", "1000000", "--sample-every", "1", "--checkpoint-every", "1000000"]
        command = [sys.executable, "-m", "stylize_engine", *arguments, *long, *more]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        started.append(process)
        while not (output / "samples" / "step_000001.jpg").exists():
            assert process.poll() is None
            time.sleep(0.02)
        return process, output

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm_write_a_checkpoint_before_the_training_stops(endless, number, code):
    process, output = endless("--report-every", "5")
    process.send_signal(number)
    *_, stopping, stopped = process.communicate(timeout=120)[1].splitlines()
    assert stopping == "Stopping at the next report, with a checkpoint; Ctrl-C again stops at once, without one."
    assert stopped == "Stopped; the same line with --resume goes on from the last checkpoint, if any."
    assert process.returncode == code
    assert (output / "checkpoint").exists()


def test_a_second_ctrl_c_stops_a_training_at_once(endless):
    process, output = endless("--report-every", "1000000")
    process.send_signal(signal.SIGINT)
    while "Ctrl-C again" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == 130
    assert not (output / "checkpoint").exists()


def test_the_same_line_with_resume_does_nothing_twice(arguments, picture_directories, tmp_path):
    line = [*arguments, "--style", str(picture_directories[1] / "0.png")]
    assert main(line) == 0
    written = (tmp_path / "out" / "model.safetensors").stat().st_mtime_ns
    assert main([*line, "--resume"]) == 0
    assert (tmp_path / "out" / "model.safetensors").stat().st_mtime_ns == written


def test_a_finished_training_is_told_though_its_manifest_is_gone(arguments, picture_directories, tmp_path, capsys):
    line = [*arguments, "--style", str(picture_directories[1] / "0.png")]
    assert main(line) == 0
    told = capsys.readouterr().out
    (tmp_path / "out" / "model.json").unlink()
    assert main([*line, "--resume"]) == 0
    assert capsys.readouterr().out == told


def test_the_result_is_told_as_what_the_file_holds(arguments, picture_directories, tmp_path, capsys):
    until_it_worsens = ["--steps", "1000", "--checkpoint-every", "1", "--patience", "1", "--learning-rate", "3"]
    assert main([*arguments, "--style", str(picture_directories[1] / "0.png"), *until_it_worsens]) == 0
    manifest = json.loads((tmp_path / "out" / "model.json").read_text())
    step, validation = manifest["step"], manifest["validation"]["total"]
    told = f"{step + 1} steps, the best after {step}, validation {validation:.3f}"
    assert capsys.readouterr().out == f"{tmp_path}/out/model.safetensors: {told}\n"
