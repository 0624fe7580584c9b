import dataclasses
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from stylize_engine import gatys
from stylize_engine.cli import main
from stylize_engine.config import DistillationConfig, GatysConfig
from stylize_engine.gatys import optimize
from stylize_engine.images import load_image
from stylize_engine.layers import EXTRACTORS
from stylize_engine.topologies import build_network

COMMAND = [sys.executable, "-m", "stylize_engine"]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Weights of an untrained slim and the first layers of an untrained VGG-16."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    save_file(build_network("slim", EXTRACTORS["slim"].names).state_dict(), folder / "slim.safetensors")
    save_file(build_network("vgg16", ("relu3_3",)).state_dict(), folder / "vgg16.safetensors")
    return folder


@pytest.fixture
def folder(tmp_path):
    """A folder with a photo and two paintings."""
    Image.effect_mandelbrot((96, 64), (-2, -1, 1, 1), 60).convert("RGB").save(tmp_path / "photo.jpg")
    Image.radial_gradient("L").resize((80, 80)).convert("RGB").save(tmp_path / "one.png")
    Image.linear_gradient("L").resize((64, 90)).convert("RGB").save(tmp_path / "two.png")
    return tmp_path


@pytest.fixture
def arguments(folder, network):
    """A small `stylize` that works; what a test adds comes later and so wins."""
    return [
        "stylize", "--content", str(folder / "photo.jpg"), "--style", str(folder / "one.png"), "--output",
        str(folder / "result.png"), "--image-size", "64", "--num-steps", "3", "--device", "cpu",
        "--extractor-weights", str(network / "slim.safetensors"),
    ]  # fmt: skip


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_photo_is_painted(folder, arguments, capsys):
    assert main(arguments) == 0
    assert load_image(folder / "result.png").tensor.shape == (1, 3, 43, 64)
    assert names(folder) == ["one.png", "photo.jpg", "result.png", "two.png"]
    assert capsys.readouterr().out.startswith(f"{folder / 'result.png'}: 64 x 43 pixels in ")


def test_the_extractor_that_ships_is_used_unless_another_is_asked_for(arguments):
    assert main(arguments[:-2]) == 0


def test_transparency_reaches_the_result(folder, arguments):
    photo = Image.open(folder / "photo.jpg").convert("RGBA")
    photo.paste((0, 0, 0, 0), (0, 0, 48, 64))
    photo.save(folder / "cut.png")
    assert main([*arguments, "--content", str(folder / "cut.png")]) == 0
    alpha = load_image(folder / "result.png").alpha
    assert [alpha.getpixel((x, 20)) for x in (5, 60)] == [0, 255]


def test_snapshots_stand_beside_the_result(folder, arguments):
    assert main([*arguments, "--num-steps", "5", "--snapshot-every", "2", "--output", str(folder / "out.jpg")]) == 0
    assert [name for name in names(folder) if "out" in name] == ["out.jpg", "out_step0002.jpg", "out_step0004.jpg"]


def test_the_history_holds_the_losses_of_each_step(folder, arguments):
    assert main([*arguments, "--history", str(folder / "losses.json")]) == 0
    history = json.loads((folder / "losses.json").read_text())
    assert [sorted(entry) for entry in history] == [["content", "step", "style", "total", "tv"]] * 3
    assert [entry["step"] for entry in history] == [1, 2, 3]


def test_several_paintings_are_blended_by_their_shares(folder, arguments):
    def paint(*more):
        assert main([*arguments, "--style", str(folder / "two.png"), *more]) == 0
        return load_image(folder / "result.png").tensor

    halves, first = paint(), paint("--style-weights", "1", "0")
    assert not torch.equal(halves, first)
    assert main(arguments) == 0
    assert torch.equal(first, load_image(folder / "result.png").tensor)


