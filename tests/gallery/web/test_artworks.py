from urllib.parse import quote

import pytest
from django.urls import reverse

from gallery.models import Artwork, ArtworkStyle, ContentImage, StyleImage
from gallery.services.artworks import share_artwork

pytestmark = pytest.mark.django_db
MINE = reverse("artworks:mine")


def address(name, artwork):
    return reverse(f"artworks:{name}", args=[artwork.pk])


@pytest.fixture
def painted(ada, make_painted):
    """A finished artwork, with titles that can be told apart in a page."""
    artwork = make_painted(ada, title="Blue evening")
    ContentImage.objects.update(title="Hidden holiday")
    StyleImage.objects.update(title="Hidden canvas")
    return Artwork.objects.get(pk=artwork.pk)


def test_the_page_shows_result_settings_and_losses(as_ada, painted):
    page = as_ada.get(painted.get_absolute_url()).text
    assert reverse("media:artwork", args=[painted.pk, "large"]) in page
    assert "64 px, long edge" in page
    assert "50 of 100" in page
    assert '<polyline class="curve-line curve-total"' in page
    assert address("download", painted) in page


@pytest.mark.parametrize("weight", [1e-300, 1e308])
def test_percentages_are_told_of_shares_that_earlier_versions_took(as_ada, painted, make_painting, ada, weight):
    painted.artworkstyle_set.update(weight=weight)
    ArtworkStyle.objects.create(artwork=painted, style=make_painting(ada, "blue"), weight=weight)
    assert as_ada.get(painted.get_absolute_url()).text.count("50 %") == 2


def test_the_owner_compares_with_the_photo_and_sees_the_paintings(as_ada, painted):
    page = as_ada.get(painted.get_absolute_url()).text
    assert 'class="compare-range"' in page
    assert "Hidden holiday" in page
    assert "Hidden canvas" in page


def test_the_owner_shares_from_beside_the_download_and_above_what_it_was_made_of(as_ada, painted):
    page = as_ada.get(painted.get_absolute_url()).text
    places = [page.index(text) for text in ('href="#share"', 'id="share"', "Painted from", "How it was painted")]
    assert places == sorted(places)


def test_a_private_artwork_does_not_exist_for_others(as_ben, client, painted):
    for visitor in (as_ben, client):
        for name in ("detail", "download"):
            assert visitor.get(address(name, painted)).status_code == 404


@pytest.mark.parametrize("visibility", ["unlisted", "public"])
def test_visitors_of_a_shared_artwork_learn_nothing_about_the_hidden_pictures(as_ben, client, painted, visibility):
    share_artwork(painted, visibility, show_content=False)
    for visitor in (as_ben, client):
        page = visitor.get(painted.get_absolute_url()).text
        assert "Blue evening" in page
        assert "Hidden" not in page
        assert str(painted.content_id) not in page
        assert str(painted.styles.get().pk) not in page
        assert "compare-range" not in page
        assert 'href="#share"' not in page
        assert address("edit", painted) not in page
        assert address("delete", painted) not in page


def test_the_photo_is_shown_beside_it_when_its_owner_says_so(client, painted):
    share_artwork(painted, "public", show_content=True)
    page = client.get(painted.get_absolute_url()).text
    photo = reverse("media:artwork_photo", args=[painted.pk, "card"])
    assert "compare-range" in page
    assert photo in page
    assert client.get(photo).status_code == 200
    assert "Hidden canvas" not in page


def test_paintings_of_the_gallery_are_shown_to_everybody(client, painted):
    share_artwork(painted, "public", show_content=False)
    StyleImage.objects.update(owner=None, is_example=True)
    page = client.get(painted.get_absolute_url()).text
    assert "Hidden canvas" in page
    assert reverse("media:style", args=[painted.styles.get().pk, "card"]) in page


def test_the_maker_of_a_public_artwork_leads_to_what_else_they_show(client, painted):
    search = f"{reverse('gallery:home')}?search=ada"
    share_artwork(painted, "unlisted", show_content=False)
    assert search not in client.get(painted.get_absolute_url()).text
    share_artwork(painted, "public", show_content=False)
    assert search in client.get(painted.get_absolute_url()).text
    assert painted.title in client.get(search).text


