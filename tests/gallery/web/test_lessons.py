import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from gallery.models import Job, StyleModel
from gallery.services import jobs
from gallery.services.jobs import cancel_job
from gallery.services.lessons import lesson_folder, lesson_identity, note_reached
from gallery.services.uploads import delete_source_image
from gallery.services.workers import register_worker
from stylize_engine.progress import Progress
from tests.conftest import PASSED_GATE

pytestmark = pytest.mark.django_db
LIST, TEACH = reverse("styles:list"), reverse("styles:teach")


def address(name, model):
    return reverse(f"styles:{name}", args=[model.slug])


def test_a_visitor_is_asked_to_sign_in_before_teaching(client):
    assert client.get(TEACH).url.startswith(reverse("account_login"))


def test_a_painting_is_taught_and_its_lesson_followed(as_ada, ada, trained, example_photo, make_painting):
    answer = as_ada.post(TEACH, {"pictures": make_painting(ada).pk, "title": "Waves", "request_id": uuid.uuid4()})
    model = StyleModel.objects.get(owner=ada)
    assert answer.url == reverse("jobs:detail", args=[model.latest_job.pk])
    page = as_ada.get(answer.url).text
    assert "Waves" in page
    assert "Waiting for its turn" in page
    assert as_ada.get(address("detail", model)).url == answer.url
    assert "Waves" in as_ada.get(LIST).text


def test_the_form_sent_twice_teaches_once(as_ada, ada, trained, example_photo, make_painting):
    request_id = as_ada.get(TEACH).context["form"]["request_id"].value()
    sent = {"pictures": make_painting(ada).pk, "request_id": request_id}
    assert as_ada.post(TEACH, sent).url == as_ada.post(TEACH, sent).url
    assert StyleModel.objects.filter(owner=ada).count() == 1


def test_a_painting_sent_with_the_form_is_learnt_from(as_ada, ada, trained, example_photo, make_upload):
    as_ada.post(TEACH, {"new_style": make_upload("fresh.png")})
    assert StyleModel.objects.get(owner=ada).title == "fresh"


def test_a_refused_upload_keeps_the_choice_and_the_name(as_ada, ada, trained, example_photo, make_painting):
    sent = {"pictures": make_painting(ada).pk, "title": "Kept", "new_style": SimpleUploadedFile("broken.jpg", b"no")}
    page = as_ada.post(TEACH, sent)
    assert "broken.jpg" in page.text
    assert 'value="Kept"' in page.text
    assert [choice["chosen"] for choice in page.context["form"].choices()] == [True]
    assert not StyleModel.objects.filter(owner=ada).exists()


def test_what_cannot_be_taught_is_said_in_a_sentence(as_ada, ada, trained, example_photo, make_painting, settings):
    page = as_ada.post(TEACH, {"title": "x"}).text
    assert "Choose a picture to learn from." in page
    assert "<title>Error: Teach a painting" in page
    assert 'aria-describedby="id_pictures_error" aria-invalid="true"' in page
    settings.MAX_STYLES_PER_USER = 0
    refused = as_ada.post(TEACH, {"pictures": make_painting(ada).pk})
    assert refused.status_code == 429
    assert "delete one first" in refused.text


def test_lessons_wait_for_a_worker_of_their_queue(as_ada, lesson):
    worker = {"host": "h", "pid": 1, "device": "CPU", "memory_bytes": 1, "extractors": []}
    following = reverse("jobs:detail", args=[lesson.latest_job.pk])
    register_worker("i", cluster="interactive", **worker)
    assert "No worker for this is running" in as_ada.get(TEACH).text
    assert "No worker for this is running" in as_ada.get(following).text
    register_worker("o", cluster=lesson.latest_job.queue, **worker)
    assert "No worker for this is running" not in as_ada.get(TEACH).text
    assert "Yours is next." in as_ada.get(following).text


def test_paintings_of_others_are_neither_shown_nor_accepted(as_ada, ada, ben, trained, example_photo, make_painting):
    hidden = make_painting(ben)
    page = as_ada.post(TEACH, {"pictures": hidden.pk})
    assert str(hidden.pk) not in page.text.replace(f'value="{hidden.pk}"', "")
    assert not StyleModel.objects.filter(owner=ada).exists()


def test_a_lesson_that_failed_is_tried_again_from_its_page(as_ada, lesson):
    job = lesson.latest_job
    Job.objects.filter(pk=job.pk).update(state="failed", error_message="The disk is full.", finished_at=job.queued_at)
    assert "This could not be learnt" in as_ada.get(reverse("jobs:detail", args=[job.pk])).text
    answer = as_ada.post(reverse("jobs:retry", args=[job.pk]))
    assert lesson.jobs.count() == 2
    assert answer.url == reverse("jobs:detail", args=[lesson.latest_job.pk])


def test_who_goes_back_and_presses_again_is_led_to_the_lesson_under_way(as_ada, ada, lesson):
    answer = as_ada.post(TEACH, {"pictures": lesson.pictures.get().pk, "title": "", "request_id": uuid.uuid4()})
    assert f'<a href="{lesson.get_absolute_url()}">Watch it</a>' in answer.text
    assert StyleModel.objects.filter(owner=ada).count() == 1