def test_every_setting_that_is_given_is_painted_with(folder, arguments, network, monkeypatch):
    asked = GatysConfig(
        extractor="vgg16", optimizer="adam", init="noise", content_weight=2.0, style_weight=50.0, tv_weight=0.5,
        content_layers=("relu2_2",), style_layers=("relu1_1", "conv2_1", "pool2"), pooling="average", pyramid_levels=2,
        precision="fp32", learning_rate=0.03, seed=7, scales=2, stroke=1.5, patience=20, preserve_color="luminance",
        memory_plan="tiled", image_size=72, num_steps=4, style_weights=(3.0,),
    )  # fmt: skip
    usual, painted = GatysConfig(), []
    words = [str(network / "vgg16.safetensors")]
    for field in dataclasses.fields(asked):
        value = getattr(asked, field.name)
        assert value != getattr(usual, field.name), "or this shows nothing"
        words += [f"--{field.name.replace('_', '-')}", *map(str, value if isinstance(value, tuple) else (value,))]
    monkeypatch.setattr(gatys, "optimize", lambda *given, **ways: painted.append(given[2]) or optimize(*given, **ways))
    assert main([*arguments, "--extractor-weights", *words]) == 0
    assert painted == [asked]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--content", "missing.jpg"], "missing.jpg cannot be read (No such file or directory)"),
        (["--content", __file__], "test_cli.py is not a picture"),
        (["--style", "missing.jpg"], "missing.jpg cannot be read"),
        (["--output", "missing/result.png"], "The folder missing does not exist"),
        (["--output", "result.gif"], "use .png, .jpg"),
        (["--history", "missing/losses.json"], "The folder missing does not exist"),
        (["--image-size", "8"], "--image-size is 8; give a whole number from 32 to 8192."),
        (["--num-steps", "0"], "--num-steps is 0"),
        (["--style-weight", "-1"], "--style-weight is -1.0"),
        (["--style-weight", "nan"], "--style-weight is nan"),
        (["--style-layers", "relu9_9"], "slim offers: relu1_1"),
        (["--style-weights", "1", "2"], "2 numbers for 1 style pictures"),
        (["--snapshot-every", "0"], "--snapshot-every is 0"),
        (["--device", "tpu"], "choose auto, cpu, cuda or cuda:N"),
        (["--device", "cuda:99"], "There is no"),
        (["--extractor-weights", "missing.safetensors"], "missing.safetensors"),
        (["--extractor-weights", __file__], "test_cli.py"),
        (["--style-weight", "1e300"], "The loss is no longer a finite number"),
    ],
)
def test_bad_input_is_answered_in_one_line_and_nothing_is_written(folder, arguments, capsys, more, words):
    (folder / "result.png").write_bytes(b"from another day")
    before = names(folder)
    assert main([*arguments, *more]) == 2
    complaint = capsys.readouterr().err
    assert words in complaint
    assert complaint.count("\n") == 1
    assert names(folder) == before
    assert (folder / "result.png").read_bytes() == b"from another day"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "The following arguments are required: COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["stylize"], "The following arguments are required: --content, --style, --output"),
        (["stylize", "--optimizer", "sgd"], "invalid choice: 'sgd'"),
        (["stylize", "--image-size", "large"], "invalid int value: 'large'"),
        (["stylize", "--no-such-option"], "required"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_answered_in_one_line(capsys, argv, words):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    complaint = capsys.readouterr().err
    assert words in complaint
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("name", ["photo.jpg", "one.png"])
def test_the_result_never_overwrites_what_it_is_made_from(folder, arguments, capsys, name):
    before = (folder / name).read_bytes()
    assert main([*arguments, "--output", str(folder / name)]) == 2
    assert "choose another name" in capsys.readouterr().err
    assert (folder / name).read_bytes() == before


def test_elsewhere_than_on_a_terminal_progress_comes_in_about_ten_lines(arguments, capsys):
    assert main([*arguments, "--num-steps", "25"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert re.match(r"step 3/25  \d+ s left  content ", lines[0])
    assert lines[-1].startswith("step 25/25  0 s left  content ")


def test_on_a_terminal_there_is_a_bar_with_losses_and_the_time_left(arguments):
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 120))
    process = subprocess.Popen([*COMMAND, *arguments], stderr=theirs, stdout=subprocess.DEVNULL)
    os.close(theirs)
    shown = b""
    while chunk := _read_terminal(ours):
        shown += chunk
    os.close(ours)
    assert process.wait() == 0
    assert b"100%|" in shown
    assert b"step 3/3  0 s left  content " in shown
    assert b"style " in shown


def _read_terminal(descriptor):
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how Linux says that the other end is closed
        return b""


def test_interrupting_ends_with_one_line_and_leaves_an_older_result_alone(folder, arguments):
    (folder / "result.png").write_bytes(b"from another day")
    more = ["--num-steps", "20000", "--snapshot-every", "1"]
    process = subprocess.Popen([*COMMAND, *arguments, *more], stderr=subprocess.PIPE, text=True)
    while not (folder / "result_step0001.png").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate()
    assert (process.returncode, complaint) == (130, "Stopped; the result was not written.\n")
    assert (folder / "result.png").read_bytes() == b"from another day"
    assert not [name for name in names(folder) if name.endswith(".part")]


@pytest.mark.parametrize(("command", "config"), [("stylize", GatysConfig), ("distill", DistillationConfig)])
def test_the_manual_names_every_setting_and_its_default(capsys, command, config):
    with pytest.raises(SystemExit) as stopped:
        main([command, "--help"])
    assert stopped.value.code == 0
    manual = " ".join(capsys.readouterr().out.split())
    for field in dataclasses.fields(config):
        assert f" --{field.name.replace('_', '-')} " in manual
        if isinstance(field.default, str | int | float) and not isinstance(field.default, bool):
            assert f"(default: {field.default})" in manual
