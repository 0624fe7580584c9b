import uuid

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from gallery.models import Artwork, ContentImage, Job, StyleImage, StyleModel, TrainingRun
from gallery.services.requests import request_instant_artwork

pytestmark = pytest.mark.django_db
TINY = {"image_size": 64}


@pytest.fixture
def delete_person(as_admin):
    def delete(person):
        as_admin.post(reverse("admin:auth_user_delete", args=[person.pk]), {"post": "yes"})
        assert not get_user_model().objects.filter(pk=person.pk).exists()

    return delete


@pytest.fixture
def make_style(ada, trained):
    """A style that Ada has taught, in whatever state it is now."""

    def make(slug, state):
        style = StyleModel.objects.defer(None).get(pk=trained[0].pk)
        style.pk, style.family, style.request_id, style._state.adding = uuid.uuid4(), uuid.uuid4(), uuid.uuid4(), True
        style.slug, style.owner, style.is_example, style.state = slug, ada, False, state
        if state not in ("published", "retired"):
            style.published_at = None
        style.save()
        return style

    return make


def test_a_person_is_deleted_with_all_that_is_theirs(delete_person, ada, make_painted, make_training, make_experiment):
    make_painted(ada)
    make_training(ada)
    make_experiment(ada)
    delete_person(ada)
    theirs = (Artwork, ContentImage, Job, StyleImage, TrainingRun)
    assert not any(model.objects.exclude(owner=None).exists() for model in theirs)


@pytest.mark.django_db(transaction=True)
def test_the_pictures_of_a_deleted_person_go_at_once(delete_person, ada, make_painted, media_root):
    make_painted(ada)
    delete_person(ada)
    assert [path for path in media_root.rglob("*") if path.is_file()] == []


def test_what_a_deleted_person_published_stays_in_the_gallery_and_others_go_on_painting_with_it(
    delete_person, ada, ben, make_photo, make_style
):
    used, unused = make_style("used", "published"), make_style("unused", "published")
    artwork = request_instant_artwork(ben, make_photo(ben), [(used, 1)], TINY)
    delete_person(ada)
    assert artwork.artworkstyle_set.get().model == used
    for style in (used, unused):
        style.refresh_from_db()
        assert (style.owner, style.state) == (None, "published")
    request_instant_artwork(ben, make_photo(ben), [(unused, 1)], TINY)


def test_versions_that_were_in_the_gallery_once_stay_for_going_back_to(delete_person, ada, make_style):
    retired = make_style("retired", "retired")
    delete_person(ada)
    retired.refresh_from_db()
    assert retired.owner is None


@pytest.mark.parametrize("state", ["private", "offered"])
def test_styles_that_never_were_in_the_gallery_go_with_their_person(delete_person, ada, make_photo, make_style, state):
    request_instant_artwork(ada, make_photo(ada), [(make_style("own", state), 1)], TINY)
    delete_person(ada)
    assert not StyleModel.objects.filter(slug="own").exists()


def test_an_offered_style_that_an_administrator_has_tried_does_not_hold_its_person_back(
    delete_person, ada, make_user, make_photo, make_style
):
    boss = make_user("boss", is_superuser=True)
    artwork = request_instant_artwork(boss, make_photo(boss), [(make_style("tried", "offered"), 1)], TINY)
    delete_person(ada)
    assert artwork.artworkstyle_set.get().model.owner is None
