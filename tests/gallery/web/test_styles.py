import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery.models import Job, StyleModel
from gallery.services import jobs
from gallery.services.styles import offer_style, publish_style, retire_style, teach_style
from tests.conftest import PASSED_GATE

pytestmark = pytest.mark.django_db
LIST, TEACH = reverse("styles:list"), reverse("styles:teach")


def address(name, model):
    return reverse(f"styles:{name}", args=[model.slug])


@pytest.fixture
def lesson(ada, trained, example_photo, make_painting):
    return teach_style(ada, [make_painting(ada)], "My waves")


@pytest.fixture
def learnt(lesson, trained):
    """A style that Ada has taught."""
    Job.objects.all().delete()
    StyleModel.objects.filter(pk=lesson.pk).update(row=trained[0].row, state="private", gate=PASSED_GATE)
    lesson.refresh_from_db()
    return lesson


def test_everybody_sees_the_styles_of_the_gallery(client, trained):
    page = client.get(LIST)
    for model in trained:
        assert model.title in page.text
        assert reverse("media:trained", args=[model.pk, "cover", "card"]) in page.text
        assert f"?model={model.pk}" in client.get(address("detail", model)).text


def test_the_list_leaves_the_numbers_of_the_styles_in_the_database(client, trained):
    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)
    read = [query["sql"] for query in queries if '"gallery_stylemodel"."title"' in query["sql"]]
    assert read
    assert not any('"gallery_stylemodel"."row"' in sql for sql in read)


def test_a_gallery_without_trained_styles_says_so(client):
    assert "no trained styles yet" in client.get(LIST).text


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
    assert "Choose a picture to learn from." in as_ada.post(TEACH, {"title": "x"}).text
    settings.MAX_STYLES_PER_USER = 0
    assert "delete one first" in as_ada.post(TEACH, {"pictures": make_painting(ada).pk}).text


def test_paintings_of_others_are_neither_shown_nor_accepted(as_ada, ada, ben, trained, example_photo, make_painting):
    hidden = make_painting(ben)
    page = as_ada.post(TEACH, {"pictures": hidden.pk})
    assert str(hidden.pk) not in page.text.replace(f'value="{hidden.pk}"', "")
    assert not StyleModel.objects.filter(owner=ada).exists()


def test_a_private_style_does_not_exist_for_others_under_any_address(as_ben, client, learnt):
    for visitor in (as_ben, client):
        assert learnt.title not in visitor.get(LIST).text
        assert visitor.get(address("detail", learnt)).status_code == 404
        assert visitor.get(reverse("media:trained", args=[learnt.pk, "cover", "card"])).status_code == 404
        assert learnt.title not in visitor.get(reverse("create:create")).text
    for name in ("rename", "offer", "withdraw", "delete"):
        assert as_ben.post(address(name, learnt), {"title": "mine now"}).status_code == 404
        assert client.post(address(name, learnt)).status_code == 302
    learnt.refresh_from_db()
    assert (learnt.title, learnt.state) == ("My waves", "private")


def test_a_published_style_belongs_to_its_owner_still(as_ben, learnt):
    offer_style(learnt)
    publish_style(learnt)
    page = as_ben.get(address("detail", learnt)).text
    assert "taught by ada" in page
    assert "Learnt from" not in page
    assert as_ben.post(address("rename", learnt), {"title": "mine now"}).status_code == 404


def test_a_style_is_offered_and_the_offer_taken_back(as_ada, learnt):
    as_ada.post(address("offer", learnt))
    assert "Take the offer back" in as_ada.get(address("detail", learnt)).text
    as_ada.post(address("withdraw", learnt))
    assert "Offer it to the gallery" in as_ada.get(address("detail", learnt)).text
    assert "not on offer" in as_ada.post(address("withdraw", learnt), follow=True).text


def test_a_style_is_renamed_and_an_empty_name_refused(as_ada, learnt):
    as_ada.post(address("rename", learnt), {"title": "Storm", "credit": "Ada, 2026"})
    learnt.refresh_from_db()
    assert (learnt.title, learnt.credit) == ("Storm", "Ada, 2026")
    answer = as_ada.post(address("rename", learnt), {"title": ""})
    assert answer.status_code == 400
    assert "This field is required" in answer.text


def test_a_style_is_deleted_after_a_question(as_ada, learnt):
    assert "Delete it" in as_ada.get(address("delete", learnt)).text
    as_ada.post(address("delete", learnt))
    assert not StyleModel.objects.filter(pk=learnt.pk).exists()


def test_a_retired_style_is_no_longer_offered_for_painting(as_ada, learnt):
    offer_style(learnt)
    publish_style(learnt)
    retire_style(learnt)
    assert "Paint with it" not in as_ada.get(address("detail", learnt)).text


def test_a_lesson_that_failed_is_tried_again_from_its_page(as_ada, lesson):
    job = lesson.latest_job
    Job.objects.filter(pk=job.pk).update(state="failed", error_message="The disk is full.", finished_at=job.queued_at)
    assert "This could not be learnt" in as_ada.get(reverse("jobs:detail", args=[job.pk])).text
    answer = as_ada.post(reverse("jobs:retry", args=[job.pk]))
    assert lesson.jobs.count() == 2
    assert answer.url == reverse("jobs:detail", args=[lesson.latest_job.pk])


def test_a_finished_lesson_leads_to_its_style(as_ada, lesson, trained):
    job = lesson.latest_job
    Job.objects.update(state="succeeded", finished_at=job.queued_at)
    StyleModel.objects.filter(pk=lesson.pk).update(row=trained[0].row, state="private", gate=PASSED_GATE)
    assert as_ada.get(reverse("jobs:detail", args=[job.pk])).url == lesson.get_absolute_url()
    panel = as_ada.get(reverse("jobs:panel", args=[job.pk]), headers={"HX-Request": "true"})
    assert panel["X-Result"] == lesson.get_absolute_url()


def test_a_lesson_is_seen_by_its_owner_alone(as_ben, lesson):
    for name in ("detail", "panel", "badge"):
        assert as_ben.get(reverse(f"jobs:{name}", args=[lesson.latest_job.pk])).status_code == 404
    assert as_ben.post(reverse("jobs:cancel", args=[lesson.latest_job.pk])).status_code == 404


def test_the_page_of_a_lesson_speaks_of_learning_and_says_what_its_picture_shows(as_ada, lesson):
    page = reverse("jobs:detail", args=[lesson.latest_job.pk])
    assert "being learnt from" in as_ada.get(page).text
    claim = jobs.claim_next(lesson.latest_job.queue, "w")
    assert "Getting the brushes ready" not in as_ada.get(page).text
    jobs.report_progress(claim, step=2, total=4, eta_seconds=3, loss_history=[], preview="previews/p.jpg")
    shown = as_ada.get(page)
    assert 'data-doing="Learning"' in shown.text
    assert shown.context["picture_alt"] == f"Photos painted with what was learnt so far of the style {lesson.title}"
    assert shown.text.count(shown.context["picture_alt"]) == 2
