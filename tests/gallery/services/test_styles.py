import pytest

from gallery.exceptions import Conflict
from gallery.models import Job, StyleModel
from gallery.services import jobs, styles
from gallery.services.lessons import lesson_folder
from gallery.services.requests import request_instant_artwork
from gallery.services.teaching import teach_style
from tests.conftest import PASSED_GATE

pytestmark = pytest.mark.django_db


def learnt(model):
    """The style as a worker leaves it when it is learnt."""
    StyleModel.objects.filter(pk=model.pk).update(row=bytes(8), state="private", gate=PASSED_GATE)
    Job.objects.all().delete()
    model.refresh_from_db()
    return model


def test_a_draft_is_not_offered_for_painting(ada, lesson):
    assert lesson not in StyleModel.objects.usable_by(ada)


def test_the_way_into_the_gallery_and_out_of_it(ada, ben, lesson):
    model = learnt(lesson)
    assert model not in StyleModel.objects.visible_to(ben)
    with pytest.raises(Conflict, match="not offered"):
        styles.publish_style(model)
    styles.offer_style(model)
    assert model not in StyleModel.objects.visible_to(ben)
    styles.publish_style(model)
    assert model in StyleModel.objects.usable_by(ben)
    styles.retire_style(model)
    assert model not in StyleModel.objects.visible_to(ben)
    assert model not in StyleModel.objects.usable_by(ada)
    styles.publish_style(model)
    assert StyleModel.objects.get(pk=model.pk).state == "published"


def test_an_offer_can_be_taken_back_once(lesson):
    model = learnt(lesson)
    styles.offer_style(model)
    styles.withdraw_style(model)
    assert StyleModel.objects.get(pk=model.pk).state == "private"
    with pytest.raises(Conflict):
        styles.withdraw_style(model)


def test_a_refusal_is_kept_until_the_style_is_offered_anew(lesson):
    model = learnt(lesson)
    for reason, kept in [("Too dark. ", "Too dark."), ("Rights.", "Rights.")]:
        styles.offer_style(model)
        assert StyleModel.objects.get(pk=model.pk).refusal == ""
        styles.refuse_style(model, reason)
        stored = StyleModel.objects.get(pk=model.pk)
        assert (stored.state, stored.refusal) == ("private", kept)
    with pytest.raises(Conflict, match="“My waves” is not on offer"):
        styles.refuse_style(model, "Too dark.")


def test_who_decides_on_offers_sees_them_and_no_private_styles(lesson, make_user):
    judge = make_user("judge", is_staff=True, is_superuser=True)
    model = learnt(lesson)
    assert model not in StyleModel.objects.visible_to(judge)
    styles.offer_style(model)
    assert model in StyleModel.objects.visible_to(judge)


def test_a_draft_cannot_be_offered(lesson):
    with pytest.raises(Conflict):
        styles.offer_style(lesson)


def test_a_deleted_lesson_stops_its_worker(lesson):
    held = jobs.claim_next("optimize", "w")
    styles.delete_style(lesson)
    assert not held.held.exists()
    assert not StyleModel.objects.filter(pk=lesson.pk).exists()


@pytest.mark.parametrize(("state", "words"), [("offered", "offer back"), ("published", "only"), ("retired", "only")])
def test_what_the_public_reads_is_renamed_by_those_alone_who_may_publish(ada, lesson, make_user, state, words):
    model, judge = learnt(lesson), make_user("judge", is_staff=True, is_superuser=True)
    styles.rename_style(model, "Waves", "", by=ada)
    StyleModel.objects.filter(pk=model.pk).update(state=state, published_at=model.created_at)
    with pytest.raises(Conflict, match=words):
        styles.rename_style(model, "Rude words", "", by=ada)
    model.refresh_from_db()
    assert model.title == "Waves"
    styles.rename_style(model, "Tides", "", by=judge)
    model.refresh_from_db()
    assert model.title == "Tides"


def test_a_style_is_kept_while_artworks_were_made_with_it(ada, lesson, make_photo):
    model = learnt(lesson)
    artwork = request_instant_artwork(ada, make_photo(ada), [(model, 1)], {"image_size": 64})
    with pytest.raises(Conflict, match="1 of your artworks was made with this style; delete those first"):
        styles.delete_style(model)
    artwork.delete()
    styles.delete_style(model)


def test_nobody_is_told_to_delete_the_artworks_of_others_nor_how_many_they_are(ada, lesson, make_user, make_photo):
    model, judge = learnt(lesson), make_user("judge", is_staff=True, is_superuser=True)
    styles.offer_style(model)
    for owner in (ada, judge):
        request_instant_artwork(owner, make_photo(owner), [(model, 1)], {"image_size": 64})
    with pytest.raises(Conflict) as refusal:
        styles.delete_style(model)
    assert refusal.value.message == "Others have painted with “My waves”, so it stays as long as their artworks do."


def test_what_was_ever_published_is_not_deleted_by_its_owner(lesson):
    model = learnt(lesson)
    styles.offer_style(model)
    seen_before = StyleModel.objects.get(pk=model.pk)
    styles.publish_style(model)
    for known in (model, seen_before):
        with pytest.raises(Conflict, match="was published, so the gallery keeps it"):
            styles.delete_style(known)
    styles.retire_style(model)
    with pytest.raises(Conflict, match="was published, so the gallery keeps it"):
        styles.delete_style(model)
    assert StyleModel.objects.filter(pk=model.pk).exists()


def test_a_style_that_was_deleted_meanwhile_is_not_renamed(ada, lesson):
    known = StyleModel.objects.get(pk=lesson.pk)
    styles.delete_style(lesson)
    with pytest.raises(Conflict, match="deleted in the meantime"):
        styles.rename_style(known, "Tides", "", by=ada)


def test_a_style_that_is_deleted_twice_is_said_to_be_gone(lesson):
    styles.delete_style(lesson)
    with pytest.raises(Conflict, match="deleted in the meantime"):
        styles.delete_style(lesson)


def test_a_deleted_lesson_leaves_no_files(lesson, django_capture_on_commit_callbacks):
    folder = lesson_folder(lesson)
    folder.mkdir(parents=True)
    with django_capture_on_commit_callbacks(execute=True):
        styles.delete_style(lesson)
    assert not folder.exists()


def test_what_was_published_leaves_room_for_others(ada, lesson, make_painting, settings):
    settings.MAX_STYLES_PER_USER = 1
    model = learnt(lesson)
    styles.offer_style(model)
    styles.publish_style(model)
    assert teach_style(ada, [make_painting(ada, "blue")])
