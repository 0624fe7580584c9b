"""The page of one's own artworks."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery.models import Artwork
from gallery.services import jobs
from gallery.services.artworks import share_artwork
from gallery.services.requests import retry_artwork

pytestmark = pytest.mark.django_db
MINE = reverse("artworks:mine")


@pytest.fixture
def painted(ada, make_painted):
    artwork = make_painted(ada, title="Blue evening")
    artwork.styles.update(title="Hidden canvas")
    return artwork


def test_own_artworks_are_listed_with_their_states(as_ada, ada, ben, painted, make_artwork):
    make_artwork(ada, title="Waiting one")
    jobs.cancel_job(make_artwork(ada, title="Cancelled one").latest_job)
    make_artwork(ben, title="Not mine")
    page = as_ada.get(MINE).text
    for text in ("Blue evening", "Waiting one", "Cancelled one", ">Waiting<", ">Cancelled<"):
        assert text in page
    assert "Not mine" not in page


def test_each_says_who_may_see_it_in_the_words_of_its_page_and_can_be_remixed(as_ada, painted):
    assert f"{reverse('create:create')}?remix={painted.pk}" in as_ada.get(MINE).text
    for visibility, words in Artwork.Visibility.choices:
        share_artwork(painted, visibility, show_content=False)
        for page in (MINE, painted.get_absolute_url()):
            assert f">{words}</span>" in as_ada.get(page).text


def test_own_artworks_can_be_filtered(as_ada, ada, painted, make_artwork):
    make_artwork(ada, title="Waiting one")
    share_artwork(painted, "unlisted", show_content=False)
    unfinished, shared = (as_ada.get(MINE, {"show": show}).text for show in ("unfinished", "shared"))
    assert "Waiting one" in unfinished
    assert "Blue evening" not in unfinished
    assert "Blue evening" in shared
    assert "Waiting one" not in shared
    assert "Blue evening" in as_ada.get(MINE, {"show": "nonsense"}).text


def test_what_is_painted_again_comes_first(as_ada, ada, make_artwork):
    first, second = make_artwork(ada), make_artwork(ada)
    jobs.cancel_job(first.latest_job)
    assert list(as_ada.get(MINE).context["page"]) == [second, first]
    retry_artwork(first)
    assert list(as_ada.get(MINE).context["page"]) == [first, second]


def test_the_number_of_queries_does_not_grow_with_the_artworks(as_ada, ada, make_artwork):
    counts = []
    for more in (1, 4):
        for _ in range(more):
            make_artwork(ada)
        with CaptureQueriesContext(connection) as queries:
            as_ada.get(MINE)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_own_artworks_are_found_by_words_also_of_what_only_their_owner_reads(as_ada, ada, painted, make_artwork):
    make_artwork(ada, title="Red morning")
    found = as_ada.get(MINE, {"search": "blue canvas"}).text
    assert "1 artwork found." in found
    assert "Blue evening" in found
    assert "Red morning" not in found
    assert "Red morning" in as_ada.get(MINE, {"search": "morning", "show": "unfinished"}).text
    nothing = as_ada.get(MINE, {"search": "morning", "show": "shared"}).text
    assert "None of these artworks of yours matches “morning”." in nothing
    assert 'name="show" value="shared"' in nothing
    assert "?search=morning&amp;show=unfinished" in nothing


def test_nobody_finds_artworks_of_others_among_their_own(as_ben, painted):
    page = as_ben.get(MINE, {"search": "evening"}).text
    assert "None of your artworks matches" in page
    assert "Blue evening" not in page


def test_too_many_words_are_refused_beside_the_field_and_all_own_artworks_stay(as_ada, painted):
    page = as_ada.get(MINE, {"search": " ".join(f"w{number}" for number in range(11))}).text
    assert "Search for 10 words at the most." in page
    assert "Blue evening" in page


def test_who_has_no_artworks_yet_is_not_asked_what_to_search(as_ada):
    assert 'role="search"' not in as_ada.get(MINE).text
