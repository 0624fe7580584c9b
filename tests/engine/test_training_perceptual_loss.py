"""What fast networks are trained on, against what it should mean."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from stylize_engine.errors import ImageTooSmallError
from stylize_engine.extractors import build_extractor
from stylize_engine.images import load_image
from stylize_engine.layers import EXTRACTORS
from stylize_engine.topologies import build_network
from stylize_engine.training.perceptual_loss import PerceptualLoss
from tests.engine.conftest import save_picture
from tests.engine.training_settings import training_config

STRIDE = 4


@pytest.fixture
def config(picture_directories, tmp_path):
    return training_config(picture_directories, tmp_path)


def loss_of(config, photos):
    layers = config.resolved_layers
    return PerceptualLoss(build_extractor("slim", layers, "max", None), config, photos, torch.float32, STRIDE)


def loss_by_alexnet(config, tmp_path, photos, **fields):
    """A loss whose network, with its large strides, finds nothing in a small picture."""
    names = EXTRACTORS["alexnet"].names
    save_file(build_network("alexnet", names).state_dict(), tmp_path / "alexnet.safetensors")
    config = replace(config, extractor="alexnet", **fields)
    layers = config.resolved_layers
    extractor = build_extractor("alexnet", layers, weights_path=tmp_path / "alexnet.safetensors")
    return PerceptualLoss(extractor, config, photos, torch.float32, STRIDE)


@pytest.fixture
def photos():
    return torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def losses(perceptual_loss, painted, photos, strength=1.0):
    count = len(painted)
    styles, strengths = torch.zeros(count, dtype=torch.long), torch.full((count,), strength)
    return perceptual_loss(painted, perceptual_loss.content_targets(photos), styles, strengths)


def test_a_photo_left_as_it_is_loses_nothing_of_its_content(config, photos):
    found = losses(loss_of(config, photos), photos, photos)
    assert found["content"] == found["gamut"] == 0
    assert found["style"] > 0


def test_a_clear_sky_counts_no_more_than_any_other_photo(config, photos):
    """Its features hardly vary: in units of that variance it would outweigh all other photos."""
    sky = torch.full((1, 3, 64, 64), 0.6) + 0.01 * photos[:1]
    perceptual_loss = loss_of(config, photos)
    noise = 0.05 * torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    plain = losses(perceptual_loss, (sky + noise).clamp(0, 1), sky)["content"]
    busy = losses(perceptual_loss, (photos[:1] + noise).clamp(0, 1), photos[:1])["content"]
    assert plain < 5 * busy


def test_colours_that_are_cut_off_are_compared_as_they_are_seen_and_cost_something(config, photos):
    perceptual_loss = loss_of(config, photos)
    beyond = photos + 0.5
    found, seen = losses(perceptual_loss, beyond, photos), losses(perceptual_loss, beyond.clamp(0, 1), photos)
    assert {name: found[name] for name in ("content", "style", "tv")} == {
        name: seen[name] for name in ("content", "style", "tv")
    }
    assert found["gamut"] > seen["gamut"] == 0


def test_what_the_network_repeats_from_square_to_square_costs_something(config, photos):
    perceptual_loss = loss_of(config, photos)
    square = 0.1 * torch.eye(STRIDE).repeat(64 // STRIDE, 64 // STRIDE)
    flat = torch.full((1, 3, 64, 64), 0.5)
    found, plain = losses(perceptual_loss, flat + square, flat), losses(perceptual_loss, flat, flat)
    assert found["grid"] > plain["grid"] == 0


def test_more_speckles_than_the_painting_has_cost_something(config, photos):
    perceptual_loss = loss_of(config, photos)
    painting = load_image(config.styles["dots"][0], 64).tensor
    flat, speckled = torch.full_like(painting, 0.5), painting.clone()
    speckled[:, 0, ::2, ::2], speckled[:, 1, ::2, ::2] = 1, 0
    for nothing in (flat, painting):
        assert losses(perceptual_loss, nothing, flat)["speckle"] < 1e-6
    assert losses(perceptual_loss, speckled, flat)["speckle"] > 0.1
    assert losses(perceptual_loss, speckled, flat, strength=0.0)["speckle"] == 0


def test_a_colour_that_is_cut_off_can_still_be_learnt_away(config, photos):
    perceptual_loss = loss_of(replace(config, content_weight=0.0, tv_weight=0.0), photos)
    painted = torch.full((1, 3, 64, 64), 1.5, requires_grad=True)
    losses(perceptual_loss, painted, photos[:1])["style"].backward()
    assert painted.grad.abs().max() > 0


@pytest.mark.parametrize("edge", [64, 96, 128])
def test_a_picture_is_halved_no_more_often_than_the_loss_network_can_see_it(config, tmp_path, edge):
    photos = torch.rand(2, 3, edge, edge, generator=torch.Generator().manual_seed(0))
    perceptual_loss = loss_by_alexnet(config, tmp_path, photos, pyramid_levels=6, style_size=192)
    assert losses(perceptual_loss, photos, photos)["style"] > 0
    levels, layers = 2 if edge == 128 else 1, len(perceptual_loss.config.resolved_style_layers)
    assert len(perceptual_loss.targets) == levels * layers


def test_a_painting_too_narrow_to_be_halved_as_often_as_the_photos_sets_the_number_of_sizes(config, photos):
    save_picture(Path(config.styles["lines"][1]), seed=3, size=(160, 64))
    perceptual_loss = loss_of(replace(config, pyramid_levels=2), photos)
    assert losses(perceptual_loss, photos, photos)["style"] > 0
    assert len(perceptual_loss.targets) == len(perceptual_loss.config.resolved_style_layers)


def test_a_painting_too_narrow_to_be_seen_is_named(config, photos):
    save_picture(Path(config.styles["lines"][1]), seed=3, size=(200, 64))
    with pytest.raises(ImageTooSmallError, match=r"2\.png is too narrow at style_size 64; choose a larger style_size"):
        loss_of(config, photos)


def test_a_picture_without_strength_is_not_asked_for_style(config, photos):
    assert losses(loss_of(config, photos), photos, photos, strength=0.0)["style"] == 0
