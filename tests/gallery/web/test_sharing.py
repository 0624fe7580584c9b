"""What the owner of an artwork calls it, and who may see it."""

import pytest
from django.test import Client
from django.urls import reverse

from gallery.models import Artwork
from gallery.services.artworks import share_artwork

pytestmark = pytest.mark.django_db
SAID = {"title": "Blue evening", "alt_text": "", "visibility": "private"}


def edit(artwork):
    return reverse("artworks:edit", args=[artwork.pk])


@pytest.fixture
def painted(ada, make_painted):
    return make_painted(ada, title="Blue evening")


def test_sharing_and_taking_back(as_ada, painted):
    visitor = Client()
    as_ada.post(edit(painted), {**SAID, "visibility": "public", "show_content": "on"})
    painted.refresh_from_db()
    assert (painted.visibility, painted.show_content) == ("public", True)
    assert visitor.get(painted.get_absolute_url()).status_code == 200
    as_ada.post(edit(painted), SAID)
    painted.refresh_from_db()
    assert (painted.visibility, painted.show_content) == ("private", False)
    assert visitor.get(painted.get_absolute_url()).status_code == 404


def test_an_unknown_visibility_changes_nothing_and_keeps_what_was_typed(as_ada, painted):
    page = as_ada.post(edit(painted), {**SAID, "title": "Red morning", "visibility": "everyone"})
    assert page.status_code == 400
    assert 'value="Red morning"' in page.text
    assert 'aria-describedby="id_visibility_error"' in page.text
    assert 'id="id_visibility_error"' in page.text
    painted.refresh_from_db()
    assert (painted.title, painted.visibility) == ("Blue evening", "private")


def test_a_page_opened_before_it_was_made_private_publishes_nothing(as_ada, painted):
    share_artwork(painted, "public")
    assert 'name="seen" value="public"' in as_ada.get(painted.get_absolute_url()).text
    share_artwork(painted, "private")
    page = as_ada.post(edit(painted), {**SAID, "visibility": "public", "seen": "public"})
    assert page.status_code == 409
    assert 'name="seen" value="private"' in page.text
    refusal = page.text.partition("data-refusal>")[2].partition("</div>")[0]
    assert "Who may see it was changed meanwhile" in refusal
    assert Artwork.objects.get().visibility == "private"


def test_an_unfinished_artwork_cannot_be_shared(as_ada, ada, make_artwork):
    artwork = make_artwork(ada)
    assert as_ada.post(edit(artwork), {**SAID, "visibility": "public"}).status_code == 404
    assert Artwork.objects.get().visibility == "private"


def test_the_page_has_one_button_that_saves_and_it_saves_everything(as_ada, painted):
    assert as_ada.get(painted.get_absolute_url()).text.count(">Save</button>") == 1
    said = {"title": "Red morning", "alt_text": "A harbour", "visibility": "unlisted"}
    saved = as_ada.post(edit(painted), said)
    assert saved.url == f"{painted.get_absolute_url()}#share"
    page = as_ada.get(saved.url).text
    assert page.index('id="share"') < page.index("Saved. Now seen by")
    assert 'class="messages"' not in page
    painted.refresh_from_db()
    assert (painted.title, painted.alt_text, painted.visibility) == ("Red morning", "A harbour", "unlisted")
    assert "Anyone with the link" in page
    assert 'alt="A harbour"' in page


def test_an_empty_title_is_refused_and_the_rest_kept_in_the_form(as_ada, painted):
    page = as_ada.post(edit(painted), {"title": "", "alt_text": "A harbour", "visibility": "public"})
    assert page.status_code == 400
    assert "A harbour" in page.text
    assert page.context["form"]["visibility"].value() == "public"
    painted.refresh_from_db()
    assert (painted.title, painted.visibility) == ("Blue evening", "private")
