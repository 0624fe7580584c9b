"""What fast networks are trained on, against what it should mean."""

from dataclasses import replace

import pytest
import torch

from stylize_engine.extractors import build_extractor
from stylize_engine.training.objective import Objective
from tests.engine.training_settings import training_config


@pytest.fixture
def config(picture_directories, tmp_path):
    return training_config(picture_directories, tmp_path)


def objective_of(config, photos):
    layers = tuple(dict.fromkeys(config.resolved_content_layers + config.resolved_style_layers))
    return Objective(build_extractor("slim", layers, "max", None), config, photos, torch.float32)


@pytest.fixture
def photos():
    return torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def losses(objective, painted, photos, strength=1.0):
    count = len(painted)
    styles, strengths = torch.zeros(count, dtype=torch.long), torch.full((count,), strength)
    return objective(painted, objective.content_targets(photos), styles, strengths)


def test_a_photo_left_as_it_is_loses_nothing_of_its_content(config, photos):
    found = losses(objective_of(config, photos), photos, photos)
    assert found["content"] == found["gamut"] == 0
    assert found["style"] > 0


def test_a_clear_sky_counts_no_more_than_any_other_photo(config, photos):
    """Its features hardly vary: in units of that variance it would outweigh all other photos."""
    sky = torch.full((1, 3, 64, 64), 0.6) + 0.01 * photos[:1]
    objective = objective_of(config, photos)
    noise = 0.05 * torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    plain = losses(objective, (sky + noise).clamp(0, 1), sky)["content"]
    busy = losses(objective, (photos[:1] + noise).clamp(0, 1), photos[:1])["content"]
    assert plain < 5 * busy


def test_colours_that_are_cut_off_are_judged_as_they_are_seen_and_cost_something(config, photos):
    objective = objective_of(config, photos)
    beyond = photos + 0.5
    found, seen = losses(objective, beyond, photos), losses(objective, beyond.clamp(0, 1), photos)
    assert {name: found[name] for name in ("content", "style", "tv")} == {
        name: seen[name] for name in ("content", "style", "tv")
    }
    assert found["gamut"] > seen["gamut"] == 0


def test_a_colour_that_is_cut_off_can_still_be_learnt_away(config, photos):
    objective = objective_of(replace(config, content_weight=0.0, tv_weight=0.0), photos)
    painted = torch.full((1, 3, 64, 64), 1.5, requires_grad=True)
    losses(objective, painted, photos[:1])["style"].backward()
    assert painted.grad.abs().max() > 0


def test_a_picture_without_strength_is_not_asked_for_style(config, photos):
    assert losses(objective_of(config, photos), photos, photos, strength=0.0)["style"] == 0
