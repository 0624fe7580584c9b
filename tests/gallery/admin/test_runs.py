"""The page of a training when what was asked of it meets its worker's leaving."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery import rendering
from gallery.models import Job, StyleModel, TrainingRun
from gallery.services import jobs, pauses
from gallery.services.styles import refuse_style
from stylize_engine.training import CHECKPOINT
from tests.conftest import TINY_NETWORK

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(client, trainer, make_training):
    """A training on whose page an administrator is."""
    client.force_login(trainer)
    return make_training(trainer)


def test_the_page_of_a_training_calls_its_styles_by_their_titles(
    client, run, trainer, make_training, make_painting, named
):
    pictures = {"red-sun": [named(make_painting(trainer, "red"), "Red Sun")], "old-seas": [make_painting(trainer)]}
    page = client.get(make_training(trainer, styles=pictures).get_absolute_url()).text
    assert '<h3 class="title-of-work">Red Sun</h3>' in page
    assert '<h3 class="title-of-work">Old seas</h3>' in page


def test_a_training_cancelled_while_it_pauses_says_so_and_can_be_taken_up_again(client, run):
    held = jobs.claim_next("training", "w")
    for action in ("pause", "cancel"):
        client.post(reverse("studio:act", args=[run.pk, action]))
    page = client.get(run.get_absolute_url()).text
    assert "Cancelling" in page
    assert reverse("studio:act", args=[run.pk, "cancel"]) not in page
    jobs.release_job(held)
    assert reverse("studio:act", args=[run.pk, "retry"]) in client.get(run.get_absolute_url()).text


def test_who_opens_the_address_of_an_action_is_led_to_the_training(client, run, trained):
    addresses = [reverse("studio:act", args=[run.pk, "pause"]), reverse("studio:follow", args=[run.pk, trained[0].pk])]
    for address in addresses:
        assert client.get(address).url == run.get_absolute_url()
    run.refresh_from_db()
    assert run.latest_job.wish == ""


def test_the_time_left_of_a_training_that_waits_is_that_of_what_is_left(client, run):
    Job.objects.update(estimated_seconds=4000.0, step=3, total=4)
    assert "about 15 minutes" in client.get(run.get_absolute_url()).text
    jobs.claim_next("training", "w")
    jobs.cancel_job(run.latest_job)
    assert "Time left" not in client.get(run.get_absolute_url()).text


@pytest.mark.parametrize("kept", [True, False])
def test_another_try_goes_on_from_a_checkpoint_only_where_there_is_one(client, run, media_root, kept):
    losses, folder = [{"step": 3, "total": 1.0}], media_root / run.work_folder
    Job.objects.update(state="cancelled", finished_at=timezone.now(), step=3, total=4, loss_history=losses)
    if kept:
        folder.mkdir(parents=True)
        (folder / CHECKPOINT).write_bytes(b"what was learnt")
    page = client.get(run.get_absolute_url()).text
    assert ("Go on from the last checkpoint" in page, "lies in its last checkpoint" in page) == (kept, kept)
    assert ("Train it again" in page, "begins from the start" in page) == (not kept, not kept)
    client.post(reverse("studio:act", args=[run.pk, "retry"]))
    again = run.latest_job
    assert (again.step, again.total, again.loss_history) == ((3, 4, losses) if kept else (0, 4, []))


def test_the_number_of_queries_does_not_grow_with_the_styles_of_a_training(client, run, django_assert_num_queries):
    rendering.run(jobs.claim_next("training", "w"))
    style, address = run.styles.get(), run.get_absolute_url()
    style.row = bytes(8)
    client.get(address)
    with CaptureQueriesContext(connection) as alone:
        client.get(address)
    for state in ("offered", "published", "retired"):
        style.pk, style.family, style.request_id = (uuid.uuid4() for _ in range(3))
        style.slug, style.state, style.published_at = f"waves-{state}", state, timezone.now()
        style.save(force_insert=True)
    with django_assert_num_queries(len(alone)):
        page = client.get(address).text
    assert page.count("New version of") == 3, "of each that is not published, as there is one that is"


def test_a_style_of_a_training_becomes_a_version_of_another_and_one_of_its_own_again(client, run, trained):
    rendering.run(jobs.claim_next("training", "w"))
    style = run.styles.get()
    address = reverse("studio:follow", args=[run.pk, style.pk])

    def follow(choice: str) -> tuple[str, int]:
        page = client.post(address, {f"{style.pk}-earlier": choice}, follow=True)
        style.refresh_from_db()
        return str(next(iter(page.context["messages"]))), style.version

    assert follow(str(trained[0].pk)) == (
        "“Waves” is version 2, and takes the place of “Dots” once it is published.",
        2,
    )
    assert f'<option value="{trained[0].pk}" selected>' in client.get(run.get_absolute_url()).text
    assert follow("") == ("“Waves” is version 1, and is a style of its own.", 1)
    assert '<option value="" selected>' in client.get(run.get_absolute_url()).text
    assert follow(str(run.pk)) == ("That style is not in the gallery any more; choose again.", 1)


def test_a_style_that_was_refused_is_shown_to_its_trainer_alone(client, run, make_user):
    rendering.run(jobs.claim_next("training", "w"))
    style = run.styles.get()
    refuse_style(style, "Too dark.")
    cover, link = reverse("media:trained", args=[style.pk, "cover", "card"]), f'href="{style.get_absolute_url()}"'
    page = client.get(run.get_absolute_url()).text
    assert (cover in page, link in page, "trainer's alone" in page) == (True, True, False)
    client.force_login(make_user("another", is_staff=True, is_superuser=True))
    page = client.get(run.get_absolute_url()).text
    assert (cover in page, link in page) == (False, False)
    assert "It was refused, so it is its trainer's alone." in page


def test_side_by_side_stand_the_samples_of_each_style_and_of_a_training_that_waits_that_there_are_none(
    client, trainer, run, make_training, make_user
):
    rendering.run(jobs.claim_next("training", "w"))
    waiting = make_training(trainer, parameters={"style_weight": 3.0})
    page = client.get(reverse("studio:compare"), {"run": [run.pk, waiting.pk]}).text
    assert reverse("media:trained", args=[run.styles.get().pk, "strip", "large"]) in page
    assert page.count("No samples yet") == 1
    refuse_style(run.styles.get(), "Too dark.")
    client.force_login(make_user("another", is_staff=True, is_superuser=True))
    page = client.get(reverse("studio:compare"), {"run": [run.pk, waiting.pk]}).text
    assert page.count("trainer's alone") == 1


def test_a_training_that_was_stopped_and_kept_is_shown_as_trained(client, run):
    held = jobs.claim_next("training", "w")
    pauses.finish_job(run.latest_job)
    rendering.run(held)
    panel = client.get(reverse("studio:panel", args=[run.pk])).text
    assert "Trained" in panel
    assert "Ending early" not in panel


def test_a_training_that_has_ended_is_deleted_after_a_question_and_its_styles_stay(client, run):
    delete = reverse("studio:delete", args=[run.pk])
    assert "cancel it first" in client.post(delete, follow=True).text
    rendering.run(jobs.claim_next("training", "w"))
    assert f'href="{delete}"' in client.get(run.get_absolute_url()).text
    assert "checkpoints" in client.get(delete).text
    assert TrainingRun.objects.exists()
    client.post(delete)
    assert not TrainingRun.objects.exists()
    assert StyleModel.objects.get(title="Waves").training_run is None


def test_what_was_said_of_a_network_is_not_lost_where_it_is_refused(client, trainer, make_training):
    run = make_training(trainer, base=None, parameters={"architecture": TINY_NETWORK})
    rendering.run(jobs.claim_next("training", "w"))
    client.force_login(trainer)
    told = {"title": "Seas", "provenance": "Trained on the pier, " + "by night, " * 50, "licence": "CC0 1.0"}
    page = client.post(reverse("studio:describe", args=[run.pk]), told)
    assert page.status_code == 400
    assert "Ensure this value has at most 500 characters" in page.text
    assert all(text.strip() in page.text for text in told.values())
    assert "What it was told" in page.text
    assert client.get(reverse("studio:describe", args=[run.pk])).url == run.get_absolute_url()


def test_a_training_that_was_deleted_meanwhile_is_asked_for_no_longer(client, run):
    panel = reverse("studio:panel", args=[run.pk])
    assert panel in client.get(run.get_absolute_url()).text
    run.delete()
    answer = client.get(panel, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("studio:list")
    assert "This was deleted in the meantime." in client.get(answer["HX-Redirect"]).text


def test_the_page_of_a_training_tells_when_the_gallery_does_not_answer_and_what_goes_on(client, run):
    page = client.get(run.get_absolute_url()).text
    assert "js/job.js" in page
    assert all(part in page for part in ('id="job-panel"', "data-job-offline hidden", "data-job-announcement"))


def test_of_more_trainings_than_stand_side_by_side_it_is_said_which(client, trainer, run, make_training):
    runs = [run, *(make_training(trainer, parameters={"style_weight": float(weight)}) for weight in range(2, 6))]
    page = client.get(reverse("studio:compare"), {"run": [training.pk for training in runs]})
    assert page.context["runs"] == runs[:4]
    assert "5 trainings were ticked; the first 4 stand here." in page.text
