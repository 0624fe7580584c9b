import os
import subprocess
import sys

import pytest
from PIL import Image

from stylize_engine.cli import main
from stylize_engine.networks import load_network, save_network
from tests.engine.conftest import save_picture


@pytest.fixture
def photos(tmp_path):
    for seed in range(3):
        save_picture(tmp_path / "photos" / f"{seed}.png", seed)
    save_picture(tmp_path / "photos" / "more" / "0.png", 7, size=(36, 36))
    return tmp_path / "photos"


def apply(model, *arguments):
    return main(["apply", "--model", str(model), "--device", "cpu", *map(str, arguments)])


def test_a_folder_is_painted_with_its_subfolders(model, photos, tmp_path, capsys):
    out = tmp_path / "out"
    assert apply(model, "--content", photos, "--output", out, "--style", "wave=2", "scream", "--batch-size", 2) == 0
    assert "4 of 4 pictures" in capsys.readouterr().out
    painted = sorted(str(path.relative_to(out)) for path in out.rglob("*.png"))
    assert painted == ["0.png", "1.png", "2.png", "more/0.png"]
    with Image.open(out / "more" / "0.png") as picture:
        assert picture.size == (36, 36)


def test_a_folder_that_is_called_like_a_picture_is_none(model, photos, tmp_path, capsys):
    (photos / "more").rename(photos / "more.jpg")
    assert apply(model, "--content", photos, "--output", tmp_path / "out") == 0
    assert "4 of 4 pictures" in capsys.readouterr().out


def test_a_style_may_be_called_as_it_likes_where_none_is_chosen(model, photos, tmp_path):
    network = load_network(model)
    save_network(model, network.network, ["epoch=final", "scream"], {})
    assert apply(model, "--content", photos / "0.png", "--output", tmp_path / "out.png") == 0


