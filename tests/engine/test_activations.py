import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from stylize_engine.activations import NEGATIVE, _drawn, activation_sheet
from stylize_engine.charts import MARGIN
from stylize_engine.cli import main
from stylize_engine.errors import ImageTooSmallError
from stylize_engine.layers import EXTRACTORS
from tests.engine.conftest import save_picture


class Stripes(nn.Module):
    """Channels of known strength: channel 2 varies most, then 0, then 1, and channel 3 is dead."""

    def forward(self, image):
        stripes = (torch.arange(image.shape[-1]) % 16 < 8).float().expand(1, 1, *image.shape[-2:])
        return {"stripes": torch.cat([2 * stripes, stripes, -5 * stripes, 0 * stripes], 1)}


@pytest.fixture
def photo(tmp_path):
    save_picture(tmp_path / "photo.png", seed=1, size=(96, 72))
    return tmp_path / "photo.png"


def test_a_map_is_white_where_it_answers_black_where_not_and_blue_below(tmp_path):
    drawn = np.array(_drawn(torch.tensor([[0.0, 4.0], [2.0, -4.0]]), 2))
    blue = [round(255 * value) for value in NEGATIVE]
    assert drawn.tolist() == [[[0] * 3, [255] * 3], [[128] * 3, blue]]


def test_a_small_map_is_enlarged_in_squares_and_a_large_one_is_averaged():
    squares = np.array(_drawn(torch.eye(2), 8))[..., 0]
    assert np.array_equal(squares, np.kron(np.eye(2), np.full((4, 4), 255)))
    fine = torch.zeros(64, 64)
    fine[:, ::2] = 1
    assert np.array(_drawn(fine, 8)).min() == 255


def test_a_dead_channel_is_black():
    assert not np.array(_drawn(torch.zeros(3, 5), 10)).any()


def test_the_channels_that_vary_most_come_first():
    cell = 160
    pixels = np.array(activation_sheet(Stripes(), torch.rand(1, 3, 64, 64), ["stripes"], channels=3, cell=cell))
    line = pixels[MARGIN + cell + 18 + 2 * MARGIN + 10]  # through the second row, below one line of label
    starts = [MARGIN + column * (cell + MARGIN) for column in range(3)]
    blue = [round(255 * value) for value in NEGATIVE]
    assert [line[start + 2].tolist() for start in starts] == [blue, [255] * 3, [255] * 3]
    # The stripes are eight positions wide, drawn as twenty pixels.
    assert not any(line[start + 22 : start + 38].any() for start in starts)


def test_a_layer_of_fewer_channels_shows_all_it_has():
    few, many = (activation_sheet(Stripes(), torch.rand(1, 3, 64, 64), ["stripes"], channels=n) for n in (4, 40))
    assert few.size == many.size


def test_a_picture_that_deep_layers_would_shrink_to_nothing_is_refused():
    with pytest.raises(ImageTooSmallError, match="80 x 63 pixels are too few"):
        activation_sheet(Stripes(), torch.rand(1, 3, 63, 80), ["stripes"])


def test_the_command_draws_a_row_for_each_layer_of_the_extractor_that_ships(photo, capsys):
    output = photo.with_name("maps.png")
    assert main(["features", "--content", str(photo), "--output", str(output), "--image-size", "96"]) == 0
    assert capsys.readouterr().out == f"{output}: {len(EXTRACTORS['slim'].names)} layers of slim\n"
    with Image.open(output) as all_layers:
        width, height = all_layers.size
    command = ["features", "--content", str(photo), "--output", str(output), "--image-size", "96", "--channels", "3"]
    assert main([*command, "--layers", "relu1_1", "relu3_3"]) == 0
    with Image.open(output) as two_layers:
        assert two_layers.width < width
        row = (height - two_layers.height) / (len(EXTRACTORS["slim"].names) - 2)
        assert row == pytest.approx(120 + 18 + 2 * MARGIN, abs=1)


@pytest.mark.parametrize(
    ("extractor", "layers", "count"),
    [("vgg16", ["conv1_1", "relu3_3"], 2), ("vgg16", ["relu1_1", "pool1", "pool2"], 3)],
)
def test_other_extractors_draw_the_layers_asked_for(photo, teacher_file, capsys, extractor, layers, count):
    output = photo.with_name("maps.jpg")
    command = ["features", "--content", str(photo), "--output", str(output), "--extractor", extractor, "--layers"]
    assert main([*command, *layers, "--extractor-weights", str(teacher_file)]) == 0
    assert capsys.readouterr().out == f"{output}: {count} layers of {extractor}\n"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--content", "missing.jpg"], "missing.jpg cannot be read"),
        (["--output", "missing/maps.png"], "The folder missing does not exist"),
        (["--output", "maps.txt"], "use .png, .jpg"),
        (["--layers", "relu9_9"], "--layers names 'relu9_9'; slim offers: relu1_1"),
        (["--layers", "all-pool"], "--layers names 'all-pool'"),
        (["--channels", "0"], "--channels is 0; give a whole number from 1 to 64."),
        (["--image-size", "20000"], "--image-size is 20000"),
        (["--image-size", "64"], "64 x 48 pixels are too few"),
        (["--extractor-weights", "missing.pth"], "There is no weights file missing.pth"),
    ],
)
def test_bad_input_is_answered_in_one_line_and_nothing_is_written(photo, capsys, more, words):
    output = photo.with_name("maps.png")
    assert main(["features", "--content", str(photo), "--output", str(output), *more]) == 2
    complaint = capsys.readouterr().err
    assert words in complaint
    assert complaint.count("\n") == 1
    assert [path.name for path in photo.parent.iterdir()] == ["photo.png"]


def test_the_sheet_never_overwrites_the_picture(photo, capsys):
    before = photo.read_bytes()
    assert main(["features", "--content", str(photo), "--output", str(photo)]) == 2
    assert "choose another name" in capsys.readouterr().err
    assert photo.read_bytes() == before
