import json
import os
import signal

import numpy as np
import pytest
from PIL import Image

from stylize_engine.cli import main
from stylize_engine.cli.terminal import shown
from tests.engine.conftest import save_picture


@pytest.fixture
def arguments(tmp_path, monkeypatch):
    """A small `stylize` at two scales, run where its pictures are."""
    monkeypatch.chdir(tmp_path)
    save_picture(tmp_path / "photo.png", seed=1, size=(96, 80))
    save_picture(tmp_path / "painting.png", seed=2, size=(80, 80))
    return (
        "stylize --content photo.png --style painting.png --output result.png --image-size 64 --scales 2 "
        "--num-steps 12 --device cpu"
    ).split()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["coming.webp", "coming.gif"])
def test_a_timelapse_shows_every_step_at_the_size_of_the_result_and_ends_with_it(tmp_path, arguments, name):
    assert main([*arguments, "--timelapse", name]) == 0
    with Image.open(name) as animation, Image.open("result.png") as result:
        assert animation.size == result.size
        painted = np.array(result).astype(float)
        differences, durations = [], []
        for index in range(animation.n_frames):
            animation.seek(index)
            differences.append(np.abs(np.array(animation.convert("RGB")) - painted).mean())
            durations.append(animation.info["duration"])
    # WebP shows a frame that hardly differs by showing the one before it for longer.
    assert sum(durations) == 11 * 500 + 2000
    assert len(differences) >= 10
    # The last steps differ by less than these lossy formats do.
    assert differences[-1] <= 1.01 * min(differences)
    assert differences[-1] < 0.7 * differences[0]


def test_the_plot_is_drawn_from_the_history(tmp_path, arguments):
    assert main([*arguments, "--plot", "losses.png", "--history", "losses.json"]) == 0
    assert names(tmp_path) == ["losses.json", "losses.png", "painting.png", "photo.png", "result.png"]
    assert [row["step"] for row in json.loads((tmp_path / "losses.json").read_text())] == list(range(1, 13))
    with Image.open("losses.png") as plot:
        assert plot.format == "PNG"
        assert np.array(plot.convert("L")).std() > 5


def test_the_records_do_not_change_the_result(tmp_path, arguments):
    assert main(arguments) == 0
    plain = (tmp_path / "result.png").read_bytes()
    assert main([*arguments, "--timelapse", "coming.webp", "--plot", "losses.png"]) == 0
    assert (tmp_path / "result.png").read_bytes() == plain


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--timelapse", "coming.png"], "coming.png cannot hold an animation; use .webp or .gif."),
        (["--timelapse", "missing/coming.gif"], "The folder missing does not exist"),
        (["--plot", "losses.txt"], "use .png, .jpg"),
        (["--plot", "missing/losses.png"], "The folder missing does not exist"),
        (["--plot", "photo.png"], "--plot photo.png is used for something else too"),
        (["--plot", "result.png"], "--plot result.png is used for something else too"),
        (["--checkpoint", "painting.png"], "--checkpoint painting.png is used for something else too"),
        (["--checkpoint-every", "5"], "--checkpoint-every needs --checkpoint FILE, the file to be written."),
        (["--checkpoint", "notes.txt"], "notes.txt is no checkpoint, and would be replaced by one"),
        (
            ["--snapshot-every", "40", "--content", "photo_step0120.png", "--output", "photo.png"],
            "--snapshot-every photo_step0120.png is used for something else too",
        ),
        (
            ["--snapshot-every", "5", "--plot", "result_step0010.png"],
            "--snapshot-every result_step0010.png is used for something else too",
        ),
    ],
)
def test_a_record_that_cannot_be_written_is_refused_before_any_work(tmp_path, arguments, capsys, more, words):
    save_picture(tmp_path / "photo_step0120.png", seed=3)
    (tmp_path / "notes.txt").write_text("of a year")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main([*arguments, "--num-steps", "20000", *more]) == 2
    complaint = capsys.readouterr().err
    assert words in complaint
    assert complaint.count("\n") == 1
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.fixture
def occupied(tmp_path, monkeypatch):
    """Has somebody else make a folder of a name while a picture is painted."""

    def occupy(name):
        def shown_before_the_folder(steps):
            yield from steps
            (tmp_path / name).mkdir()

        monkeypatch.setattr("stylize_engine.cli.stylize.shown", shown_before_the_folder)

    return occupy


