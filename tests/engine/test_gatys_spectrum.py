"""The measure in which a search takes its steps."""

import math

import pytest
import torch

from stylize_engine.gatys.spectrum import POWER, image_spectrum, shaped


def picture(seed, height=21, width=34):
    return torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def waves(period):
    return torch.sin(torch.arange(64) * 2 * math.pi / period).expand(1, 3, 64, 64).double()


@pytest.mark.parametrize("size", [(16, 16), (21, 34), (17, 23), (1, 8)])
def test_shaping_is_a_symmetric_and_positive_map_of_pictures_of_any_size(size):
    one, other = picture(1, *size), picture(2, *size)
    spectrum = image_spectrum(one)
    assert shaped(one, spectrum).shape == one.shape
    torch.testing.assert_close((shaped(one, spectrum) * other).sum(), (one * shaped(other, spectrum)).sum())
    assert (shaped(one, spectrum) * one).sum() > 0


def test_short_waves_are_moved_less_far_than_long_ones():
    spectrum = image_spectrum(waves(4))
    moved = [float(shaped(shaped(waves(period), spectrum), spectrum).std() / waves(period).std()) for period in (4, 8)]
    assert moved[0] / moved[1] == pytest.approx(0.5 ** (2 * POWER), abs=0.05)


def test_shapes_that_an_earlier_scale_has_painted_are_moved_alike():
    spectrum = image_spectrum(waves(64))
    assert float(spectrum[0, 1] / spectrum[0, 0]) == pytest.approx(1, abs=0.05)
