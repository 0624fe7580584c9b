"""Pages of somebody with hundreds of pictures: the newest are drawn, and all on a click."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.models import ContentImage, StyleImage
from gallery.picture_fields import OWN_DRAWN
from gallery.web.create_form import ArtworkForm

pytestmark = pytest.mark.django_db
CREATE, TEACH = reverse("create:create"), reverse("styles:teach")
NEW_EXPERIMENT, NEW_TRAINING = reverse("experiments:new"), reverse("studio:new")
MORE = 5


@pytest.fixture
def fill():
    """More pictures of a person than are drawn, the oldest first."""

    def fill(model, owner):
        now, number = timezone.now(), OWN_DRAWN + MORE
        pictures = [
            model(owner=owner, title=f"Picture {age}", sha256=f"{age}", width=96, height=72, byte_size=1)
            for age in range(number, 0, -1)
        ]
        model.objects.bulk_create(pictures)
        for picture, age in zip(pictures, range(number, 0, -1), strict=True):
            model.objects.filter(pk=picture.pk).update(created_at=now - timedelta(days=age))
        return pictures

    return fill


def drawn(choices) -> list:
    return [choice["picture"] for choice in choices]


def test_the_newest_are_drawn_those_chosen_and_the_gallerys_own(ada, fill, example_photo):
    photos = fill(ContentImage, ada)
    choices = ArtworkForm(user=ada, initial={"content": photos[0]}).content_choices()
    assert drawn(choices) == [*reversed(photos[MORE:]), photos[0], example_photo]
    assert [choice["picture"] for choice in choices if choice["chosen"]] == [photos[0]]
    assert choices.own == len(photos)


def test_with_few_pictures_all_are_drawn_in_one_query(ada, make_photo, example_photo, django_assert_num_queries):
    photo = make_photo(ada)
    form = ArtworkForm(user=ada)
    with django_assert_num_queries(1):
        choices = form.content_choices()
    assert drawn(choices) == [photo, example_photo]
    assert choices.own == 0


def test_a_choice_that_is_no_id_draws_the_page_all_the_same(ada, fill):
    fill(StyleImage, ada)
    choices = ArtworkForm({"style": ["none", ""], "content": "none"}, user=ada).style_choices()
    assert len(choices) == OWN_DRAWN


@pytest.mark.parametrize(
    ("page", "sent", "choices"),
    [
        (CREATE, {"title": "Kept"}, "style_choices"),
        (NEW_EXPERIMENT, {"title": "Kept"}, "picture_choices"),
        (TEACH, {"title": "Kept"}, "choices"),
        (NEW_TRAINING, {"title": "Kept", "preset": "network"}, "choices"),
    ],
)
def test_a_button_shows_all_of_them_and_keeps_what_was_chosen(client, trainer, trained, fill, page, sent, choices):
    paintings = fill(StyleImage, trainer)
    client.force_login(trainer)
    few = client.get(page)
    assert few.text.count(f"Show all {len(paintings)} of your paintings") == 1
    assert len(getattr(few.context["form"], choices)()) == OWN_DRAWN
    name = "style" if page == CREATE else "pictures"
    whole = client.post(page, {**sent, name: [paintings[0].pk], "action": "all"})
    assert "Show all" not in whole.text
    assert 'value="Kept"' in whole.text
    shown = getattr(whole.context["form"], choices)()
    assert len(shown) == len(paintings)
    assert [choice["picture"] for choice in shown if choice["chosen"]] == [paintings[0]]


def test_one_that_is_not_drawn_can_be_chosen_all_the_same(as_ada, ada, trained, example_photo, fill):
    oldest = fill(StyleImage, ada)[0]
    assert as_ada.post(TEACH, {"pictures": oldest.pk}).url.startswith("/jobs/")
