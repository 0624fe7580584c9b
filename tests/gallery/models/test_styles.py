"""A style knows of itself what the queries know of all: who may see it, and who may paint with it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from gallery.models import StyleModel, StyleNetwork

pytestmark = pytest.mark.django_db
EVERYBODY = {"its owner", "another", "who decides", "a visitor"}


@pytest.fixture
def readers(ada, ben, trainer):
    return {"its owner": ada, "another": ben, "who decides": trainer, "a visitor": AnonymousUser()}


@pytest.mark.parametrize(
    ("state", "seen_by", "used_by"),
    [
        ("draft", {"its owner"}, set()),
        ("private", {"its owner"}, {"its owner"}),
        ("offered", {"its owner", "who decides"}, {"its owner", "who decides"}),
        ("published", EVERYBODY, EVERYBODY),
        ("retired", {"its owner", "who decides"}, set()),
    ],
)
def test_who_may_see_a_style_and_who_may_use_it(readers, ada, trained, state, seen_by, used_by):
    StyleModel.objects.filter(pk=trained[0].pk).update(state=state, owner=ada, is_example=False)
    model = StyleModel.objects.get(pk=trained[0].pk)
    assert {name for name, user in readers.items() if model.is_visible_to(user)} == seen_by
    assert {name for name, user in readers.items() if model.is_usable_by(user)} == used_by
    assert {name for name, user in readers.items() if model in StyleModel.objects.visible_to(user)} == seen_by
    assert {name for name, user in readers.items() if model in StyleModel.objects.usable_by(user)} == used_by


def test_a_style_without_an_owner_is_no_visitors_own(trained):
    StyleModel.objects.filter(pk=trained[0].pk).update(state="private", is_example=False)
    assert not StyleModel.objects.get(pk=trained[0].pk).is_visible_to(AnonymousUser())


def test_a_networks_file_is_called_after_it_in_whatever_letters():
    assert StyleNetwork(title="Волны 2").download_name == "волны-2.safetensors"
    assert StyleNetwork(title="…").download_name == "network.safetensors"
