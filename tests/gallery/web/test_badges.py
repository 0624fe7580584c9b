"""The word about its job that stands beside an unfinished artwork or experiment."""

import uuid

import pytest
from django.urls import reverse
from django_htmx.http import HttpResponseStopPolling

from gallery.services import jobs
from stylize_engine.progress import Progress

pytestmark = pytest.mark.django_db


def address(name, job):
    return reverse(f"jobs:{name}", args=[job.pk])


def test_of_a_job_of_others_or_a_deleted_one_a_badge_tells_nothing_and_is_asked_no_more(as_ada, as_ben, job):
    others = as_ben.get(address("badge", job))
    job.delete()
    deleted = as_ada.get(f"/jobs/{uuid.uuid4()}/badge/")
    for answer in (others, deleted):
        assert (answer.status_code, answer.content) == (HttpResponseStopPolling.status_code, b"")


def test_a_badge_leads_who_was_signed_out_back_to_the_page_it_is_on(client, job):
    shown = "http://testserver/experiments/?page=2"
    asked = client.get(address("badge", job), headers={"HX-Request": "true", "HX-Current-URL": shown})
    assert asked["HX-Redirect"] == "/experiments/?page=2"
    assert client.get(address("badge", job))["HX-Redirect"] == reverse("artworks:mine")


def test_the_badge_says_the_state_in_a_word(as_ada, job):
    assert "Waiting" in as_ada.get(address("badge", job)).text
    claim = jobs.claim_next(job.queue, "w")
    jobs.report_progress(claim, Progress(2, 4), eta_seconds=31, loss_history=[], preview="")
    assert "50 %" in as_ada.get(address("badge", job)).text
    as_ada.post(address("cancel", job), {"sure": "yes"})
    assert "Stopping" in as_ada.get(address("badge", job)).text
