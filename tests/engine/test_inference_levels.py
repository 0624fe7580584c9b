from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stylize_engine import inference
from stylize_engine.config import painted_megapixels, painting_levels
from stylize_engine.images import resize_to
from stylize_engine.inference import apply_in_steps
from stylize_engine.inference.levels import keep_coarse
from tests.engine.test_inference import WAVE, apply, load, photo


@pytest.mark.parametrize(
    ("size", "stroke", "levels"),
    [
        ((60, 84), 1.0, [(60, 84)]),
        ((341, 512), 1.0, [(341, 512)]),
        ((720, 1080), 1.0, [(341, 512), (720, 1080)]),
        ((1080, 1080), 1.0, [(512, 512), (1080, 1080)]),
        ((1440, 2160), 1.0, [(341, 512), (701, 1052), (1440, 2160)]),
        ((720, 1080), 2.0, [(171, 256), (351, 526), (720, 1080)]),
        ((720, 1080), 0.7, [(488, 731), (720, 1080)]),
        ((720, 1080), 0.25, [(1365, 2048)]),
        ((60, 84), 2.0, [(30, 42), (60, 84)]),
        ((60, 84), 0.5, [(120, 168)]),
    ],
)
def test_large_pictures_are_painted_from_coarse_to_fine(size, stroke, levels):
    assert painting_levels(*size, stroke) == tuple(levels)


def test_a_picture_hardly_larger_is_painted_once():
    assert painting_levels(400, 600) == ((400, 600),)
    assert painting_levels(430, 640) == ((344, 512), (430, 640))


def test_a_panorama_is_not_painted_narrower_than_the_crops_that_networks_learn_from():
    assert painting_levels(1000, 4000)[0] == (256, 1024)
    assert painting_levels(200, 3000) == ((200, 3000),)


def test_fine_strokes_enlarge_no_picture_beyond_the_largest_that_may_be_asked_for():
    assert painting_levels(3000, 9000, 0.25)[0][1] == 3072
    assert painting_levels(200, 6000, 0.25) == ((273, 8192),)
    assert painting_levels(200, 9000, 0.25) == ((200, 9000),)


@given(st.integers(1, 9000), st.integers(1, 9000), st.floats(0.25, 4))
def test_sizes_rise_to_the_pictures_own_and_are_what_painting_costs(height, width, stroke):
    levels = painting_levels(height, width, stroke)
    assert levels[-1] == (height, width) or len(levels) == 1
    pixels = [rows * columns for rows, columns in levels]
    assert pixels == sorted(pixels)
    assert min(min(level) for level in levels) >= 1
    assert painted_megapixels(height, width, stroke) == pytest.approx(sum(pixels) / 1e6)


LARGE = photo(640, 600)


def test_strokes_are_as_large_beside_a_large_picture_as_beside_a_small_one():
    small = resize_to(LARGE, (512, 480))
    painted, painted_small = apply(load(), LARGE, WAVE), apply(load(), small, WAVE)
    once = load().network(LARGE, load().network.styles[0], inference.GRAIN, inference.MARGIN).clamp(0, 1)

    def distance(picture):
        return (resize_to(picture, (512, 480)) - painted_small).abs().mean()

    assert distance(painted) < 0.2 * distance(once)


def test_a_large_picture_has_detail_that_none_painted_small_and_enlarged_can_have():
    painted = apply(load(), LARGE, WAVE)
    enlarged = resize_to(apply(load(), resize_to(LARGE, (512, 480)), WAVE), (640, 600))

    def detail(picture):
        return (picture - resize_to(resize_to(picture, (320, 300)), (640, 600))).abs().mean()

    assert detail(painted) > 1.2 * detail(enlarged)


@pytest.mark.parametrize("stroke", [0.25, 0.6, 1.0, 3.0])
def test_at_strength_zero_a_large_photo_comes_back(stroke):
    painted = apply(load(), LARGE, replace(WAVE, strength=0.0, stroke=stroke))
    assert torch.allclose(painted, LARGE, atol=1e-6)


def test_the_shapes_of_a_small_picture_are_taken_and_the_detail_stays():
    fine, coarse = torch.rand(2, 3, 64, 96), 0.3 + 0.4 * torch.rand(2, 3, 1, 1).expand(2, 3, 16, 24)
    merged = (0.1 * fine).clone()
    keep_coarse(merged, coarse)
    assert torch.allclose(merged.mean((2, 3)), coarse.mean((2, 3)), atol=1e-3)
    detail = 0.1 * (fine - resize_to(resize_to(fine, (16, 24)), (64, 96)))
    inner = (..., slice(8, -8), slice(8, -8))
    assert torch.allclose((merged - coarse[..., :1, :1])[inner], detail[inner], atol=0.01)


def test_each_size_is_shown_when_it_is_painted():
    config = replace(WAVE, stroke=4.0, preserve_color="histogram")
    first, second, last = apply_in_steps(load(), LARGE, config, device="cpu")
    assert [shown.preview.shape[2:] for shown in (first, second, last)] == [(128, 120), (286, 268), (640, 600)]
    assert 0 < first.fraction < second.fraction < last.fraction == 1
    assert 1 <= first.step < second.step < last.step == last.total
    assert (first.preview.mean((2, 3)) - LARGE.mean((2, 3))).abs().max() < 0.02, "in the colours asked for"


def test_strips_and_whole_pictures_are_the_same_at_all_sizes():
    whole = apply(load(), LARGE, WAVE)
    reports = list(apply_in_steps(load(), LARGE, replace(WAVE, tile_size=128), device="cpu"))
    assert (reports[-1].preview - whole).abs().max() <= 4 / 255
    fractions = [report.fraction for report in reports]
    assert fractions == sorted(set(fractions))
    steps = [report.step for report in reports]
    assert steps == sorted(set(steps))
    assert steps[-1] == reports[-1].total
