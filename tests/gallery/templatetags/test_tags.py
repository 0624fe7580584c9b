import re

import pytest
from django.template import Context, Template

from gallery.models import ContentImage, StyleModel
from gallery.templatetags.curves import loss_curve, sparkline
from gallery.templatetags.durations import about, duration
from gallery.templatetags.pictures import cover, picture, ratio_class, shape_class


def photo(width, height, **fields):
    return ContentImage(title="Boats", width=width, height=height, **fields)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "a few seconds"), (25, "25 seconds"), (58, "1 minute"), (95, "2 minutes"), (700, "10 minutes"),
     (3600, "1 hour"), (5100, "1 hour 25 minutes"), (7300, "2 hours")],
)  # fmt: skip
def test_durations_are_said_as_people_say_them(seconds, words):
    assert duration(seconds) == words


def test_an_estimate_is_called_one():
    assert about(2) == "a few seconds"
    assert about(25) == "about 25 seconds"


@pytest.mark.parametrize(
    ("size", "name"),
    [((100, 100), "ratio-100"), ((300, 200), "ratio-150"), ((10, 90), "ratio-50"), ((900, 10), "ratio-235")],
)
def test_shapes_are_rounded_to_a_class_of_the_stylesheet(size, name):
    assert ratio_class(photo(*size)) == name


def test_every_shape_class_is_in_the_stylesheet(settings):
    css = (settings.BASE_DIR / "static/css/pictures.css").read_text()
    for width in range(10, 400, 5):
        assert f".{ratio_class(photo(width, 100))} " in css
        assert f".{shape_class(photo(width, 100))} " in css


def test_a_picture_tells_the_browser_its_variants_and_never_more_pixels_than_there_are():
    tag = picture(photo(2000, 1000), sizes="50vw")
    assert re.findall(r"(\d+)w[,\"]", tag) == ["240", "480", "1280"]
    assert re.findall(r"(\d+)w[,\"]", picture(photo(600, 300), sizes="50vw")) == ["240", "480", "600"]


def test_a_picture_that_is_cut_to_a_square_is_as_wide_as_the_square():
    tag = picture(photo(2000, 1000), sizes="5rem", square=True)
    assert re.findall(r"(\d+)w[,\"]", tag) == ["120", "240", "640"]


def test_of_the_cover_of_a_style_the_browser_gets_no_more_than_it_shows():
    assert re.findall(r"(\w+) (\d+)w[,\"]", cover(StyleModel(), "5rem")) == [("small", "240"), ("card", "480")]


def test_descriptions_are_escaped_and_never_missing():
    assert 'alt="Photo: Boats"' in picture(photo(4, 3))
    assert 'alt="A &quot;red&quot; boat"' in picture(photo(4, 3, alt_text='A "red" boat'))


def test_a_title_that_stands_beside_a_picture_is_not_said_twice():
    assert 'alt=""' in picture(photo(4, 3), titled=True)
    assert 'alt="A red boat"' in picture(photo(4, 3, alt_text="A red boat"), titled=True)


def test_a_falling_loss_is_a_falling_line():
    history = [{"step": step, "total": 100 / step} for step in range(1, 6)]
    points = [tuple(map(float, point.split(","))) for point in loss_curve(history)["lines"][0]["points"].split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted(y for _, y in points)


def test_equal_ratios_are_equal_distances_in_the_curve():
    history = [{"step": step, "total": 10.0**-step} for step in (1, 2, 3)]
    heights = [float(point.split(",")[1]) for point in loss_curve(history)["lines"][0]["points"].split()]
    assert heights[1] - heights[0] == pytest.approx(heights[2] - heights[1], abs=0.2)


@pytest.mark.parametrize(
    "history", [[], [{"step": 1, "total": 1.0}], [{"step": 1, "total": 0.0}, {"step": 2, "total": 0.0}]]
)
def test_nothing_is_drawn_of_nothing(history):
    text = Template("{% load curves %}{% loss_curve history %}").render(Context({"history": history}))
    assert "<svg" not in text


def test_a_constant_loss_can_be_drawn():
    history = [{"step": 1, "total": 1.0}, {"step": 2, "total": 1.0}]
    assert len(sparkline(history)["points"].split()) == 2
    assert len(loss_curve(history)["lines"]) == 1
