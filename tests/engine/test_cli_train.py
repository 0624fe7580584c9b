import pytest

from stylize_engine.cli import main
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


@pytest.mark.parametrize(("name", "file"), [("", "1.png"), ("1=", "2.png")])
def test_two_styles_of_one_name_are_refused(arguments, tmp_path, capsys, name, file):
    first, second = tmp_path / "one" / "1.png", tmp_path / "two" / file
    for seed, path in enumerate((first, second)):
        save_picture(path, seed)
    assert main([*arguments, "--style", str(first), "--style", f"{name}{second}"]) == 2
    assert "--style: two are called '1'; name them apart: --style NAME=FILE" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


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
