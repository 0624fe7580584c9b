import uuid

import pytest

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded, UnderWay
from gallery.models import Job, StyleModel
from gallery.services import jobs, styles, uploads
from gallery.services.lessons import lesson_folder
from gallery.services.requests import request_instant_artwork
from tests.conftest import PASSED_GATE

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson(ada, trained, example_photo, make_painting):
    return styles.teach_style(ada, [make_painting(ada)], "My waves")


def learnt(model, owner=None):
    """The style as a worker leaves it when it is learnt."""
    StyleModel.objects.filter(pk=model.pk).update(row=bytes(8), state="private", gate=PASSED_GATE)
    Job.objects.all().delete()
    model.refresh_from_db()
    return model


def test_a_lesson_waits_as_a_private_draft(ada, lesson):
    assert (lesson.owner, lesson.state, lesson.row, lesson.title) == (ada, "draft", None, "My waves")
    assert lesson.slug.startswith("my-waves-")
    job = lesson.latest_job
    assert (job.kind, job.queue, job.state, job.subject, job.artwork) == ("style", "optimize", "queued", lesson, None)


@pytest.mark.parametrize("title", ["", "Letter to Mr Jones"])
def test_the_name_of_a_private_file_does_not_get_into_the_address_of_a_style(
    ada, trained, example_photo, make_upload, title
):
    painting = uploads.add_style_image(ada, make_upload("Letter_to_Mr_Jones.png"))
    lesson = styles.teach_style(ada, [painting], title)
    assert lesson.title == "Letter to Mr Jones"
    assert lesson.slug == f"style-{lesson.pk.hex[:8]}"


def test_a_style_learnt_from_a_painting_of_the_gallery_is_named_after_it(ada, trained, example_photo, make_painting):
    painting = make_painting(ada)
    type(painting).objects.filter(pk=painting.pk).update(owner=None, is_example=True, title="The Great Wave")
    painting.refresh_from_db()
    assert styles.teach_style(ada, [painting]).slug.startswith("the-great-wave-")


def test_a_draft_is_not_offered_for_painting(ada, lesson):
    assert lesson not in StyleModel.objects.usable_by(ada)


def test_a_double_click_teaches_once(ada, trained, example_photo, make_painting):
    request_id, painting = uuid.uuid4(), make_painting(ada)
    first, second = (styles.teach_style(ada, [painting], request_id=request_id) for _ in range(2))
    assert first == second
    assert Job.objects.count() == 1


def test_two_styles_may_have_the_same_name(ada, lesson, make_painting):
    assert styles.teach_style(ada, [make_painting(ada, "blue")], "My waves").slug != lesson.slug


def test_the_very_same_pictures_are_not_taught_twice_at_a_time(ada, lesson, make_painting):
    painting = lesson.pictures.get()
    with pytest.raises(UnderWay, match="“My waves” from the very same pictures") as refusal:
        styles.teach_style(ada, [painting], "Once more")
    assert refusal.value.record == lesson
    styles.teach_style(ada, [painting, make_painting(ada, "blue")])
    jobs.cancel_job(lesson.latest_job)
    assert styles.teach_style(ada, [painting], "Once more") != lesson


def test_lessons_from_pictures_of_others_are_refused(ada, ben, trained, example_photo, make_painting):
    with pytest.raises(InvalidRequest) as refusal:
        styles.teach_style(ada, [make_painting(ben)])
    assert refusal.value.field == "pictures"


@pytest.mark.parametrize("count", [0, 5])
def test_a_lesson_needs_one_to_four_pictures(ada, trained, example_photo, make_painting, count):
    colors = ["red", "green", "blue", "black", "white"]
    with pytest.raises(InvalidRequest, match="one to 4"):
        styles.teach_style(ada, [make_painting(ada, color) for color in colors[:count]])


def test_without_a_photo_to_practise_on_or_a_network_there_is_no_lesson(ada, make_painting, make_photo):
    painting = make_painting(ada)
    with pytest.raises(InvalidRequest, match="upload one first"):
        styles.teach_style(ada, [painting])
    make_photo(ada)
    with pytest.raises(Conflict, match="no network"):
        styles.teach_style(ada, [painting])


def test_the_number_of_styles_is_limited(ada, lesson, make_painting, settings):
    settings.MAX_STYLES_PER_USER = 1
    with pytest.raises(QuotaExceeded, match="delete one first"):
        styles.teach_style(ada, [make_painting(ada, "blue")])


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
    for reason, kept in [("Too dark. ", "Too dark."), ("", "No reason was given.")]:
        styles.offer_style(model)
        assert StyleModel.objects.get(pk=model.pk).refusal == ""
        styles.refuse_style(model, reason)
        stored = StyleModel.objects.get(pk=model.pk)
        assert (stored.state, stored.refusal) == ("private", kept)
    with pytest.raises(Conflict, match="“My waves” is not on offer"):
        styles.refuse_style(model)


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
    assert styles.teach_style(ada, [make_painting(ada, "blue")])


def test_a_failed_lesson_is_queued_again_once(lesson):
    held = jobs.claim_next("optimize", "w")
    jobs.fail_job(held, "internal", "Something went wrong.")
    again = styles.retry_lesson(lesson)
    assert (again.state, again.retry_of_id) == ("queued", held.job_id)
    assert styles.retry_lesson(lesson) == again


def test_a_lesson_whose_paintings_are_gone_is_not_tried_again(lesson):
    jobs.cancel_job(lesson.latest_job)
    uploads.delete_source_image(lesson.pictures.get())
    with pytest.raises(Conflict, match="No painting is left that “My waves” could be learnt from"):
        styles.retry_lesson(lesson)


def test_a_painting_of_a_lesson_under_way_is_kept(ada, lesson):
    with pytest.raises(Conflict, match="being learnt"):
        uploads.delete_source_image(lesson.pictures.get())
