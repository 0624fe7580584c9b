import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylize_engine import color
from stylize_engine.color import MOST_STRETCH, keep_chroma, match_color_statistics


def picture(seed, height=24, width=20, spread=0.12):
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(1, 3, height, width, generator=generator)
    mixing = torch.tensor([[1.0, 0.4, 0.1], [0.2, 0.8, 0.3], [0.0, 0.5, 0.7]])
    return (0.5 + spread * torch.einsum("oc,bchw->bohw", mixing, noise)).clamp(0, 1)


def luma(image):
    return (image * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1)


def covariance(image):
    return torch.cov(image[0].flatten(1).double())


def test_the_light_of_a_picture_stays_when_it_takes_the_photos_colours():
    image, photo = picture(1), picture(2)
    assert torch.allclose(luma(keep_chroma(image, photo)), luma(image), atol=1e-5)


def test_a_picture_takes_its_own_colours_back_unchanged():
    image = picture(3)
    assert torch.allclose(keep_chroma(image, image), image, atol=1e-5)


def test_a_grey_photo_leaves_no_colour():
    grey = picture(4).mean(1, keepdim=True).expand(-1, 3, -1, -1)
    painted = keep_chroma(picture(5), grey)
    assert torch.allclose(painted.amax(1), painted.amin(1), atol=1e-5)


def test_white_and_black_stay_white_and_black_under_any_colour():
    red = torch.tensor([0.9, 0.1, 0.1]).view(1, 3, 1, 1).expand(1, 3, 4, 4)
    for value in (0.0, 1.0):
        assert torch.allclose(keep_chroma(torch.full((1, 3, 4, 4), value), red), torch.tensor(value), atol=1e-6)


def test_a_recoloured_picture_has_the_references_mean_and_covariance():
    image, reference = picture(6), picture(7, 31, 17, spread=0.07)
    recoloured = match_color_statistics(image, reference)
    assert 0 < recoloured.min() < recoloured.max() < 1
    assert torch.allclose(recoloured.mean((2, 3)), reference.mean((2, 3)), atol=1e-5)
    assert torch.allclose(covariance(recoloured), covariance(reference), atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 1.45), st.floats(-0.1, 0.1))
def test_a_picture_finds_its_own_paler_or_brighter_version_again(seed, contrast, light):
    image = picture(seed, spread=0.04)
    changed = 0.5 + contrast * (image - 0.5) + light
    assert torch.allclose(match_color_statistics(image, changed), changed.clamp(0, 1), atol=1e-4)


def test_a_pale_picture_stays_paler_than_a_photo_full_of_contrast():
    pale, photo = picture(6, spread=0.02), picture(7, spread=0.1)
    recoloured = match_color_statistics(pale, photo)
    stretched = torch.linalg.eigvalsh(covariance(recoloured)) / torch.linalg.eigvalsh(covariance(pale))
    assert stretched.sqrt().max() == pytest.approx(MOST_STRETCH, abs=0.01)
    assert torch.allclose(recoloured.mean((2, 3)), photo.mean((2, 3)), atol=1e-3)


def test_of_two_colours_that_vary_alike_none_is_turned_into_the_other():
    """The square roots of the two covariances alone would turn colours where the pictures' own axes differ."""
    image, reference = picture(8, spread=0.1), picture(9, spread=0.1)
    image[:, 0], reference[:, 2] = 0.5, 0.5
    recoloured = match_color_statistics(image, reference)
    assert float(torch.corrcoef(torch.stack([recoloured[0, 1].flatten(), image[0, 1].flatten()]))[0, 1]) > 0.99


def test_the_noise_of_a_grey_picture_does_not_become_colour():
    generator = torch.Generator().manual_seed(11)
    grey = torch.rand(1, 1, 32, 32, generator=generator).expand(-1, 3, -1, -1)
    noisy = grey + 0.002 * torch.randn(1, 3, 32, 32, generator=generator)
    recoloured = match_color_statistics(noisy, picture(12))
    clean = match_color_statistics(grey, picture(12))
    assert (recoloured - clean).std() < 0.02


def test_a_picture_of_many_strips_is_one_picture(monkeypatch):
    image, photo = picture(13, 50, 40), picture(14, 50, 40)
    whole = keep_chroma(image, photo), match_color_statistics(image, photo)
    monkeypatch.setattr(color, "_STRIP_PIXELS", 130)
    stripped = keep_chroma(image, photo), match_color_statistics(image, photo)
    for one, other in zip(whole, stripped, strict=True):
        assert torch.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_pictures_of_another_type_are_computed_in_float32(dtype):
    image, photo = picture(15).to(dtype), picture(16)
    for change in (keep_chroma, match_color_statistics):
        assert torch.allclose(change(image, photo), change(image.float(), photo), atol=0.01)
        assert change(image, photo).dtype == torch.float32


def test_a_photo_of_another_size_lends_its_colours():
    red = torch.tensor([0.6, 0.2, 0.2]).view(1, 3, 1, 1)
    painted = keep_chroma(torch.full((1, 3, 10, 14), 0.5), red.expand(1, 3, 33, 7))
    assert torch.allclose(painted - painted[:, 1:2], red.expand(1, 3, 10, 14) - 0.2, atol=1e-4)


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_a_plain_reference_and_a_plain_picture_are_no_trouble(value):
    plain = torch.full((1, 3, 8, 8), value)
    assert torch.allclose(match_color_statistics(picture(8), plain), plain[..., :1, :1], atol=1e-4)
    assert torch.isfinite(match_color_statistics(plain, picture(8))).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 40), st.floats(0, 0.6))
def test_colours_stay_colours_whatever_the_pictures(seed, height, width, spread):
    image, reference = picture(seed, spread=spread), picture(seed + 1, height, width, spread)
    for result in (keep_chroma(image, reference), match_color_statistics(image, reference)):
        assert result.shape == image.shape
        assert -1e-5 <= result.min() <= result.max() <= 1 + 1e-5


def test_the_arguments_stay_as_they_are():
    image, reference = picture(9), picture(10)
    before = image.clone(), reference.clone()
    keep_chroma(image, reference)
    match_color_statistics(image, reference)
    assert torch.equal(image, before[0])
    assert torch.equal(reference, before[1])