def test_a_result_whose_name_is_no_text_is_told_by_its_bytes(model, photos, tmp_path):
    result = os.path.join(os.fsencode(tmp_path), b"caf\xe9.png")
    line = ["apply", "--model", model, "--device", "cpu", "--content", photos / "0.png", "--output", result]
    done = subprocess.run([sys.executable, "-m", "stylize_engine", *line], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert rb"caf\udce9.png: 1 of 1 pictures" in done.stdout
    assert os.path.exists(result)


def test_the_same_line_again_paints_only_what_is_missing_or_changed(model, photos, tmp_path):
    out = tmp_path / "out"
    line = ["--content", photos, "--output", out]
    apply(model, *line)
    (out / "1.png").unlink()
    save_picture(photos / "2.png", 99)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    apply(model, *line)
    changed = {path.name for path in out.rglob("*.png") if before.get(path) != path.stat().st_mtime_ns}
    assert changed == {"1.png", "2.png"}
    apply(model, *line, "--strength", "0.5")
    assert all(before[path] != path.stat().st_mtime_ns for path in before)


def test_paths_that_cannot_be_looked_at_are_named_in_one_line(model, photos, tmp_path, capsys):
    endless = tmp_path / ("long" * 100)
    assert apply(endless, "--content", photos, "--output", tmp_path / "out") == 2
    assert apply(model, "--content", endless, "--output", tmp_path / "out") == 1
    assert apply(model, "--content", photos / "0.png", "--output", endless / "lion.jpg") == 2
    (photos / "circle.png").symlink_to(photos / "circle.png")
    assert apply(model, "--content", photos, "--output", tmp_path / "out") == 1
    told = capsys.readouterr().err
    assert "There is no network file" in told
    assert "File name too long" in told
    assert "circle.png cannot be read (Too many levels of symbolic links)" in told
    assert "Traceback" not in told


def test_a_damaged_picture_is_named_and_does_not_stop_the_others(model, photos, tmp_path, capsys):
    (photos / "1.png").write_bytes(b"no picture")
    assert apply(model, "--content", photos, "--output", tmp_path / "out") == 1
    complaint = capsys.readouterr().err
    assert "1.png" in complaint
    assert "1 of 4 pictures could not be painted" in complaint
    assert len(list((tmp_path / "out").rglob("*.png"))) == 3


def test_a_single_photo_is_painted_into_the_file_that_the_output_names(model, photos, tmp_path, capsys):
    result = tmp_path / "lion.jpg"
    assert apply(model, "--content", photos / "0.png", "--output", result) == 0
    assert capsys.readouterr().out.strip() == f"{result}: 1 of 1 pictures"
    with Image.open(result) as picture:
        assert picture.format == "JPEG"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lion.jpg", "model.safetensors", "photos"]


def test_a_folder_that_is_called_like_a_picture_is_still_a_folder(model, photos, tmp_path):
    (tmp_path / "lion.jpg").mkdir()
    assert apply(model, "--content", photos, "--output", tmp_path / "lion.jpg") == 0
    assert (tmp_path / "lion.jpg" / "0.png").is_file()


@pytest.mark.parametrize("output", ["out", "new/out", "out.png"])
def test_a_picture_that_fails_leaves_no_empty_folder(model, tmp_path, capsys, output):
    photo = tmp_path / "broken" / "more" / "photo.png"
    photo.parent.mkdir(parents=True)
    photo.write_bytes(b"no picture")
    (tmp_path / "new").mkdir()
    before = sorted(tmp_path.rglob("*"))
    content = photo if output == "out.png" else tmp_path / "broken"
    assert apply(model, "--content", content, "--output", tmp_path / output) == 1
    assert "1 of 1 pictures could not be painted" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_transparency_is_kept(model, tmp_path):
    picture = Image.new("RGBA", (40, 36), (200, 40, 40, 255))
    picture.paste((0, 0, 0, 0), (0, 0, 20, 36))
    picture.save(tmp_path / "cut-out.png")
    apply(model, "--content", tmp_path / "cut-out.png", "--output", tmp_path / "out")
    with Image.open(tmp_path / "out" / "cut-out.png") as result:
        assert result.mode == "RGBA"
        assert result.getchannel("A").getpixel((5, 5)) == 0


def test_a_photo_that_is_named_twice_is_painted_once(model, photos, tmp_path, capsys):
    (tmp_path / "link.png").symlink_to(photos / "1.png")
    line = [photos / "0.png", photos, photos / "more" / ".." / "0.png", tmp_path / "link.png"]
    assert apply(model, "--content", *line, "--output", tmp_path / "out") == 0
    assert "4 of 4 pictures" in capsys.readouterr().out
    assert len(list((tmp_path / "out").rglob("*.png"))) == 4


def test_a_result_never_overwrites_its_photo(model, photos):
    before = (photos / "0.png").read_bytes()
    apply(model, "--content", photos / "0.png", "--output", photos)
    assert (photos / "0.png").read_bytes() == before
    assert (photos / "0-2.png").exists()


def test_a_picture_that_lies_in_the_folder_already_is_not_overwritten(model, photos, tmp_path):
    save_picture(tmp_path / "1.png", 8)
    before = (tmp_path / "1.png").read_bytes()
    for _ in range(2):
        apply(model, "--content", photos / "1.png", "--output", tmp_path)
    assert (tmp_path / "1.png").read_bytes() == before
    assert [path.name for path in sorted(tmp_path.glob("1*.png"))] == ["1-2.png", "1.png"]


@pytest.mark.parametrize("output", ["photos/painted", "photos", "."])
def test_results_among_the_photos_are_not_painted_again(model, photos, tmp_path, capsys, output):
    line = ["--content", photos, "--output", tmp_path / output]
    save_picture(photos / "photos" / "0.png", 9)
    painted = []
    for _ in range(2):
        assert apply(model, *line) == 0
        assert "5 of 5 pictures" in capsys.readouterr().out
        painted.append(sorted(tmp_path.rglob("*.png")))
    assert painted[0] == painted[1]
    assert len(painted[0]) == 10


def test_the_styles_of_a_model_are_listed(model, capsys):
    assert apply(model, "--list-styles") == 0
    assert capsys.readouterr().out.split() == ["wave", "scream"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--output", "out"], "--content is missing"),
        (["--content", "photos"], "--output is missing"),
        (["--content", "photos", "--output", "out", "--style", "kiss"], "it has: wave, scream"),
        (["--content", "photos", "--output", "out", "--style", "wave=much"], "has no number after ="),
        (["--content", "photos", "--output", "out", "--style", "wave", "scream", "wave=3"], "--style names wave twice"),
        (["--content", "empty", "--output", "out"], "--content names no pictures"),
        (["--content", "photos", "--output", "model.safetensors"], "cannot be a folder"),
        (["--content", "photos", "--output", "out", "--strength", "2"], "--strength is 2.0"),
        (["--content", "photos", "--output", "lion.jpg"], "--output lion.jpg names one picture; give a folder"),
        (["--content", "photos/0.png", "photos/1.png", "--output", "lion.jpg"], "names one picture; give a folder"),
        (["--content", "photos/0.png", "--output", "photos/0.png"], "is used for something else too; choose another"),
        (["--content", "photos/0.png", "--output", "lion.heic"], "does not end like a picture that can be written"),
        (["--content", "photos/0.png", "--output", "lion.gif"], "does not end like a picture that can be written"),
        (["--content", "photos/0.png", "--output", "nowhere/lion.jpg"], "The folder nowhere does not exist"),
    ],
)
def test_bad_input_is_told_in_one_line(model, photos, tmp_path, capsys, monkeypatch, arguments, complaint):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert apply(model, *arguments) == 2
    told = capsys.readouterr().err
    assert complaint in told
    assert told.count("\n") == 1
    assert sorted(tmp_path.rglob("*")) == before
