import numpy as np
import pytest
import torch
from PIL import Image, ImageFont

from stylize_engine.charts import LABEL_SIZE, _broken, contact_sheet, plot_losses
from stylize_engine.errors import ImageError
from stylize_engine.timelapse import MAX_FRAMES, Timelapse


def test_curves_of_losses_are_a_png_that_is_not_empty(tmp_path):
    history = [{"step": step, "total": 3 / step, "content": 1 / step, "style": 2 / step} for step in range(1, 30)]
    plot_losses(history, tmp_path / "losses.png")
    with Image.open(tmp_path / "losses.png") as picture:
        assert picture.format == "PNG"
        assert np.array(picture.convert("L")).std() > 5


def test_a_loss_that_is_zero_does_not_hinder_the_others(tmp_path):
    plot_losses([{"step": 1, "total": 1.0, "tv": 0.0}, {"step": 2, "total": 0.5, "tv": 0.0}], tmp_path / "losses.png")
    plot_losses([], tmp_path / "empty.png")


def test_a_sheet_holds_every_picture_where_its_row_and_column_are():
    colours = ["#ff0000", "#00ff00", "#0000ff"]
    red, green, blue = (Image.new("RGB", (40, 30), colour) for colour in colours)
    sheet = contact_sheet([[(red, "one"), (green, "two")], [(blue, "three")]], cell=64)
    found = {colour: np.argwhere((np.array(sheet) == Image.new("RGB", (1, 1), colour).getpixel((0, 0))).all(2)).mean(0)
             for colour in colours}  # fmt: skip
    assert found["#ff0000"][1] < found["#00ff00"][1]
    assert found["#ff0000"][0] < found["#0000ff"][0]


def test_a_long_label_is_broken_and_not_cut_off():
    font = ImageFont.load_default(LABEL_SIZE)
    label = "style_weight=10000 content_weight=5 averyveryverylongwordwithoutanyblankinit"
    lines = _broken(label, font, 100)
    assert "".join(lines).replace(" ", "") == label.replace(" ", "")
    assert max(map(font.getlength, lines)) <= 100


@pytest.mark.parametrize("suffix", ["webp", "gif"])
def test_a_timelapse_runs_through_its_pictures_and_rests_at_the_last(tmp_path, suffix):
    timelapse = Timelapse(tmp_path / f"painting.{suffix}", seconds=1)
    for index in range(5):
        timelapse.add(torch.full((1, 3, 24 + 8 * index, 32 + 8 * index), index / 5))
    timelapse.save()
    with Image.open(tmp_path / f"painting.{suffix}") as animation:
        assert animation.n_frames >= 5
        assert animation.size == (64, 56)
        animation.seek(animation.n_frames - 1)
        animation.load()
        assert animation.info["duration"] == 2000


def test_a_timelapse_of_very_many_pictures_keeps_few(tmp_path):
    timelapse = Timelapse(tmp_path / "painting.webp")
    for index in range(3 * MAX_FRAMES):
        timelapse.add(torch.full((1, 3, 8, 8), index / (3 * MAX_FRAMES)))
    assert len(timelapse._frames) < MAX_FRAMES
    timelapse.save()


def test_a_timelapse_that_cannot_be_says_so(tmp_path):
    with pytest.raises(ImageError, match=r"use \.webp or \.gif"):
        Timelapse(tmp_path / "painting.png")
    with pytest.raises(ImageError, match="at least one picture"):
        Timelapse(tmp_path / "painting.gif").save()
    nowhere = Timelapse(tmp_path / "missing" / "painting.gif")
    nowhere.add(torch.zeros(1, 3, 8, 8))
    with pytest.raises(ImageError, match="cannot be written"):
        nowhere.save()
