"""Pages say what is so, once, and to those whom it concerns."""

import pytest
from django.urls import reverse

from gallery.models import Artwork, Job
from gallery.services.artworks import share_artwork
from gallery.services.jobs import claim_next
from tests.gallery.web.test_create_instant import INSTANT

pytestmark = pytest.mark.django_db


@pytest.fixture
def artwork(job):
    return job.artwork


def page_of(job):
    return reverse("jobs:detail", args=[job.pk])


def deletion_of(artwork):
    return reverse("artworks:delete", args=[artwork.pk])


def test_without_a_worker_a_job_waits_and_nothing_is_said_to_go_on(as_ada, job):
    page = as_ada.get(page_of(job)).text
    assert "No worker for this is running" in page
    assert "it keeps its place" in page
    assert "the work goes on" not in page


def test_without_a_worker_no_time_is_promised(as_ada, ada, make_photo, trained):
    choice = {**INSTANT, "content": make_photo(ada).pk, "model": [trained[0].pk]}
    page = as_ada.get(reverse("create:estimate"), choice).text
    assert "No worker for this is running" in page
    assert "Painting takes" not in page


def test_who_deletes_what_is_not_painted_reads_what_that_stops(as_ada, artwork, job):
    assert "It waits to be painted" in as_ada.get(deletion_of(artwork)).text
    claim_next(job.queue, "w")
    assert "the work stops" in as_ada.get(deletion_of(artwork)).text
    Job.objects.all().delete()
    page = as_ada.get(deletion_of(artwork)).text
    assert "It was not painted" in page
    assert "The photo and the paintings" not in page


def test_a_private_painting_is_not_called_a_style(client, ada, make_painted):
    painted = make_painted(ada)
    share_artwork(painted, "public", show_content=False)
    page = client.get(painted.get_absolute_url()).text
    assert "A painting its owner keeps private" in page
    assert "A style that is not public" not in page


def test_a_private_style_is_named_under_the_pictures_of_its_owner_and_not_in_their_titles(as_ada, ada, learnt, hang):
    artwork = hang(ada, "A photo painted", learnt, visibility="private", published_at=None)
    assert "in <bdi>My waves</bdi>" in as_ada.get(reverse("artworks:mine")).text
    assert Artwork.objects.get(pk=artwork.pk).title == "A photo painted"


def test_every_page_has_a_sheet_of_its_own_for_paper(client):
    assert 'css/print.css" media="print"' in client.get("/").text
