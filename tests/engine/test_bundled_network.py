"""The network that ships, looked at for what would spoil its pictures."""

from pathlib import Path

import pytest
import torch

from stylize_engine.config import ApplyConfig
from stylize_engine.images import load_image
from stylize_engine.inference import apply_network
from stylize_engine.losses import grid_loss, speckle
from stylize_engine.networks import load_network

EXAMPLES = Path(__file__).resolve().parents[2] / "gallery/examples"
NETWORK = EXAMPLES / "trained/network.safetensors"
# In standard deviations of the brushwork; chance alone makes 0.0125 of it, for there are 80 x 80 squares.
FAINT = 0.03
DRAWN = sorted(path.stem for path in (EXAMPLES / "styles").glob("*.jpg"))
# Mean squared differences of neighbours' colours: so little is not seen.
UNSEEN = 1e-4


@pytest.fixture(scope="module")
def bundled():
    return load_network(NETWORK)


def test_brushwork_is_no_grid_of_the_networks_own(bundled):
    flat, stride = torch.full((1, 3, 320, 320), 0.5), bundled.network.architecture.stride
    for style in bundled.style_names:
        painted = apply_network(bundled, flat, ApplyConfig({style: 1}, precision="fp32"), device="cpu")
        grid = grid_loss(painted, stride).sqrt() / painted.std(dim=(-2, -1)).mean()
        assert grid < FAINT, style


def test_pictures_have_no_specks_of_colour_that_their_paintings_do_not_have(bundled):
    photo = load_image(EXAMPLES / "photos/chelsea.jpg", 256).tensor
    drawn = [style for style in bundled.style_names if style in DRAWN]
    assert len(drawn) == 10
    for style in drawn:
        painting = load_image(EXAMPLES / f"styles/{style}.jpg", 512).tensor
        painted = apply_network(bundled, photo, ApplyConfig({style: 1}, precision="fp32"), device="cpu")
        assert speckle(painted) < 1.5 * speckle(painting) + UNSEEN, style
