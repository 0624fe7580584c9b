from datetime import UTC, datetime

import numpy as np
import pytest
import torch

from gallery.examples import NETWORK, ExampleModel, load_catalogue
from gallery.models import StyleModel, StyleNetwork
from gallery.services.example_styles import load_trained_styles, replace_file
from gallery.services.styles import base_network
from stylize_engine.networks import load_network, save_network

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


def test_what_administrators_call_the_styles_and_the_network_and_their_order_stay():
    catalogue = load_catalogue()
    load_trained_styles(catalogue.models)
    words = {"title": "Renamed", "credit": "After somebody", "position": 7}
    StyleModel.objects.update(**words)
    StyleNetwork.objects.update(title="Ours")
    load_trained_styles(catalogue.models)
    assert not StyleModel.objects.exclude(**words).exists()
    assert StyleNetwork.objects.get().title == "Ours"


def test_a_newer_network_brings_words_rows_and_samples_but_none_of_the_styles_taken_away(trained, tmp_path):
    before, row = trained[0], trained[0].row
    loaded = load_network(tmp_path / "network.safetensors")
    loaded.network.styles += 1
    newer = tmp_path / "newer.safetensors"
    save_network(newer, loaded.network, loaded.style_names, {"training": {}})
    sample = load_catalogue().models[0]
    StyleModel.objects.update(title="Renamed", state="retired")
    load_trained_styles([ExampleModel("dots", "Dots anew", "", sample.cover, sample.strip, sample.texture)], newer)
    dots = StyleModel.objects.get(slug="dots")
    assert (dots.title, dots.state, dots.network) == ("Dots anew", "retired", base_network())
    assert dots.network != before.network
    assert dots.row != row
    assert (dots.cover.size, dots.strip.size) == (sample.cover.stat().st_size, sample.strip.stat().st_size)


def test_the_bundled_networks_of_earlier_days_are_told_apart_by_their_titles(load_bundled):
    def titles():
        return list(StyleNetwork.objects.order_by("created_at").values_list("title", flat=True))

    for seed, day in enumerate((1, 9, 30)):
        load_bundled(seed=seed)
        come = datetime(2026, 11, day, tzinfo=UTC)
        StyleNetwork.objects.filter(pk=base_network().pk).update(created_at=come)
    StyleNetwork.objects.filter(title__contains="until").update(title="The gallery's own network")
    load_bundled(seed=2)
    assert titles() == [
        "The gallery's own network until 9 November 2026",
        "The gallery's own network until 30 November 2026",
        "The gallery's own network",
    ]
    load_bundled(seed=1)
    assert titles()[1] == "The gallery's own network"
    assert titles()[2].startswith("The gallery's own network until")


def test_what_administrators_call_a_bundled_network_stays_when_a_newer_one_comes(load_bundled):
    load_bundled(seed=0)
    StyleNetwork.objects.update(title="Ours")
    load_bundled(seed=1)
    assert {network.title for network in StyleNetwork.objects.all()} == {"Ours", "The gallery's own network"}


def brought(network):
    """As if an administrator had brought it before it came with the gallery."""
    StyleModel.objects.all().delete()
    StyleNetwork.objects.filter(pk=network.pk).update(is_example=False)


def test_a_network_that_an_administrator_brought_before_becomes_the_gallerys_own():
    catalogue = load_catalogue()
    load_trained_styles(catalogue.models)
    brought(StyleNetwork.objects.get())
    load_trained_styles(catalogue.models)
    assert StyleNetwork.objects.get().is_example
    assert base_network() == StyleNetwork.objects.get()


def test_new_styles_are_learnt_on_the_network_that_the_bundled_ones_have_also_where_an_older_one_came_back(
    trained, tmp_path
):
    older = trained[0].network
    load_trained_styles(load_catalogue().models)
    newer = StyleModel.objects.exclude(network=older).first().network
    assert StyleNetwork.objects.first() == newer
    StyleModel.objects.filter(network=newer).delete()
    assert base_network() == older


def test_a_picture_that_is_replaced_stays_until_that_is_certain_and_its_address_is_not_used_again(
    example_photo, media_root, django_capture_on_commit_callbacks
):
    earlier = media_root / example_photo.file.name
    with django_capture_on_commit_callbacks() as committed:
        replace_file(example_photo, "file", earlier.name, b"another picture")
    assert earlier.exists()
    assert (media_root / example_photo.file.name).read_bytes() == b"another picture"
    for callback in committed:
        callback()
    assert not earlier.exists()
    assert (media_root / example_photo.file.name).exists()


def test_a_picture_that_was_lost_comes_back_under_its_name(
    example_photo, media_root, django_capture_on_commit_callbacks
):
    path = media_root / example_photo.file.name
    path.unlink()
    with django_capture_on_commit_callbacks(execute=True):
        replace_file(example_photo, "file", path.name, b"the picture")
    assert path.read_bytes() == b"the picture"
