import pytest
from django.urls import reverse

from gallery.services.artworks import share_artwork
from tests.gallery.web.test_create import SETTINGS

pytestmark = pytest.mark.django_db
CREATE = reverse("create:create")


def test_a_remix_copies_settings_pictures_and_shares(as_ada, ada, make_artwork):
    settings = {"image_size": 640, "num_steps": 77, "style_weight": 2000.0, "style_layers": ["relu1_2", "relu2_1"]}
    artwork = make_artwork(ada, parameters=settings)
    page = as_ada.get(CREATE, {"remix": artwork.pk})
    form = page.context["form"]
    assert [form[name].value() for name in ("image_size", "num_steps", "strength")] == [640, 77, 100]
    assert 'value="relu1_2, relu2_1"' in page.text
    assert form["content"].value() == artwork.content_id
    assert form["style"].value() == [artwork.styles.get().pk]
    assert page.context["notes"] == []


def test_a_remix_names_the_artwork_it_was_made_from_and_leads_there(as_ada, as_ben, ada, make_painted):
    artwork = make_painted(ada, title="Blue evening")
    form = as_ada.get(CREATE, {"remix": artwork.pk}).context["form"]
    assert form["parent"].value() == artwork.pk
    assert not form["title"].value()
    remix = make_painted(ada, parent=artwork)
    share_artwork(remix, "public", show_content=False)
    assert f'href="{artwork.get_absolute_url()}">Blue evening</a>' in as_ada.get(remix.get_absolute_url()).text
    seen_by_ben = as_ben.get(remix.get_absolute_url()).text
    assert "A remix of another artwork." in seen_by_ben
    assert "Blue evening" not in seen_by_ben


def test_what_is_known_by_its_address_alone_is_told_only_to_who_remixed_it(
    as_ada, as_ben, client, ada, ben, make_painted
):
    artwork = make_painted(ada, title="Blue evening")
    share_artwork(artwork, "unlisted", show_content=False)
    remix = make_painted(ben, parent=artwork)
    share_artwork(remix, "public", show_content=False)
    client.logout()
    for reader, told in ((client, False), (as_ben, True)):
        assert ("Blue evening" in reader.get(remix.get_absolute_url()).text) == told
        (row,) = (row for row in reader.get("/api/v1/artworks/").json()["results"] if row["id"] == str(remix.pk))
        assert (row["parent"] == str(artwork.pk)) == told


def test_another_try_of_an_own_artwork_that_was_never_painted_keeps_its_title_and_is_no_remix(
    as_ada, ada, ben, make_painted, make_artwork
):
    first = make_painted(ben)
    share_artwork(first, "public", show_content=False)
    named, unnamed, of_another = make_artwork(ada, title="Mine"), make_artwork(ada), make_artwork(ada, parent=first)
    tries = [as_ada.get(CREATE, {"remix": artwork.pk}).context["form"] for artwork in (named, unnamed, of_another)]
    assert [form["title"].value() or "" for form in tries] == ["Mine", "", ""]
    assert [form["parent"].value() for form in tries] == [None, None, first.pk]


def test_a_remix_says_that_its_photo_was_deleted(as_ada, ada, make_painted):
    artwork = make_painted(ada)
    artwork.content.delete()
    assert as_ada.get(CREATE, {"remix": artwork.pk}).context["notes"] == [
        "The photo of that artwork was deleted: choose another."
    ]


def test_a_remix_of_somebody_elses_work_leaves_out_what_is_not_to_be_used(as_ben, ada, make_painted):
    artwork = make_painted(ada)
    share_artwork(artwork, "public", show_content=True)
    page = as_ben.get(CREATE, {"remix": artwork.pk})
    form = page.context["form"]
    assert form["image_size"].value() == artwork.parameters["image_size"]
    assert not form["content"].value()
    assert not form["style"].value()
    assert len(page.context["notes"]) == 2
    assert str(artwork.content_id) not in page.text
    assert str(artwork.styles.get().pk) not in page.text


def test_a_remix_of_a_private_artwork_does_not_exist_for_others(as_ben, client, ada, make_artwork):
    artwork = make_artwork(ada)
    for visitor in (as_ben, client):
        assert visitor.get(CREATE, {"remix": artwork.pk}).status_code == 404
    assert client.get(CREATE, {"remix": "no-uuid"}).status_code == 404


def test_a_remix_is_painted_though_the_artwork_was_taken_back_meanwhile(
    as_ben, ben, ada, make_painted, make_photo, make_painting
):
    shared = make_painted(ada)
    share_artwork(shared, "public", show_content=False)
    sent = {**SETTINGS, "content": make_photo(ben).pk, "style": make_painting(ben).pk, "parent": shared.pk}
    share_artwork(shared, "private", show_content=False)
    refused = as_ben.post(CREATE, {**sent, "title": "Mine", "seed": "x"})
    assert list(refused.context["form"].errors) == ["seed"]
    assert "not to be seen any more" in refused.text
    assert 'value="Mine"' in refused.text
    assert str(shared.pk) not in refused.text
    assert "not possible" not in as_ben.get(reverse("create:estimate"), sent).text
    made = as_ben.post(CREATE, sent, follow=True)
    assert "not to be seen any more" in made.text
    assert ben.artwork_set.get().parent is None


def test_a_private_artwork_of_another_cannot_be_named_as_parent(
    as_ben, ben, ada, make_artwork, make_photo, make_painting
):
    hidden = make_artwork(ada)
    own = {"content": make_photo(ben).pk, "style": make_painting(ben).pk}
    as_ben.post(CREATE, {**SETTINGS, **own, "parent": hidden.pk})
    assert not hidden.remixes.exists()
