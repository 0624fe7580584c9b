import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFont

from stylize_engine.charts import INK, LABEL_SIZE, MARGIN, _broken, contact_sheet, plot_losses
from stylize_engine.errors import ImageError

FONT = ImageFont.load_default(LABEL_SIZE)


def plotted(history, path):
    plot_losses(history, path)
    with Image.open(path) as picture:
        return np.array(picture.convert("RGB")).astype(int)


def where(pixels, colour, tolerance=20):
    """Rows and columns of the pixels of that colour."""
    return np.argwhere(np.abs(pixels - np.array(colour)).max(2) <= tolerance)


def colour_of(name):
    return Image.new("RGB", (1, 1), name).getpixel((0, 0))


def test_a_falling_loss_is_drawn_falling(tmp_path):
    history = [{"step": step, "total": 100 / step, "style": 60 / step} for step in range(1, 60)]
    curve = where(plotted(history, tmp_path / "losses.png"), colour_of(INK))
    inside = curve[(curve[:, 1] > 150) & (curve[:, 1] < 850) & (curve[:, 0] < 500)]
    left, right = (inside[inside[:, 1] < 300][:, 0].mean(), inside[inside[:, 1] > 700][:, 0].mean())
    assert left < right - 100


def test_every_loss_has_a_curve_of_its_own_look(tmp_path):
    few = [{"step": step, "total": 2.0, "content": 1.0} for step in (1, 2)]
    more = [row | {"style": 0.5, "tv": 0.1} for row in few]
    green = (44, 160, 44)  # the third colour
    assert not len(where(plotted(few, tmp_path / "losses.png"), green))
    assert len(where(plotted(more, tmp_path / "losses.png"), green)) > 500


def test_losses_of_many_layers_and_gaps_are_no_trouble(tmp_path):
    history = [
        {"step": step, "total": 1.0} | {f"style relu{k}": k / step for k in range(step % 35)} for step in range(1, 9)
    ]
    assert plotted(history, tmp_path / "losses.png").std() > 5


def test_a_loss_that_is_zero_does_not_hinder_the_others(tmp_path):
    history = [{"step": step, "total": 1 / step, "tv": 0.0} for step in (1, 2)]
    without = [{"step": row["step"], "total": row["total"]} for row in history]
    assert np.array_equal(plotted(history, tmp_path / "a.png"), plotted(without, tmp_path / "b.png"))


def test_a_single_step_shows_as_a_point_and_no_step_as_empty_axes(tmp_path):
    empty = plotted([], tmp_path / "losses.png")
    single = plotted([{"step": 1, "content": 1.0}], tmp_path / "losses.png")
    blue = (31, 119, 180)
    assert len(where(single, blue)) > len(where(empty, blue)) == 0


def test_the_plot_leaves_no_trace_in_matplotlib(tmp_path):
    plot_losses([{"step": 1, "total": 1.0}], tmp_path / "losses.png")
    assert "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()


def test_a_plot_that_cannot_be_written_says_so(tmp_path):
    with pytest.raises(ImageError, match="cannot be written"):
        plot_losses([{"step": 1, "total": 1.0}], tmp_path / "missing" / "losses.png")
    with pytest.raises(ImageError, match=r"use \.png"):
        plot_losses([{"step": 1, "total": 1.0}], tmp_path / "losses.txt")


def test_a_sheet_holds_every_picture_where_its_row_and_column_are():
    colours = ["#ff0000", "#00ff00", "#0000ff"]
    red, green, blue = (Image.new("RGB", (40, 30), colour) for colour in colours)
    sheet = np.array(contact_sheet([[(red, "one"), (green, "two")], [(blue, "three")]], cell=64)).astype(int)
    corners = {colour: where(sheet, colour_of(colour), 0).min(0).tolist() for colour in colours}
    below = MARGIN + 48 + 18 + 2 * MARGIN
    assert corners == {"#ff0000": [12, 12], "#00ff00": [12, 12 + 64 + MARGIN], "#0000ff": [below, 12]}
    assert all(len(where(sheet, colour_of(colour), 0)) == 64 * 48 for colour in colours)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.text("iMg_=,. 10\n", max_size=60), max_size=3), min_size=1, max_size=3), st.integers(20, 90)
)
def test_labels_are_never_cut_off_and_never_touch_a_picture_or_each_other(labels, cell):
    black = Image.new("RGB", (10, 14), "black")
    sheet = contact_sheet([[(black, label) for label in row] for row in labels], cell=cell)
    bare = contact_sheet([[(black, "") for _ in row] for row in labels], cell=cell)
    assert sheet.width == bare.width
    pixels = np.array(sheet.convert("L"))
    columns = MARGIN + max(map(len, labels)) * (cell + MARGIN)
    gaps = [pixels[:, start + 2 : start + MARGIN - 2] for start in range(0, columns, cell + MARGIN)]
    assert all((gap == 255).all() for gap in gaps)
    assert (pixels[-MARGIN:] == 255).all()
    # Pictures are wholly black: a label over one would lighten it.
    assert (pixels == 0).sum() >= sum(map(len, labels)) * cell * round(cell * 10 / 14)


def test_a_title_widens_a_narrow_sheet():
    picture = Image.new("RGB", (10, 10))
    narrow, titled = (contact_sheet([[(picture, "")]], cell=32, title=title) for title in ("", "Best total loss first"))
    assert titled.width > narrow.width
    assert (np.array(titled)[:, -MARGIN:] == 255).all()


@settings(max_examples=60, deadline=None)
@given(st.text("abM=_ 1.\n", max_size=80), st.integers(20, 200))
def test_a_broken_label_keeps_every_letter_and_fits(label, width):
    lines = _broken(label, FONT, width)
    assert "".join(lines).replace(" ", "") == "".join(label.split())
    assert max(map(FONT.getlength, lines)) <= width


def test_a_label_is_broken_between_words_where_it_can_be():
    assert _broken("style_weight=200 scales=3", FONT, 130) == ["style_weight=200", "scales=3"]
