import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from gallery.models import Job, PhotoSet, StyleImage, StyleModel, TrainingRun, Worker
from gallery.services import jobs
from gallery.services.workers import register_worker
from tests.conftest import PASSED_GATE, QUICK_TRAINING, picture_bytes
from tests.gallery.services.test_photo_sets import archive

pytestmark = pytest.mark.django_db
NEW, LIST = reverse("studio:new"), reverse("studio:list")


@pytest.fixture
def boss(make_user):
    return make_user("boss", is_staff=True, is_superuser=True)


@pytest.fixture
def as_boss(client, boss):
    client.force_login(boss)
    return client


@pytest.fixture
def wish(boss, trained, example_photo, make_painting):
    """What the form sends for a training of a few steps."""
    painting = make_painting(boss)
    short = {name: value for name, value in QUICK_TRAINING.items() if name != "precision"}
    return {
        "preset": "style", "base": str(trained[0].network_id), "pictures": [str(painting.pk)], "photos": "bundled",
        "request_id": str(uuid.uuid4()), **short,
    }  # fmt: skip


def begun(response) -> TrainingRun:
    run = TrainingRun.objects.get()
    assert response.url == run.get_absolute_url()
    return run


def test_a_new_style_is_trained_watched_and_published(as_boss, wish, run_jobs):
    run = begun(as_boss.post(NEW, wish))
    assert "Waiting for its turn" in as_boss.get(run.get_absolute_url()).text
    assert run.title in as_boss.get(LIST).text
    run_jobs()
    page = as_boss.get(run.get_absolute_url()).text
    assert all(words in page for words in ("Trained", "not published yet"))
    assert page.count("<svg viewBox") == 2
    assert as_boss.get(reverse("studio:strip", args=[run.pk, 4]))["Content-Type"] == "image/jpeg"
    assert as_boss.get(reverse("studio:sheet", args=[run.pk])).status_code == 200
    style = run.styles.get()
    assert style.slug == f"style-{style.pk.hex[:8]}"  # not what the file of the painting was called
    StyleModel.objects.filter(pk=style.pk).update(gate=PASSED_GATE)
    for action, state in (("publish", "published"), ("retire", "retired")):
        as_boss.post(reverse("studio:style", args=[run.pk, style.pk, action]))
        style.refresh_from_db()
        assert style.state == state


def test_sent_twice_it_is_one_training(as_boss, wish):
    assert as_boss.post(NEW, wish).url == as_boss.post(NEW, wish).url
    assert TrainingRun.objects.count() == 1


def test_every_setting_reaches_the_training(as_boss, wish):
    told = {"style_weight": "30", "content_layers": "relu2_2, relu3_1", "seed": "7", "pooling": "average"}
    run = begun(as_boss.post(NEW, wish | told))
    assert run.parameters["style_weight"] == 30
    assert run.parameters["content_layers"] == ["relu2_2", "relu3_1"]
    assert (run.parameters["seed"], run.parameters["pooling"]) == (7, "average")


def test_epochs_take_the_place_of_the_usual_steps(as_boss, wish):
    del wish["steps"]
    run = begun(as_boss.post(NEW, wish | {"epochs": "3"}))
    assert (run.parameters["steps"], run.parameters["epochs"]) == (None, 3)


def test_a_network_of_its_own_gets_its_shape_from_the_form(as_boss, wish):
    shape = {"preset": "network", "widths": "4, 8", "blocks": "1"}
    run = begun(as_boss.post(NEW, wish | shape))
    assert run.base is None
    assert run.parameters["architecture"]["widths"] == [4, 8]