def test_a_lesson_whose_worker_was_lost_says_that_it_goes_on(as_ada, lesson):
    held = jobs.claim_next("optimize", "w")
    jobs.report_progress(held, Progress(9, 85), eta_seconds=None, loss_history=[], preview="")
    Job.objects.update(lease_expires_at=lesson.created_at)
    jobs.recover_expired_leases()
    page = as_ada.get(reverse("jobs:detail", args=[held.job_id])).text
    assert "A worker stopped in the middle of it, so it goes on from there." in page


@pytest.fixture
def cancelled(lesson, settings):
    """A lesson that was cancelled at a quarter."""
    settings.LESSON_STEPS = 80
    lesson_folder(lesson).mkdir(parents=True)
    note_reached(lesson, lesson_identity(lesson), 20)
    cancel_job(lesson.latest_job)
    return lesson


def test_a_cancelled_lesson_says_where_it_would_go_on(as_ada, ada, cancelled, make_photo):
    page = reverse("jobs:detail", args=[cancelled.latest_job.pk])
    shown = as_ada.get(page).text
    assert "It stopped at 25 %, and can go on from there." in shown
    assert "Go on learning" in shown
    photo = make_photo(ada, "crimson")
    assert "It stopped at 25 %" in as_ada.get(page).text
    type(photo).objects.filter(pk=photo.pk).update(created_at=cancelled.created_at)
    shown = as_ada.get(page).text
    assert "It stopped" not in shown
    assert "Learn it again" in shown


def test_what_is_not_learnt_yet_is_shown_by_its_painting(as_ada, cancelled):
    painting = cancelled.pictures.get()
    address = reverse("media:style", args=[painting.pk, "card"])
    assert address in as_ada.get(reverse("styles:list")).text
    delete_source_image(painting)
    shown = as_ada.get(reverse("styles:list")).text
    assert address not in shown
    assert '<span class="no-cover" aria-hidden="true">M</span>' in shown


def test_a_failed_lesson_leads_to_its_form_with_what_was_chosen(as_ada, lesson):
    jobs.fail_job(jobs.claim_next("optimize", "w"), "not_an_image", "The painting is damaged; choose another.")
    page = as_ada.get(reverse("jobs:detail", args=[lesson.latest_job.pk]))
    assert f'href="{escape(page.context["lesson_url"])}">Choose other pictures</a>' in page.text
    form = as_ada.get(page.context["lesson_url"]).context["form"]
    assert form["title"].value() == "My waves"
    assert form["pictures"].value() == [str(lesson.pictures.get().pk)]


def test_a_lesson_whose_painting_is_gone_says_so_and_offers_no_other_try(as_ada, cancelled):
    job, painting = cancelled.latest_job, cancelled.pictures.get()
    shown = as_ada.get(reverse("uploads:delete", args=["style", painting.pk])).text
    assert "My waves</a>, not learnt yet" in shown
    delete_source_image(painting)
    shown = as_ada.get(reverse("jobs:detail", args=[job.pk])).text
    assert "was deleted, so it cannot be tried again" in shown
    assert "It stopped" not in shown
    assert reverse("jobs:retry", args=[job.pk]) not in shown
    assert "No painting is left" in as_ada.post(reverse("jobs:retry", args=[job.pk]), follow=True).text


def test_a_finished_lesson_leads_to_its_style(as_ada, lesson, trained):
    job = lesson.latest_job
    Job.objects.update(state="succeeded", finished_at=job.queued_at)
    StyleModel.objects.filter(pk=lesson.pk).update(row=trained[0].row, state="private", gate=PASSED_GATE)
    assert as_ada.get(reverse("jobs:detail", args=[job.pk])).url == lesson.get_absolute_url()
    panel = as_ada.get(reverse("jobs:panel", args=[job.pk]), headers={"HX-Request": "true"})
    assert panel["X-Result"] == lesson.get_absolute_url()


def test_a_lesson_is_seen_by_its_owner_alone(as_ben, lesson):
    for name in ("detail", "panel"):
        assert as_ben.get(reverse(f"jobs:{name}", args=[lesson.latest_job.pk])).status_code == 404
    assert not as_ben.get(reverse("jobs:badge", args=[lesson.latest_job.pk])).content
    assert as_ben.post(reverse("jobs:cancel", args=[lesson.latest_job.pk])).status_code == 404


def test_the_page_of_a_lesson_speaks_of_learning_and_says_what_its_picture_shows(as_ada, lesson):
    page = reverse("jobs:detail", args=[lesson.latest_job.pk])
    assert "being learnt from" in as_ada.get(page).text
    claim = jobs.claim_next(lesson.latest_job.queue, "w")
    assert "Getting the brushes ready" not in as_ada.get(page).text
    jobs.report_progress(claim, Progress(2, 4), eta_seconds=3, loss_history=[], preview="previews/p.jpg")
    shown = as_ada.get(page)
    assert 'data-doing="Learning"' in shown.text
    assert "Cancel keeps what was learnt so far: it can go on later." in shown.text
    assert shown.context["picture_alt"] == f"Photos painted with what was learnt so far of the style {lesson.title}"
    assert shown.text.count(shown.context["picture_alt"]) == 2
