import json

import numpy as np
import pytest
from PIL import Image

from stylize_engine.cli import main
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


# Too long for what is written beside a file until it is whole, which only the writing itself finds out.
TOO_LONG = "n" * 245


def test_a_result_that_could_not_be_written_is_written_by_the_same_line_elsewhere(tmp_path, arguments):
    assert main(arguments) == 0
    more = ["--checkpoint", "state", "--resume"]
    assert main([*arguments, *more, "--output", f"{TOO_LONG}.png"]) == 2
    assert main([*arguments, *more, "--output", "again.png"]) == 0
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "result.png").read_bytes()
    assert names(tmp_path) == ["again.png", "painting.png", "photo.png", "result.png"]


@pytest.mark.parametrize(
    "record", [["--plot", f"{TOO_LONG}.png"], ["--timelapse", f"{TOO_LONG}.webp"], ["--history", f"{TOO_LONG}.losses"]]
)
def test_a_record_that_cannot_be_written_costs_neither_the_result_nor_the_checkpoint(
    tmp_path, arguments, capsys, record
):
    assert main([*arguments, "--checkpoint", "state", *record]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert names(tmp_path) == ["painting.png", "photo.png", "result.png", "state"]