def test_artworks_that_are_shared_describe_themselves_where_their_link_is_sent(as_ada, client, painted):
    large = reverse("media:artwork", args=[painted.pk, "large"])
    described = f'<meta property="og:image" content="http://testserver{large}">'
    for visibility, is_described, is_indexed in (
        ("private", False, False),
        ("unlisted", True, False),
        ("public", True, True),
    ):
        share_artwork(painted, visibility, show_content=False)
        page = as_ada.get(painted.get_absolute_url()).text
        assert (described in page, "noindex" not in page) == (is_described, is_indexed)


def test_the_download_is_the_whole_result_named_after_its_title(as_ada, painted):
    response = as_ada.get(address("download", painted))
    assert response["Content-Disposition"] == 'attachment; filename="blue-evening.jpg"'
    assert b"".join(response.streaming_content) == painted.result.read()


def test_a_download_keeps_the_letters_of_its_title_whatever_they_are(as_ada, painted):
    Artwork.objects.update(title="Мост ночью")
    named = f"filename*=utf-8''{quote('мост-ночью')}.jpg"
    assert as_ada.get(address("download", painted))["Content-Disposition"] == f"attachment; {named}"


def test_an_unfinished_artwork_leads_its_owner_to_the_job_and_others_nowhere(as_ada, as_ben, ada, make_artwork):
    artwork = make_artwork(ada)
    assert as_ada.get(artwork.get_absolute_url()).url == reverse("jobs:detail", args=[artwork.latest_job.pk])
    assert as_ben.get(artwork.get_absolute_url()).status_code == 404
    assert as_ada.get(address("download", artwork)).status_code == 404


@pytest.mark.parametrize("name", ["edit", "delete"])
def test_artworks_of_others_cannot_be_changed(as_ben, client, painted, name):
    share_artwork(painted, "public", show_content=False)
    data = {"visibility": "private", "title": "Stolen"}
    assert as_ben.post(address(name, painted), data).status_code == 404
    assert client.post(address(name, painted), data).url.startswith(reverse("account_login"))
    painted.refresh_from_db()
    assert (painted.title, painted.visibility) == ("Blue evening", "public")


def test_an_artwork_is_deleted_only_after_the_question(as_ada, painted):
    assert "cannot be brought back" in as_ada.get(address("delete", painted)).text
    assert Artwork.objects.exists()
    as_ada.post(address("delete", painted))
    assert not Artwork.objects.exists()


def test_the_menu_calls_no_artwork_of_another_mine(as_ada, as_ben, painted):
    share_artwork(painted, "public", show_content=False)
    marked = f'href="{MINE}" aria-current="page"'
    assert marked in as_ada.get(MINE).text
    assert marked in as_ada.get(painted.get_absolute_url()).text
    assert marked not in as_ben.get(painted.get_absolute_url()).text


def test_a_picture_flatter_than_the_handle_of_the_slider_hangs_above_its_photo(as_ada, painted):
    Artwork.objects.update(width=1080, height=7)
    page = as_ada.get(painted.get_absolute_url()).text
    assert "compare-range" not in page
    assert "<figcaption>Painted<" in page
    assert "<figcaption>Photo<" in page


def test_an_artwork_whose_photo_was_deleted_keeps_its_page(as_ada, painted):
    as_ada.post(reverse("uploads:delete", args=["content", painted.content_id]))
    page = as_ada.get(painted.get_absolute_url())
    assert page.status_code == 200
    assert "A photo that was deleted" in page.text
    assert as_ada.get(MINE).status_code == 200


def test_an_artwork_without_a_title_of_its_own_tells_others_no_title_that_is_private(
    as_ben, client, ada, make_photo, make_painting, make_painted
):
    photo, _ = make_photo(ada), make_painting(ada)
    ContentImage.objects.update(title="Hidden holiday")
    StyleImage.objects.update(title="Hidden canvas")
    photo.refresh_from_db()
    artwork = make_painted(ada, content=photo)
    share_artwork(artwork, "public", show_content=False)
    pages = ["/", artwork.get_absolute_url(), reverse("api:artwork-list"),
             reverse("api:artwork-detail", args=[artwork.pk])]  # fmt: skip
    for reader in (as_ben, client):
        for page in pages:
            answer = reader.get(page)
            assert answer.status_code == 200, page
            assert "Hidden" not in answer.text