def test_a_result_that_could_not_be_written_is_written_by_the_same_line_elsewhere(
    tmp_path, arguments, monkeypatch, occupied
):
    assert main(arguments) == 0
    more = ["--checkpoint", "state", "--resume"]
    occupied("other.png")
    assert main([*arguments, *more, "--output", "other.png"]) == 2
    monkeypatch.setattr("stylize_engine.cli.stylize.shown", shown)
    assert main([*arguments, *more, "--output", "again.png"]) == 0
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "result.png").read_bytes()
    assert names(tmp_path) == ["again.png", "other.png", "painting.png", "photo.png", "result.png"]


def test_ctrl_c_loses_nothing_of_a_search_that_has_a_checkpoint(tmp_path, arguments, monkeypatch, capsys):
    def interrupted(steps):
        for progress in shown(steps):
            if progress.step == 7:
                signal.raise_signal(signal.SIGINT)
            yield progress

    assert main([*arguments, "--output", "whole.png"]) == 0
    monkeypatch.setattr("stylize_engine.cli.stylize.shown", interrupted)
    assert main([*arguments, "--checkpoint", "state"]) == 130
    assert capsys.readouterr().err.endswith("Stopped; the same line with --resume goes on.\n")
    assert names(tmp_path) == ["painting.png", "photo.png", "state", "whole.png"]
    monkeypatch.setattr("stylize_engine.cli.stylize.shown", shown)
    assert main([*arguments, "--checkpoint", "state", "--resume", "--history", "rest.json"]) == 0
    assert json.loads((tmp_path / "rest.json").read_text())[0]["step"] == 8
    assert (tmp_path / "result.png").read_bytes() == (tmp_path / "whole.png").read_bytes()


def test_a_search_that_has_a_checkpoint_is_not_begun_anew_over_it(tmp_path, arguments, monkeypatch, capsys):
    def interrupted(steps):
        for progress in shown(steps):
            signal.raise_signal(signal.SIGINT)
            yield progress

    monkeypatch.setattr("stylize_engine.cli.stylize.shown", interrupted)
    assert main([*arguments, "--checkpoint", "state"]) == 130
    before = (tmp_path / "state").read_bytes()
    capsys.readouterr()
    assert main([*arguments, "--checkpoint", "state"]) == 2
    told = "--checkpoint would replace state, a checkpoint; go on from it with --resume, or remove it.\n"
    assert capsys.readouterr().err == told
    assert (tmp_path / "state").read_bytes() == before


@pytest.mark.parametrize(
    "record", [["--plot", "curves.png"], ["--timelapse", "coming.webp"], ["--history", "losses.json"]]
)
def test_a_record_that_cannot_be_written_costs_neither_the_result_nor_the_checkpoint(
    tmp_path, arguments, capsys, occupied, record
):
    occupied(record[1])
    assert main([*arguments, "--checkpoint", "state", *record]) == 2
    assert f"{record[1]} cannot be written (Is a directory)" in capsys.readouterr().err
    assert names(tmp_path) == sorted([record[1], "painting.png", "photo.png", "result.png", "state"])


@pytest.mark.parametrize("option", ["output", "history", "plot", "timelapse", "checkpoint"])
@pytest.mark.parametrize(
    ("place", "words"),
    [("pipe", "it is no regular file"), ("n" * 252, "File name too long")],
)
def test_a_place_that_no_file_can_take_is_refused_before_any_work(tmp_path, arguments, capsys, option, place, words):
    name = place + {"timelapse": ".webp", "history": ".json", "checkpoint": ".state"}.get(option, ".png")
    if place == "pipe":
        os.mkfifo(tmp_path / name)
    before = names(tmp_path)
    assert main([*arguments, "--num-steps", "20000", f"--{option}", name]) == 2
    assert capsys.readouterr().err == f"{name} cannot be written ({words}); choose another place.\n"
    assert names(tmp_path) == before


def test_a_name_that_is_too_long_with_a_snapshots_step_is_refused_before_any_work(tmp_path, arguments, capsys):
    name = "n" * 245 + ".png"
    assert main([*arguments, "--num-steps", "20000", "--output", name, "--snapshot-every", "50"]) == 2
    assert capsys.readouterr().err.endswith(
        "_step20000.png cannot be written (File name too long); choose another place.\n"
    )


def test_a_checkpoint_behind_a_link_is_kept_there_and_goes_when_all_is_written(tmp_path, arguments):
    (tmp_path / "far").mkdir()
    (tmp_path / "state").symlink_to("far/state")
    assert main([*arguments, "--checkpoint", "state"]) == 0
    assert (tmp_path / "state").is_symlink()
    assert names(tmp_path / "far") == []
