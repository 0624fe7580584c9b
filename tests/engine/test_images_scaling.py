import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from stylize_engine.images import MAX_REDUCTION, load_image, pyramid, resize, resize_to, resize_to_cover, scaled_size
from tests.engine.test_images import ramp


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.integers(1, 200), st.integers(8, 100))
def test_the_long_edge_is_as_asked_and_the_ratio_is_kept(height, width, long_edge):
    scaled = resize(torch.rand(1, 3, height, width), long_edge)
    assert max(scaled.shape[-2:]) == long_edge
    assert min(scaled.shape[-2:]) == max(1, round(long_edge * min(height, width) / max(height, width)))
    assert 0 <= scaled.min() <= scaled.max() <= 1


def test_scaling_keeps_colours_and_gradients():
    scaled = resize(ramp(), 32)
    torch.testing.assert_close(scaled[..., 4:-4, 4:-4], ramp(24, 32)[..., 4:-4, 4:-4], atol=0.02, rtol=0)


def test_scaling_down_averages_instead_of_picking_pixels():
    checkerboard = (torch.arange(64)[:, None] + torch.arange(64)) % 2
    scaled = resize(checkerboard.float().expand(1, 3, 64, 64), 16)
    torch.testing.assert_close(scaled, torch.full_like(scaled, 0.5), atol=0.02, rtol=0)


def test_scaling_to_the_same_size_changes_nothing():
    image = ramp()
    assert resize(image, 64) is image


@pytest.mark.parametrize("size", [(20, 60), (60, 20), (31, 31), (48, 64)])
def test_covering_cuts_out_the_middle_without_distortion(size):
    covered = resize_to_cover(ramp(), size)
    assert tuple(covered.shape[-2:]) == size
    assert covered[0, :2].mean((1, 2)).tolist() == pytest.approx([0.5, 0.5], abs=0.02)
    right, down = (covered[0, 0, 0, -1] - covered[0, 0, 0, 0]) * 64, (covered[0, 1, -1, 0] - covered[0, 1, 0, 0]) * 48
    assert (right / size[1]).item() == pytest.approx((down / size[0]).item(), rel=0.1)


@pytest.mark.parametrize(("height_of_cut", "first"), [(0.0, 0), (0.5, 20), (1.0, 40)])
def test_what_is_cut_out_of_a_high_picture_may_lie_further_up(height_of_cut, first):
    rows = torch.arange(60.0)[None, None, :, None].expand(1, 3, 60, 20) / 60
    cut = resize_to_cover(rows, (20, 20), height_of_cut)
    torch.testing.assert_close(cut, rows[:, :, first : first + 20])


def test_scaled_sizes_are_at_least_one_pixel():
    assert scaled_size((10_000, 3), 100) == (100, 1)


def test_a_pyramid_halves_each_size_and_keeps_shapes_and_colours():
    levels = pyramid(ramp(32, 48), 3)
    assert [tuple(level.shape[-2:]) for level in levels] == [(32, 48), (16, 24), (8, 12)]
    for level in levels:
        inner = ramp(*level.shape[-2:])[..., 2:-2, 2:-2]
        torch.testing.assert_close(level[..., 2:-2, 2:-2], inner, atol=0.03, rtol=0)


def test_a_pyramid_shows_no_false_pattern_of_what_is_too_fine_for_it():
    stripes = (torch.arange(48) % 2).float().expand(1, 3, 32, 48)
    assert (pyramid(stripes, 2)[1] - 0.5)[..., 2:-2].abs().max() < 0.01


def test_a_picture_made_very_much_smaller_keeps_its_shapes_and_colours():
    tall = ramp(MAX_REDUCTION * 50, 90)
    scaled = resize_to(tall, (10, 45))
    assert tuple(scaled.shape[-2:]) == (10, 45)
    torch.testing.assert_close(scaled[..., 2:-2, 2:-2], ramp(10, 45)[..., 2:-2, 2:-2], atol=0.03, rtol=0)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_a_picture_is_made_very_much_smaller_on_a_gpu_too():
    wide = torch.rand(1, 3, 64, 8192)
    torch.testing.assert_close(resize(wide.cuda(), 100).cpu(), resize(wide, 100), atol=1e-4, rtol=0)


def test_what_cannot_be_seen_does_not_fringe_what_can_when_a_picture_is_made_smaller(tmp_path):
    picture = Image.new("RGBA", (128, 128), (255, 255, 255, 0))
    picture.paste((0, 0, 0, 255), (0, 0, 65, 128))  # half a pixel of the smaller picture
    picture.save(tmp_path / "black.png")
    loaded = load_image(tmp_path / "black.png", 64)
    seen = torch.from_numpy(np.asarray(loaded.alpha) > 20)
    assert 0 < (np.asarray(loaded.alpha)[32, 32]) < 255
    assert loaded.tensor[0, :, seen].max() < 0.05
    assert loaded.tensor[0, :, 32, 60].min() == 1
