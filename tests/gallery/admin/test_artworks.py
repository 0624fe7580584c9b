import pytest
from django.contrib import admin

from gallery.models import Artwork
from gallery.services import jobs
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
