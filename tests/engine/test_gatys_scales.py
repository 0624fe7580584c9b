import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylize_engine.config import GatysConfig
from stylize_engine.extractors import Extractor
from stylize_engine.gatys import optimize
from stylize_engine.topologies import build_network
from tests.engine.gatys_settings import config


def paint(content, style, settings, extractor):
    return list(optimize(content, [style], settings, extractor=extractor, device="cpu"))


@given(st.integers(32, 8192), st.integers(1, 20_000), st.none() | st.integers(1, 8))
def test_a_plan_rises_to_the_size_asked_for_and_spends_all_steps(image_size, num_steps, scales):
    plan = GatysConfig(image_size=image_size, num_steps=num_steps, scales=scales).plan
    sizes = [scale.image_size for scale in plan]
    assert sizes[-1] == image_size
    assert sizes == sorted(sizes)
    assert sum(scale.steps for scale in plan) == num_steps
    assert all(scale.steps for scale in plan)
    assert len(plan) == min(scales, num_steps) if scales else sizes[0] >= min(128, image_size)


def test_the_default_begins_near_128_pixels_whatever_the_size():
    for image_size in (128, 256, 512, 1024, 2048):
        assert GatysConfig(image_size=image_size).plan[0].image_size == 128


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_previews_grow_to_the_size_asked_for(content, style, extractor, optimizer):
    reports = paint(content, style, config(image_size=128, scales=3, num_steps=6, optimizer=optimizer), extractor)
    assert [max(report.preview.shape[-2:]) for report in reports] == [64, 64, 91, 91, 128, 128]
    assert [report.step for report in reports] == [1, 2, 3, 4, 5, 6]


def test_work_follows_the_pixels_and_ends_at_one(content, style, extractor):
    reports = paint(content, style, config(image_size=128, scales=3, num_steps=6), extractor)
    work = [report.work for report in reports]
    assert work == sorted(work)
    assert work[0] < 1 / 12
    assert work[-1] == pytest.approx(1)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_each_scale_goes_on_from_the_one_before(content, style, extractor, optimizer):
    settings = config(image_size=128, scales=2, num_steps=40, optimizer=optimizer, content_weight=0.0)
    reports = paint(content, style, settings, extractor)
    assert reports[20].losses["style"] < reports[0].losses["style"]


@pytest.mark.parametrize(("image_size", "levels"), [(128, 3), (256, 3), (192, 1)])
def test_a_narrow_photo_skips_the_scales_at_which_alexnet_sees_nothing(style, image_size, levels):
    torch.manual_seed(0)
    layers = ("pool5", "relu1")
    asked = GatysConfig(
        extractor="alexnet", content_layers=layers[:1], style_layers=layers, image_size=image_size, num_steps=5,
        pyramid_levels=levels, precision="fp32",
    )  # fmt: skip
    photo = torch.rand(1, 3, 60, 110)
    reports = paint(photo, style, asked, Extractor(build_network("alexnet", layers)))
    assert [report.step for report in reports] == [1, 2, 3, 4, 5]
    assert min(min(report.preview.shape[-2:]) for report in reports) >= 64


def test_strokes_are_as_large_as_they_are_asked_for(extractor):
    photo = torch.full((1, 3, 96, 96), 0.5)
    stripes = (torch.arange(96) % 12 < 6).float().expand(1, 3, 96, 96)
    settings = config(image_size=96, scales=1, num_steps=30, init="noise", style_weight=2000.0)

    def waves(stroke):
        """How many there are across the picture, in the mean by their power."""
        painted = paint(photo, stripes, replace(settings, stroke=stroke), extractor)[-1].preview.mean((0, 1, 2))
        power = torch.fft.rfft(painted - painted.mean()).abs().square()
        return float((power * torch.arange(len(power))).sum() / power.sum())

    assert 7 < waves(1.0) < 10, "eight stripes"
    assert waves(0.5) > 1.4 * waves(1.0) > 1.4 * 1.2 * waves(2.0)


def test_patience_ends_each_scale_early_and_the_last_report_is_the_end(content, style, extractor):
    settings = config(image_size=128, scales=2, num_steps=200, learning_rate=1e-9, optimizer="adam", patience=5)
    reports = paint(content, style, settings, extractor)
    assert reports[-1].step == reports[-1].total < 40
    assert max(reports[-1].preview.shape[-2:]) == 128
    assert reports[-1].fraction == pytest.approx(1)


def test_patience_lets_a_search_that_gets_better_go_on(content, style, extractor):
    assert len(paint(content, style, config(num_steps=30, patience=10), extractor)) == 30


@pytest.mark.parametrize("mode", ["luminance", "histogram"])
def test_colours_of_the_photo_are_kept_on_request(content, style, extractor, mode):
    painted = paint(content, style, config(preserve_color=mode, num_steps=60), extractor)[-1].preview
    without = paint(content, style, config(num_steps=60), extractor)[-1].preview

    def hue(picture):
        """Means of red minus green and of green minus blue."""
        return (picture[:, :-1] - picture[:, 1:]).mean((2, 3))

    kept, lost = ((hue(picture) - hue(content)).norm() for picture in (painted, without))
    assert kept < 0.5 * lost


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_search_that_keeps_the_photos_colours_goes_from_scale_to_scale_in_the_paintings(
    content, style, extractor, optimizer
):
    asked = config(image_size=128, scales=2, num_steps=20, optimizer=optimizer)
    kept, without = (
        paint(content, style, replace(asked, preserve_color=mode), extractor)[-1].losses
        for mode in ("luminance", "none")
    )
    assert kept == without


@settings(max_examples=12, deadline=None)
@given(
    st.integers(64, 110), st.integers(1, 3), st.sampled_from(["adam", "lbfgs"]),
    st.sampled_from(["content", "noise", "style"]), st.sampled_from(["none", "luminance", "histogram"]),
    st.floats(0.5, 2.0),
)  # fmt: skip
def test_any_settings_give_a_picture_of_the_size_asked_for(image_size, scales, optimizer, init, color, stroke):
    down, across = torch.meshgrid(torch.linspace(0, 6, 40), torch.linspace(0, 9, 56), indexing="ij")
    photo = torch.stack([down.sin(), across.cos(), (down * across).sin()])[None] / 2 + 0.5
    painting = torch.stack([across.sin(), down.cos(), across.sin() * down.sin()])[None] / 2 + 0.5
    asked = config(
        image_size=image_size, scales=scales, optimizer=optimizer, init=init, preserve_color=color, stroke=stroke,
        num_steps=3,
    )  # fmt: skip
    *_, last = optimize(photo, [painting], replace(asked, extractor="slim"), device="cpu")
    assert last.preview.shape == (1, 3, round(40 * image_size / 56), image_size)
    assert 0 <= last.preview.min() <= last.preview.max() <= 1
    assert math.isfinite(last.losses["total"])
