import pytest

from gallery.exceptions import Conflict, LeaseLost
from gallery.models import Artwork
from gallery.services import artworks, jobs
from stylize_engine.progress import Progress

pytestmark = pytest.mark.django_db


def test_only_a_finished_artwork_is_shared(ada, make_artwork):
    artwork = make_artwork(ada)
    with pytest.raises(Conflict):
        artworks.share_artwork(artwork, "public", show_content=True)
    held = jobs.claim_next("optimize", "w")
    jobs.succeed_job(held, artwork, {"result": "results/x.jpg", "width": 1, "height": 1}, loss_history=[], total=4)
    artwork.refresh_from_db()
    artworks.share_artwork(artwork, "public", show_content=False)
    first_date = artwork.published_at
    artworks.share_artwork(artwork, "private", show_content=False)
    artworks.share_artwork(artwork, "public", show_content=False)
    assert Artwork.objects.public().get() == artwork
    assert artwork.published_at == first_date


def test_a_worker_whose_artwork_was_deleted_stops(ada, make_artwork):
    artwork = make_artwork(ada)
    held = jobs.claim_next("optimize", "w")
    artworks.delete_artwork(artwork)
    with pytest.raises(LeaseLost):
        jobs.report_progress(held, Progress(1, 4), eta_seconds=1, loss_history=[], preview="")


@pytest.fixture
def painted(ada, make_painted):
    return make_painted(ada)


def test_what_is_not_said_stays_as_somebody_else_has_made_it_meanwhile(painted):
    stale = Artwork.objects.get()
    artworks.share_artwork(painted, "public", show_content=True)
    stale.visibility, stale.alt_text = "unlisted", "old words"
    artworks.share_artwork(stale, show_content=False)
    artworks.rename_artwork(painted, alt_text="A bridge")
    artworks.rename_artwork(stale, title="Dusk")
    now = Artwork.objects.get()
    assert (now.visibility, now.show_content, now.title, now.alt_text) == ("public", False, "Dusk", "A bridge")


def test_who_decides_on_what_they_no_longer_see_is_told_so(painted):
    artworks.share_artwork(painted, "unlisted", seen="private")
    with pytest.raises(Conflict, match="changed meanwhile, to “Anyone with"):
        artworks.share_artwork(painted, "public", seen="private")
    assert Artwork.objects.get().visibility == "unlisted"
