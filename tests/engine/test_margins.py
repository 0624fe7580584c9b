"""What a fast network is shown of a photo beyond its edges."""

from pathlib import Path

import pytest
import torch

from stylize_engine.config import ApplyConfig
from stylize_engine.grain import GRAIN
from stylize_engine.images import load_image, resize
from stylize_engine.inference import apply_network
from stylize_engine.margins import MARGIN, margins, with_margins
from stylize_engine.networks import load_network

EXAMPLES = Path(__file__).resolve().parents[2] / "gallery/examples"


def paleness(painted):
    """How much more the picture varies some way from its edges than at them."""
    turned = painted.transpose(-1, -2)
    sides = [side for picture in (painted, turned) for side in (picture, picture.flip(-2))]
    return sum(float(side[..., 40:48, :].std() / side[..., :8, :].std()) for side in sides) / len(sides)


def painted(style, photo, size):
    """A bundled photo painted in a style without any margin, with twice the margin, and as `apply_network` does."""
    bundled = load_network(EXAMPLES / "trained/network.safetensors")
    photo = resize(load_image(EXAMPLES / "photos" / photo).tensor, size)
    with torch.no_grad():
        alone, far = (bundled.network(photo, bundled.row(style), GRAIN, margin) for margin in (0, 2 * MARGIN))
    return alone, far, apply_network(bundled, photo, ApplyConfig({style: 1}, precision="fp32"), device="cpu")


@pytest.mark.parametrize("style", ["starry-night", "composition-vii", "ink-mountains"])
def test_a_picture_is_painted_up_to_its_edges(style):
    alone, far, usual = painted(style, "chelsea.jpg", 320)
    assert usual.shape == alone.shape
    rim = paleness(alone) - paleness(far)
    assert rim > 0.15, "or this shows nothing"
    assert paleness(usual) - paleness(far) < rim / 4


@pytest.mark.parametrize("style", ["poppy-field", "mannen-bridge", "olive-trees"])
def test_no_style_paints_a_band_of_sky_along_the_upper_edge(style):
    alone, far, usual = (picture[:, :, :12].mean((2, 3)) for picture in painted(style, "rocket.jpg", 512))
    assert (alone - far).abs().max() > 0.2, "or this shows nothing"
    assert (usual - far).abs().max() < 0.06


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (20, 90), (100, 33)])
def test_a_small_picture_has_as_much_around_it_as_it_can_mirror(size):
    picture = torch.rand(1, 3, *size)
    down, across = margins(size, MARGIN)
    shown = with_margins(picture, MARGIN)
    assert shown.shape[-2:] == (size[0] + 2 * down, size[1] + 2 * across)
    assert torch.equal(shown[..., down : down + size[0], across : across + size[1]], picture)
