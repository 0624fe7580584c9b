"""The part of a job's page that asks again."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery.models import Job
from gallery.services import jobs

pytestmark = pytest.mark.django_db


def address(name, job):
    return reverse(f"jobs:{name}", args=[job.pk])


def test_the_panel_asks_again_until_the_job_has_ended(as_ada, running):
    assert "every 1s" in as_ada.get(address("panel", running)).text
    Job.objects.update(
        state="failed", error_message="No.", lease_token=None, lease_expires_at=None, finished_at=timezone.now()
    )
    assert "every 1s" not in as_ada.get(address("panel", running)).text


@pytest.mark.parametrize(
    ("queue", "age", "seconds_left", "every"),
    [
        ("interactive", 1, None, "200ms"),
        ("interactive", 8, None, "1s"),
        ("interactive", 8, 6, "1s"),
        ("interactive", 8, 2, "200ms"),
        ("optimize", 1, 2, "1s"),
    ],
)
def test_the_panel_asks_often_while_a_picture_is_expected_any_moment(as_ada, running, queue, age, seconds_left, every):
    Job.objects.update(queue=queue, queued_at=timezone.now() - timedelta(seconds=age), eta_seconds=seconds_left)
    assert f'hx-trigger="every {every}"' in as_ada.get(address("panel", running)).text


def test_the_panel_renews_the_buttons_only_when_the_phase_changes(as_ada, running):
    assert "hx-swap-oob" not in as_ada.get(address("panel", running), {"seen": "running"}).text
    assert "hx-swap-oob" in as_ada.get(address("panel", running), {"seen": "queued"}).text


def test_what_the_panel_renews_can_keep_the_focus(as_ada, ada, running, make_experiment):
    """htmx finds it again by its id."""
    experiment = make_experiment(ada, {"seed": [1, 2]})
    done = [{"trial": number, "settings": {"seed": number}} for number in (1, 2)]
    type(experiment).objects.filter(pk=experiment.pk).update(results=done)
    jobs.fail_job(jobs.claim_next(experiment.latest_job.queue, "w"), "out_of_memory", "No memory.")
    for panel in (address("panel", running), reverse("experiments:panel", args=[experiment.pk])):
        page = as_ada.get(panel).text
        focusable = re.findall(r"<(?:a|button)\b[^>]*>", page)
        ids = {match[1] for tag in focusable if (match := re.search(r' id="([^"]+)"', tag))}
        assert len(ids) == len(focusable) > 0


def test_the_panel_changes_the_title_of_the_tab(as_ada, running):
    panel = as_ada.get(address("panel", running), headers={"HX-Request": "true"}).text
    assert "<title>50 % · Harbour at night · Style Gallery</title>" in panel


def test_who_watches_loads_the_losses_once_each_second(as_ada, running):
    with CaptureQueriesContext(connection) as asked:
        as_ada.get(address("panel", running))
    assert sum('"gallery_job"."loss_history"' in query["sql"] for query in asked) == 1


def test_a_signed_out_page_sends_the_browser_on_instead_of_showing_a_login_in_its_panel(client, job):
    answer = client.get(address("panel", job))
    assert answer["HX-Redirect"] == address("detail", job)
    assert not answer.content
