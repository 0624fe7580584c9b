import numpy as np
import pytest
import torch

from gallery.examples import NETWORK, load_catalogue
from gallery.models import StyleModel, StyleNetwork
from gallery.services.example_styles import load_trained_styles
from gallery.services.styles import base_network
from stylize_engine.networks import load_network

pytestmark = pytest.mark.django_db


def test_the_bundled_styles_are_published_with_their_numbers_and_samples():
    load_trained_styles(load_catalogue().models)
    loaded = load_network(NETWORK)
    models = list(StyleModel.objects.all())
    assert {model.slug for model in models} <= set(loaded.style_names)
    assert len(models) >= 10
    for model in models:
        assert (model.state, model.owner, model.is_example) == ("published", None, True)
        assert torch.equal(torch.from_numpy(np.frombuffer(model.row, "<f4").copy()), loaded.row(model.slug))
        assert model.cover.storage.exists(model.cover.name)
        assert model.strip.storage.exists(model.strip.name)
    assert base_network() == models[0].network


def test_loading_again_changes_nothing(trained, tmp_path):
    catalogue = load_catalogue()
    load_trained_styles(catalogue.models)
    before = list(StyleModel.objects.values())
    load_trained_styles(catalogue.models)
    assert list(StyleModel.objects.values()) == before
    assert StyleNetwork.objects.count() == 2


def test_a_style_taken_away_by_an_administrator_stays_away():
    catalogue = load_catalogue()
    load_trained_styles(catalogue.models)
    StyleModel.objects.update(state="retired")
    load_trained_styles(catalogue.models)
    assert set(StyleModel.objects.values_list("state", flat=True)) == {"retired"}