def test_one_style_from_several_pictures_or_one_from_each(as_boss, boss, wish, make_painting):
    wish["pictures"].append(str(make_painting(boss, "blue").pk))
    together = wish | {"together": "on", "title": "Both seas " + "a" * 110}
    assert list(begun(as_boss.post(NEW, together)).pictures_by_style()) == ["both-seas-" + "a" * 70]
    as_boss.post(NEW, wish | {"request_id": str(uuid.uuid4())})
    assert len(TrainingRun.objects.first().pictures_by_style()) == 2


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"pictures": []}, "at least one style picture"),
        ({"steps": "0"}, "greater than or equal to 1"),
        ({"content_layers": "relu9_9"}, "relu9_9"),
        ({"preset": "network", "widths": "24, ²"}, "whole numbers"),
        ({"photos": "folder:/etc"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(as_boss, wish, wrong, words):
    page = as_boss.post(NEW, wish | {"title": "My title"} | wrong).text
    assert words in page
    assert 'value="My title"' in page
    assert not TrainingRun.objects.exists()


def test_a_training_for_which_the_disk_has_no_room_is_refused_with_the_status_of_that(as_boss, wish, settings):
    settings.MIN_FREE_BYTES = 2**60
    refused = as_boss.post(NEW, wish)
    assert refused.status_code == 507
    assert "make room first" in refused.text


def test_paintings_and_photos_sent_along_are_kept_and_chosen(as_boss, boss, wish):
    upload = SimpleUploadedFile("sea.png", picture_bytes("blue"))
    page = as_boss.post(
        NEW, wish | {"new_pictures": upload, "archive": archive(a__png=picture_bytes()), "action": "upload"}
    ).text
    photos, sea = PhotoSet.objects.get(), StyleImage.objects.get(owner=boss, title="sea")
    assert f'value="set:{photos.pk}" selected' in page
    assert f'value="{sea.pk}" checked' in page.replace("\n", " ")
    assert not TrainingRun.objects.exists()


def test_an_archive_that_is_none_is_refused_and_the_rest_kept(as_boss, wish):
    page = as_boss.post(NEW, wish | {"archive": SimpleUploadedFile("a.zip", b"no zip"), "title": "My title"}).text
    assert "no zip archive" in page
    assert 'value="My title"' in page
    assert not TrainingRun.objects.exists()


def test_the_form_says_how_long_it_will_take_and_what_is_wrong(as_boss, wish):
    now = timezone.now()
    Worker.objects.create(
        name="w", host="h", cluster="training", pid=1, device="CPU", started_at=now, heartbeat_at=now,
        speeds={"training with slim": 0.001},
    )  # fmt: skip
    assert "about 15 seconds" in as_boss.get(reverse("studio:estimate"), wish).text
    assert "relu9_9" in as_boss.get(reverse("studio:estimate"), wish | {"style_layers": "relu9_9"}).text
    assert "Steps: Ensure this value" in as_boss.get(reverse("studio:estimate"), wish | {"steps": "0"}).text


def test_trainings_wait_for_a_worker_of_their_queue(as_boss, wish):
    worker = {"host": "h", "pid": 1, "device": "CPU", "memory_bytes": 1, "extractors": []}
    run = begun(as_boss.post(NEW, wish))
    register_worker("o", cluster="optimize", **worker)
    assert "No worker for this is running" in as_boss.get(reverse("studio:estimate"), wish).text
    assert "No worker for this is running" in as_boss.get(run.get_absolute_url()).text
    register_worker("t", cluster=run.latest_job.queue, **worker)
    assert "No worker for this is running" not in as_boss.get(reverse("studio:estimate"), wish).text
    assert "No worker for this is running" not in as_boss.get(run.get_absolute_url()).text


@pytest.mark.parametrize(("action", "state"), [("pause", "paused"), ("cancel", "cancelled")])
def test_a_waiting_training_is_paused_and_cancelled(as_boss, wish, action, state):
    run = begun(as_boss.post(NEW, wish))
    as_boss.post(reverse("studio:act", args=[run.pk, action]))
    assert run.latest_job.state == state
    back = {"paused": "resume", "cancelled": "retry"}[state]
    as_boss.post(reverse("studio:act", args=[run.pk, back]))
    assert run.latest_job.state == "queued"


def test_a_running_training_is_asked_to_end_early(as_boss, wish):
    run = begun(as_boss.post(NEW, wish))
    jobs.claim_next("training", "w")
    as_boss.post(reverse("studio:act", args=[run.pk, "finish"]))
    assert Job.objects.get().wish == "finish"
    panel = as_boss.get(reverse("studio:panel", args=[run.pk]), {"seen": "running"})
    assert "Ending early" in panel.text
    assert panel["HX-Refresh"] == "true"


def test_two_trainings_stand_side_by_side(as_boss, wish, run_jobs):
    for weight in (1, 40):
        as_boss.post(NEW, wish | {"style_weight": weight, "request_id": str(uuid.uuid4())})
    run_jobs()
    runs = [str(run.pk) for run in TrainingRun.objects.all()]
    page = as_boss.get(reverse("studio:compare"), {"run": runs}).text
    assert "style_weight" in page
    assert "batch_size" not in page
    assert as_boss.get(reverse("studio:compare"), {"run": runs[:1]}).url == LIST
    assert as_boss.get(reverse("studio:compare"), {"run": [*runs, "none"]}).status_code == 404


def test_a_trained_network_needs_its_licence_first(as_boss, wish, run_jobs):
    run = begun(as_boss.post(NEW, wish | {"preset": "network", "widths": "4, 8", "blocks": "1"}))
    run_jobs()
    run.refresh_from_db()
    style = run.styles.get()
    StyleModel.objects.filter(pk=style.pk).update(gate=PASSED_GATE)
    publish = reverse("studio:style", args=[run.pk, style.pk, "publish"])
    assert "under which licence" in as_boss.post(publish, follow=True).text
    origin = {"title": "Seas", "provenance": "trained here", "licence": "CC0 1.0"}
    as_boss.post(reverse("studio:describe", args=[run.pk]), origin)
    as_boss.post(publish)
    style.refresh_from_db()
    assert (style.state, style.network.licence) == ("published", "CC0 1.0")


def test_a_style_becomes_the_next_version_of_another_and_is_rolled_back(as_boss, wish, run_jobs, trained):
    run = begun(as_boss.post(NEW, wish))
    run_jobs()
    style, earlier = run.styles.get(), trained[0]
    StyleModel.objects.filter(pk=style.pk).update(gate=PASSED_GATE)
    as_boss.post(reverse("studio:follow", args=[run.pk, style.pk]), {f"{style.pk}-earlier": str(earlier.pk)})
    as_boss.post(reverse("studio:style", args=[run.pk, style.pk, "publish"]))
    earlier.refresh_from_db()
    style.refresh_from_db()
    assert (earlier.state, style.state, style.version) == ("retired", "published", 2)
    assert "Back to version 1" in as_boss.get(reverse("studio:run", args=[run.pk])).text
    as_boss.post(reverse("studio:style", args=[run.pk, style.pk, "roll-back"]))
    earlier.refresh_from_db()
    assert earlier.state == "published"


def test_what_cannot_be_done_to_a_training_or_style_is_not_found(as_boss, wish, run_jobs):
    run = begun(as_boss.post(NEW, wish))
    run_jobs()
    style = run.styles.get()
    assert as_boss.post(reverse("studio:act", args=[run.pk, "explode"])).status_code == 404
    assert as_boss.post(reverse("studio:style", args=[run.pk, style.pk, "explode"])).status_code == 404


def test_the_studio_is_for_administrators_who_may_train(as_boss, wish, make_user):
    run = begun(as_boss.post(NEW, wish))
    clerk = make_user("clerk", is_staff=True)
    arguments = {
        "list": [], "new": [], "estimate": [], "compare": [], "run": [run.pk], "panel": [run.pk], "sheet": [run.pk],
        "strip": [run.pk, 2],
    }  # fmt: skip
    as_boss.logout()
    for name, values in arguments.items():
        assert as_boss.get(reverse(f"studio:{name}", args=values)).status_code == 302
    as_boss.force_login(clerk)
    for name, values in arguments.items():
        assert as_boss.get(reverse(f"studio:{name}", args=values)).status_code == 403
    assert as_boss.post(reverse("studio:act", args=[run.pk, "cancel"])).status_code == 403
    assert as_boss.post(reverse("studio:delete", args=[run.pk])).status_code == 403
