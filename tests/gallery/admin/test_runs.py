"""The page of a training when what was asked of it meets its worker's leaving."""

import pytest
from django.urls import reverse

from gallery import rendering
from gallery.services import jobs, pauses

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(client, trainer, make_training):
    """A training on whose page an administrator is."""
    client.force_login(trainer)
    return make_training(trainer)


def test_a_training_cancelled_while_it_pauses_says_so_and_can_be_taken_up_again(client, run):
    held = jobs.claim_next("training", "w")
    for action in ("pause", "cancel"):
        client.post(reverse("studio:act", args=[run.pk, action]))
    page = client.get(run.get_absolute_url()).text
    assert "Cancelling" in page
    assert reverse("studio:act", args=[run.pk, "cancel"]) not in page
    jobs.release_job(held)
    assert reverse("studio:act", args=[run.pk, "retry"]) in client.get(run.get_absolute_url()).text


def test_a_training_that_was_stopped_and_kept_is_shown_as_trained(client, run):
    held = jobs.claim_next("training", "w")
    pauses.finish_job(run.latest_job)
    rendering.run(held)
    panel = client.get(reverse("studio:panel", args=[run.pk])).text
    assert "Trained" in panel
    assert "Ending early" not in panel
