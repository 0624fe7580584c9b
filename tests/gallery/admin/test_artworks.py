import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from gallery.models import Artwork
from gallery.services import jobs
from gallery.services.artworks import share_artwork
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db
PAINTED = {"result": "results/x.jpg", "width": 1, "height": 1}


@pytest.fixture
def claimed(ada, make_artwork):
    """An artwork that a worker is about to finish, and its claim."""
    artwork = make_artwork(ada)
    return artwork, jobs.claim_next(artwork.latest_job.queue, "w")


def test_a_title_corrected_while_the_artwork_is_painted_leaves_the_result_alone(as_admin, rf, claimed):
    artwork, claim = claimed
    shown = Artwork.objects.get(pk=artwork.pk)
    jobs.succeed_job(claim, artwork, PAINTED, total=4, loss_history=[])
    shown.title = "Corrected"
    admin.site.get_model_admin(Artwork).save_model(rf.post("/"), shown, None, True)
    artwork.refresh_from_db()
    assert (artwork.title, artwork.result.name) == ("Corrected", "results/x.jpg")


def test_how_many_were_withdrawn_is_told_in_words_that_fit(as_admin, claimed):
    artwork, claim = claimed
    jobs.succeed_job(claim, artwork, PAINTED, total=4, loss_history=[])
    Artwork.objects.update(visibility="unlisted")
    sent = {"action": "withdraw", "_selected_action": [str(artwork.pk)]}
    page = as_admin.post(admin_url(Artwork, "changelist"), sent, follow=True)
    assert "1 artwork is private now." in page.text
    assert Artwork.objects.get().visibility == "private"


@pytest.fixture
def painted(ada, make_painted):
    return make_painted(ada)


def act(as_admin, action, artwork):
    sent = {"action": action, "_selected_action": [str(artwork.pk)]}
    return as_admin.post(admin_url(Artwork, "changelist"), sent, follow=True).text


def test_what_was_withdrawn_is_not_shared_again_until_it_is_allowed(as_admin, ada, painted):
    as_ada = Client()
    as_ada.force_login(ada)
    share_artwork(painted, "public")
    act(as_admin, "withdraw", painted)
    page = reverse("artworks:edit", args=[painted.pk])
    said = {"title": "Mine", "alt_text": "", "visibility": "unlisted", "seen": "private"}
    refused = as_ada.post(page, said)
    assert (refused.status_code, "has withdrawn this artwork" in refused.text) == (409, True)
    assert "1 artwork may be shared again." in act(as_admin, "allow", painted)
    as_ada.post(page, said)
    painted.refresh_from_db()
    assert painted.visibility == "unlisted"


def test_an_artwork_of_the_gallerys_own_hangs_again_once_it_is_allowed(as_admin, painted):
    Artwork.objects.update(owner=None, is_example=True)
    share_artwork(painted, "public")
    act(as_admin, "withdraw", painted)
    assert not Artwork.objects.public().exists()
    act(as_admin, "allow", painted)
    assert Artwork.objects.public().get() == painted


def test_allowing_what_was_never_withdrawn_says_so(as_admin, painted):
    assert "None of these was withdrawn." in act(as_admin, "allow", painted)
