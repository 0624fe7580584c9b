from dataclasses import replace
from pathlib import Path

import pytest
import torch

from stylize_engine.config import ApplyConfig
from stylize_engine.grain import GRAIN, add_grain
from stylize_engine.inference import apply_network
from stylize_engine.networks import load_network

NETWORK = Path(__file__).resolve().parents[2] / "gallery/examples/trained/network.safetensors"


@pytest.fixture(scope="module")
def bundled():
    return load_network(NETWORK)


def flatness(picture):
    """The largest standard deviation of a colour over the middle of a picture."""
    return picture[..., 32:-32, 32:-32].std(dim=(-2, -1)).max()


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_a_photo_of_one_colour_is_painted_and_not_filled_in(bundled, shade):
    photo = torch.full((1, 3, 160, 160), shade)
    for style in ("starry-night", "great-wave", "water-lilies"):
        assert flatness(bundled.network(photo, bundled.row(style))) < 0.01, "or this shows nothing"
        assert flatness(apply_network(bundled, photo, ApplyConfig({style: 1}, precision="fp32"))) > 0.05


@pytest.mark.parametrize("shade", [0.0, 0.5, 1.0])
def test_what_is_painted_from_grain_alone_is_the_same_in_half_precision_and_in_strips(bundled, shade):
    photo, asked = torch.full((1, 3, 160, 160), shade), ApplyConfig({"starry-night": 1}, precision="fp32")
    painted = apply_network(bundled, photo, asked, device="cpu")
    in_half = apply_network(bundled, photo, replace(asked, precision="bf16"), device="cpu")
    in_strips = apply_network(bundled, photo, replace(asked, tile_size=128), device="cpu")
    assert (in_half - painted).abs().mean() < 1 / 255
    assert (in_strips - painted).abs().max() < 1 / 255


def test_a_bright_skys_grain_counts_beside_darker_ground(bundled):
    ground = torch.rand(1, 3, 80, 160, generator=torch.Generator().manual_seed(0))
    photo = torch.cat([torch.ones(1, 3, 80, 160), ground], 2)
    fine, coarse = (
        apply_network(bundled, photo, ApplyConfig({"starry-night": 1}, precision=precision), device="cpu")
        for precision in ("fp32", "bf16")
    )
    assert (coarse - fine).abs().mean() < 2 / 255


def test_at_strength_zero_no_grain_is_left(bundled):
    photo = torch.full((1, 3, 64, 64), 0.5)
    assert torch.equal(
        apply_network(bundled, photo, ApplyConfig({"starry-night": 1}, strength=0.0), device="cpu"), photo
    )


def test_the_grain_is_faint_grey_and_the_same_each_time():
    photos = torch.rand(2, 3, 200, 300)
    grained, again = photos.clone(), photos.clone()
    add_grain(grained, GRAIN)
    grain = grained - photos
    assert grain.std().item() == pytest.approx(GRAIN, rel=0.05)
    assert abs(grain.mean().item()) < GRAIN / 20
    torch.testing.assert_close(grain, grain[:1, :1].expand_as(grain), atol=1e-6, rtol=0)
    add_grain(again, GRAIN)
    assert torch.equal(again, grained)
    add_grain(again, 0.0)
    assert torch.equal(again, grained)
