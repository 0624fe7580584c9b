"""Scores on the command line, and what `stylize` refuses before any work."""

import json

import pytest

from stylize_engine.cli import main
from tests.engine.conftest import save_picture


@pytest.fixture
def folder(tmp_path):
    save_picture(tmp_path / "in" / "photo.png", 1, size=(72, 56))
    save_picture(tmp_path / "in" / "painting.png", 2)
    return tmp_path


def run(*line):
    return main([*map(str, line), "--device", "cpu"])


def test_pictures_are_scored_as_a_table_and_as_json(folder, capsys):
    line = ["evaluate", "--content", folder / "in" / "photo.png", "--style", folder / "in" / "painting.png"]
    assert run(*line, "--result", folder / "in" / "photo.png") == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split()[:2] == ["style", "content"]
    assert float(row.split()[0]) == pytest.approx(1, abs=1e-3)
    assert run(*line, "--result", folder / "in" / "photo.png", "--json") == 0
    (score,) = json.loads(capsys.readouterr().out).values()
    assert score["content"] == pytest.approx(0, abs=1e-6)


def test_a_blend_is_scored_by_the_shares_that_it_was_painted_with(folder, capsys):
    photo, painting = folder / "in" / "photo.png", folder / "in" / "painting.png"
    line = ["evaluate", "--content", photo, "--style", photo, painting, "--result", photo, "--json"]
    scores = []
    for shares in ([], [1, 1], [1, 0]):
        assert run(*line, *(["--style-weights", *shares] if shares else [])) == 0
        scores.append(json.loads(capsys.readouterr().out)[str(photo)]["style"])
    assert scores[0] == scores[1] == pytest.approx(1, abs=1e-3)
    assert scores[2] is None, "the photo is its own painting"


@pytest.mark.parametrize("shares", [["1"], ["0", "0"], ["-1", "2"], ["1", "2", "3"]])
def test_shares_that_make_no_sense_are_refused_before_any_score(folder, capsys, shares):
    photo = folder / "in" / "photo.png"
    assert (
        run("evaluate", "--content", photo, "--style", photo, photo, "--result", photo, "--style-weights", *shares) == 2
    )
    assert capsys.readouterr().err.startswith("--style-weights ")


def test_a_result_of_another_photo_is_named(folder, capsys):
    photo, painting = folder / "in" / "photo.png", folder / "in" / "painting.png"
    save_picture(folder / "high.png", 3, size=(40, 90))
    assert run("evaluate", "--content", photo, "--style", painting, "--result", photo, folder / "high.png") == 2
    assert capsys.readouterr().err.startswith(f"{folder}/high.png: A picture cannot be scored: ")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--resume"], "--resume needs --checkpoint"),
        (["--checkpoint", "out.png"], "out.png is used for something else too"),
        (["--checkpoint-every", 0, "--checkpoint", "state"], "--checkpoint-every is 0"),
        (["--timelapse", "film.mp4"], "cannot hold an animation"),
        (["--scales", 0], "--scales is 0"),
        (["--stroke", 9], "--stroke is 9"),
        (["--patience", 0], "--patience is 0"),
    ],
)
def test_records_and_settings_that_cannot_be_are_refused_before_any_work(
    folder, capsys, monkeypatch, options, complaint
):
    monkeypatch.chdir(folder)
    line = ["stylize", "--content", "in/photo.png", "--style", "in/painting.png", "--output", "out.png"]
    assert run(*line, *options) == 2
    assert complaint in capsys.readouterr().err
    assert not (folder / "out.png").exists()


def test_the_help_names_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    told = capsys.readouterr().out
    for command in "stylize apply train grid evaluate classify features bench distill".split():
        assert f"\n    {command} " in told
