"""Who decided what on a record."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from rest_framework.test import APIClient

from gallery.models import Job, StyleModel
from gallery.services.tokens import create_token
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db


def act(as_admin, record, action, **sent):
    sent = {"action": action, "_selected_action": [str(record.pk)]} | sent
    return as_admin.post(admin_url(type(record), "changelist"), sent, follow=True).text


def history(as_admin, record):
    page = as_admin.get(admin_url(type(record), "history", record.pk))
    return [(entry.user.username, entry.change_message) for entry in page.context["action_list"]]


def test_who_withdraws_an_artwork_and_allows_it_again_stands_in_its_history(as_admin, ada, make_painted):
    artwork = make_painted(ada)
    for action in ("withdraw", "allow"):
        act(as_admin, artwork, action)
    assert history(as_admin, artwork) == [
        ("root", "Withdrawn from the gallery."),
        ("root", "Allowed to be shared again."),
    ]


def test_who_cancels_a_job_stands_in_its_history_and_what_came_too_late_does_not(as_admin, ada, make_artwork):
    job = make_artwork(ada).latest_job
    for _ in range(2):
        act(as_admin, job, "cancel")
    assert history(as_admin, job) == [("root", "Cancelled.")]
    assert Job.objects.get().state == "cancelled"


DECISIONS = [
    ("offered", "publish", "Taken into the gallery."),
    ("offered", "refuse", "Offer refused: Too dark."),
    ("published", "retire", "Taken out of the gallery."),
]


@pytest.fixture
def judged(trained):
    """A style in a state that is to be decided on."""

    def put(state):
        StyleModel.objects.filter(pk=trained[0].pk).update(state=state)
        return trained[0]

    return put


@pytest.mark.parametrize(("state", "decision", "trace"), DECISIONS)
def test_who_decides_on_a_style_stands_in_its_history(as_admin, judged, state, decision, trace):
    style = judged(state)
    act(as_admin, style, decision, reason="Too dark.")
    assert history(as_admin, style) == [("root", trace)]


@pytest.mark.parametrize(
    ("state", "decision", "trace"), [*DECISIONS, ("retired", "follow", "Made the next version of: Lines")]
)
def test_what_a_program_of_an_administrator_decides_stands_there_too(
    as_admin, django_user_model, judged, state, decision, trace
):
    style = judged(state)
    _, text = create_token(django_user_model.objects.get(), "program")
    program = APIClient(headers={"Authorization": f"Bearer {text}"})
    said = {"refuse": {"reason": "Too dark."}, "follow": {"earlier": "lines"}}.get(decision, {})
    assert program.post(reverse(f"api:style-{decision}", args=[style.slug]), said).status_code == 200
    assert history(as_admin, style) == [("root", trace)]


def test_what_is_decided_in_the_studio_stands_there_too(client, trainer, make_training, run_jobs, trained):
    client.force_login(trainer)
    run = make_training(trainer)
    run_jobs()
    style = run.styles.get()
    client.post(reverse("studio:follow", args=[run.pk, style.pk]), {f"{style.pk}-earlier": str(trained[0].pk)})
    client.post(reverse("studio:follow", args=[run.pk, style.pk]), {f"{style.pk}-earlier": ""})
    client.post(reverse("studio:style", args=[run.pk, style.pk, "retire"]))
    assert history(client, style) == [
        ("root", "Made the next version of: Dots"),
        ("root", "Made the next version of: none"),
    ], "it was not in the gallery, so it was not taken out"


def test_a_decision_that_is_refused_leaves_no_trace(as_admin, judged):
    act(as_admin, judged("private"), "publish")
    assert not LogEntry.objects.exists()
