import uuid

import pytest

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded, UnderWay
from gallery.models import Job
from gallery.services import jobs, uploads
from gallery.services.teaching import retry_lesson, teach_style

pytestmark = pytest.mark.django_db


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
    lesson = teach_style(ada, [painting], title)
    assert lesson.title == "Letter to Mr Jones"
    assert lesson.slug == f"style-{lesson.pk.hex[:8]}"


def test_a_style_learnt_from_a_painting_of_the_gallery_is_named_after_it(ada, trained, example_photo, make_painting):
    painting = make_painting(ada)
    type(painting).objects.filter(pk=painting.pk).update(owner=None, is_example=True, title="The Great Wave")
    painting.refresh_from_db()
    assert teach_style(ada, [painting]).slug.startswith("the-great-wave-")


def test_a_double_click_teaches_once(ada, trained, example_photo, make_painting):
    request_id, painting = uuid.uuid4(), make_painting(ada)
    first, second = (teach_style(ada, [painting], request_id=request_id) for _ in range(2))
    assert first == second
    assert Job.objects.count() == 1


def test_two_styles_may_have_the_same_name(ada, lesson, make_painting):
    assert teach_style(ada, [make_painting(ada, "blue")], "My waves").slug != lesson.slug


def test_the_very_same_pictures_are_not_taught_twice_at_a_time(ada, lesson, make_painting):
    painting = lesson.pictures.get()
    with pytest.raises(UnderWay, match="“My waves” from the very same pictures") as refusal:
        teach_style(ada, [painting], "Once more")
    assert refusal.value.record == lesson
    teach_style(ada, [painting, make_painting(ada, "blue")])
    jobs.cancel_job(lesson.latest_job)
    assert teach_style(ada, [painting], "Once more") != lesson


def test_lessons_from_pictures_of_others_are_refused(ada, ben, trained, example_photo, make_painting):
    with pytest.raises(InvalidRequest) as refusal:
        teach_style(ada, [make_painting(ben)])
    assert refusal.value.field == "pictures"


@pytest.mark.parametrize("count", [0, 5])
def test_a_lesson_needs_one_to_four_pictures(ada, trained, example_photo, make_painting, count):
    colors = ["red", "green", "blue", "black", "white"]
    with pytest.raises(InvalidRequest, match="one to 4"):
        teach_style(ada, [make_painting(ada, color) for color in colors[:count]])


def test_without_a_photo_to_practise_on_or_a_network_there_is_no_lesson(ada, make_painting, make_photo):
    painting = make_painting(ada)
    with pytest.raises(InvalidRequest, match="upload one first"):
        teach_style(ada, [painting])
    make_photo(ada)
    with pytest.raises(Conflict, match="no network"):
        teach_style(ada, [painting])


def test_the_number_of_styles_is_limited(ada, lesson, make_painting, settings):
    settings.MAX_STYLES_PER_USER = 1
    with pytest.raises(QuotaExceeded, match="delete one first"):
        teach_style(ada, [make_painting(ada, "blue")])


def test_a_failed_lesson_is_queued_again_once(lesson):
    held = jobs.claim_next("optimize", "w")
    jobs.fail_job(held, "internal", "Something went wrong.")
    again = retry_lesson(lesson)
    assert (again.state, again.retry_of_id) == ("queued", held.job_id)
    assert retry_lesson(lesson) == again


def test_a_lesson_whose_paintings_are_gone_is_not_tried_again(lesson):
    jobs.cancel_job(lesson.latest_job)
    uploads.delete_source_image(lesson.pictures.get())
    with pytest.raises(Conflict, match="No painting is left that “My waves” could be learnt from"):
        retry_lesson(lesson)


def test_a_painting_of_a_lesson_under_way_is_kept(ada, lesson):
    with pytest.raises(Conflict, match="being learnt"):
        uploads.delete_source_image(lesson.pictures.get())
