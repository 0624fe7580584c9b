import json
import signal
from dataclasses import asdict, replace

import pytest

from stylize_engine.cli import main
from stylize_engine.inference.record import notes_in
from stylize_engine.networks import load_network, save_network
from tests.engine.conftest import save_picture


@pytest.fixture
def apply(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, seed in [("photo.png", 1), ("wave.png", 2), ("other.png", 3)]:
        save_picture(tmp_path / name, seed, size=(96, 80))
    line = f"apply --model {model} --content photo.png --device cpu --refine-steps 3".split()
    return lambda *arguments: main([*line, *arguments])


def test_a_picture_is_refined_by_the_painting_of_its_style(apply, tmp_path):
    assert apply("--output", "plain.png", "--refine-steps", "0") == 0
    assert apply("--output", "refined.png", "--painting", "wave.png") == 0
    assert apply("--output", "named.png", "--painting", "wave=wave.png") == 0
    written = {name: (tmp_path / f"{name}.png").read_bytes() for name in ("plain", "refined", "named")}
    assert written["plain"] != written["refined"] == written["named"]


def test_several_styles_and_several_paintings_of_one_are_refined_together(apply, tmp_path):
    paintings = ["--painting", "wave=wave.png", "other.png", "--painting", "scream=other.png"]
    assert apply("--output", "both.png", "--style", "wave", "scream=2", *paintings) == 0
    assert (tmp_path / "both.png").exists()


@pytest.mark.parametrize("style", ["epoch=final", "epoch=final=2"])
def test_a_style_may_have_an_equals_sign_in_its_name(apply, model, tmp_path, style):
    network = load_network(model)
    save_network(model, network.network, ["epoch=final", "scream"], {})
    assert apply("--output", "named.png", "--style", style, "--painting", "epoch=final=wave.png") == 0
    assert apply("--output", "first.png", "--painting", "wave.png") == 0
    assert (tmp_path / "named.png").read_bytes() == (tmp_path / "first.png").read_bytes()


@pytest.mark.parametrize(
    ("output", "told"), [("out.png", "the result was not written."), ("out", "the same line again goes on.")]
)
def test_who_stops_a_picture_is_told_whether_the_same_line_goes_on(apply, monkeypatch, capsys, output, told):
    def interrupted(steps):
        yield next(steps)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("stylize_engine.cli.apply.shown", interrupted)
    assert apply("--output", output, "--painting", "wave.png") == 130
    assert capsys.readouterr().err == f"Stopped; {told}\n"


def test_in_a_folder_another_painting_makes_another_picture(apply, tmp_path):
    made_of = []
    for painting in ("wave.png", "wave.png", "other.png"):
        assert apply("--output", "out", "--painting", painting) == 0
        made_of.append(notes_in(tmp_path / "out"))
    assert made_of[0] == made_of[1] != made_of[2]


def test_in_a_folder_the_paintings_of_two_styles_that_are_exchanged_make_another_picture(apply, tmp_path):
    made_of = []
    for first, second in [("wave.png", "other.png"), ("other.png", "wave.png")]:
        paintings = ["--painting", f"wave={first}", "--painting", f"scream={second}"]
        assert apply("--output", "out", "--style", "wave", "scream", *paintings) == 0
        made_of.append(notes_in(tmp_path / "out"))
    assert made_of[0] != made_of[1]


def test_a_result_whose_note_a_killed_call_did_not_write_is_painted_over_and_not_beside(apply, tmp_path):
    assert apply("--output", "out", "--painting", "wave.png") == 0
    (note,) = notes_in(tmp_path / "out").values()
    (tmp_path / "out" / "applied.jsonl").write_text(json.dumps(asdict(replace(note, made_of=""))))
    assert apply("--output", "out", "--painting", "wave.png") == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["applied.jsonl", "photo.png"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "--refine-steps needs a painting of the style 'wave'; give one, or 0 steps."),
        (["--painting", "scream=wave.png"], "--painting names 'scream', which is not painted; see --style."),
        (
            ["--refine-steps", "0", "--painting", "wave.png"],
            "--painting is for --refine-steps; give the number of steps",
        ),
        (["--painting", "missing.png"], "missing.png cannot be read"),
        (["--refine-steps", "1000", "--painting", "wave.png"], "--refine-steps is 1000"),
        (["--style", "wave", "scream", "--painting", "wave.png"], "is of one of several styles; write NAME=FILE."),
        (["--painting", "wave.png", "--painting", "other.png"], "--painting names wave twice"),
    ],
)
def test_bad_input_is_told_in_one_line(apply, tmp_path, capsys, arguments, complaint):
    assert apply("--output", "out.png", *arguments) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out.png").exists()
