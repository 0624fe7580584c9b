"""What the staff may do in the studio: each thing with the right that the administration asks for, no other."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from gallery.models import StyleModel, StyleNetwork
from tests.conftest import PASSED_GATE

pytestmark = pytest.mark.django_db
EVERY_RIGHT = [
    f"{right}_{model}"
    for model in ("trainingrun", "stylemodel", "stylenetwork")
    for right in ("view", "add", "change", "delete")
]
ASKED = [
    ("style", "publish", "change_stylemodel"),
    ("style", "retire", "change_stylemodel"),
    ("style", "roll-back", "change_stylemodel"),
    ("follow", None, "change_stylemodel"),
    ("describe", None, "change_stylenetwork"),
    ("act", "cancel", "change_trainingrun"),
    ("delete", None, "delete_trainingrun"),
]

ORIGIN = {"title": "Seas", "provenance": "trained here", "licence": "CC0 1.0"}


@pytest.fixture
def style(ada, make_training, trained):
    """A style that is offered, of a training of Ada's whose network nobody has described yet."""
    run = make_training(ada)
    run.network = StyleNetwork.objects.create(title="Seas", owner=ada, sha256="0" * 64)
    run.save()
    return StyleModel.objects.create(
        network=run.network, training_run=run, owner=ada, title="Waves", slug="waves", state="offered",
        row=trained[0].row, gate=PASSED_GATE,
    )  # fmt: skip


def address(name, action, style):
    arguments = [style.training_run_id]
    arguments += [style.pk] if name in ("style", "follow") else []
    return reverse(f"studio:{name}", args=arguments + [action] * (action is not None))


@pytest.mark.parametrize(("name", "action", "right"), ASKED)
def test_each_thing_needs_its_own_right_and_is_shown_to_those_who_have_it(as_clerk, style, name, action, right):
    asked = address(name, action, style)
    clerk = as_clerk(*(other for other in EVERY_RIGHT if other != right))
    assert asked not in clerk.get(style.training_run.get_absolute_url()).text
    assert clerk.post(asked).status_code == 403
    user = clerk.get(style.training_run.get_absolute_url()).context["user"]
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="gallery", codename=right))
    assert clerk.post(asked, ORIGIN).status_code == 302


def test_who_may_decide_on_a_style_finds_the_buttons(as_clerk, style):
    page = as_clerk("view_trainingrun", "change_stylemodel", "change_stylenetwork").get(
        style.training_run.get_absolute_url()
    )
    assert address("style", "publish", style) in page.text
    assert address("describe", None, style) in page.text
    assert address("act", "cancel", style) not in page.text


def test_who_may_describe_networks_but_see_no_training_is_not_shown_it_where_the_words_are_refused(as_clerk, style):
    assert as_clerk("change_stylenetwork").post(address("describe", None, style)).status_code == 403


def test_who_may_not_describe_the_network_reads_that_somebody_must(as_clerk, style):
    page = as_clerk("view_trainingrun", "change_stylemodel").get(style.training_run.get_absolute_url()).text
    assert "somebody who may change networks must say" in page


def test_the_way_to_a_new_training_is_shown_to_those_who_may_train(as_clerk, style):
    clerk, new = as_clerk("view_trainingrun"), reverse("studio:new")
    page = clerk.get(reverse("studio:list"))
    assert new not in page.text
    page.context["user"].user_permissions.add(Permission.objects.get(codename="add_trainingrun"))
    assert new in clerk.get(reverse("studio:list")).text
