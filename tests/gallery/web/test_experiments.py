import os
import uuid
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.models import Experiment, Job
from gallery.services import jobs
from gallery.services.workers import register_worker
from stylize_engine.progress import Progress
from tests.conftest import picture_bytes

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("experiments:list"), reverse("experiments:new")


def address(name, experiment, *more):
    return reverse(f"experiments:{name}", args=[experiment.pk, *more])


def files_of(experiment):
    return [
        *(reverse("media:experiment", args=[experiment.pk, 1, variant]) for variant in ("card", "large", "full")),
        reverse("media:experiment_sheet", args=[experiment.pk]),
        reverse("media:experiment_table", args=[experiment.pk]),
    ]


def test_visitors_sign_in_first(client, ada, make_experiment):
    experiment = make_experiment(ada)
    for path in (LIST, NEW, address("detail", experiment), address("delete", experiment)):
        assert client.get(path).url.startswith(reverse("account_login"))


def test_the_table_shows_every_trial_with_its_scores(as_ada, ada, make_tried):
    experiment = make_tried(ada, {"style_weight": [20.0, 200.0], "init": ["content", "noise"]})
    page = as_ada.get(address("detail", experiment)).text
    assert "4 of 4 trials" in page
    assert '<td data-label="Start from">Noise</td>' in page
    assert "a low loss is not a good picture" in page
    for result in experiment.results:
        assert f"{result['losses']['total']:.3f}" in page
        assert f"{result['style_score']:.3f}" in page
        assert f"{result['content_score']:.3f}" in page
        assert reverse("media:experiment", args=[experiment.pk, result["trial"], "card"]) in page
    for file in files_of(experiment):
        answer = as_ada.get(file)
        assert answer.status_code == 200, file
        assert as_ada.get(file, headers={"If-None-Match": answer["ETag"]}).status_code == 304
        assert answer["Cache-Control"] == "private, no-cache"


def test_a_trial_is_painted_with_its_settings(as_ada, ada, make_tried):
    experiment = make_tried(ada, {"style_weight": [2.0, 200.0], "content_layers": [["relu2_1", "relu2_2"]]})
    rows = as_ada.get(address("detail", experiment)).context["rows"]
    by_trial = {row["trial"]: row["paint_address"] for row in rows}
    assert by_trial[1] is None, "no slider says so little"
    query = parse_qs(urlsplit(by_trial[2]).query)
    assert query["content_layers"] == ["relu2_1, relu2_2"]
    form = as_ada.get(by_trial[2]).context["form"]
    assert form["content"].value() == experiment.content.pk
    assert list(form["style"].value()) == [picture.pk for picture in experiment.pictures.all()]
    assert (form["strength"].value(), form["image_size"].value(), form["num_steps"].value()) == (50, 64, 4)


def test_while_it_runs_the_panel_brings_each_trial_as_it_is_done(as_ada, ada, make_experiment, make_tried):
    experiment = make_experiment(ada)
    jobs.claim_next("optimize", "w")
    panel = address("panel", experiment)
    page = as_ada.get(panel, {"seen": "running-0"}).text
    assert "0 of 2" in page
    assert "trials-heading" not in as_ada.get(address("detail", experiment)).text, "a name that is nowhere said"
    assert 'id="trials"' not in page
    result = {"trial": 2, "settings": {"style_weight": 200.0}, "losses": {"total": 0.5}, "style_score": None}
    Experiment.objects.update(results=[result])
    page = as_ada.get(panel, {"seen": "running-0"}).text
    assert 'id="trials"' in page
    assert "1 of 2 trials" in page
    Job.objects.update(state="succeeded", lease_token=None, lease_expires_at=None, finished_at=timezone.now())
    assert as_ada.get(panel)["HX-Redirect"] == experiment.get_absolute_url()


def test_one_that_is_stopping_does_not_promise_to_go_on(as_ada, ada, make_experiment):
    experiment = make_experiment(ada)
    page = address("detail", experiment)
    jobs.claim_next("optimize", "w")
    assert "the work goes on" in as_ada.get(page).text
    as_ada.post(reverse("jobs:cancel", args=[experiment.latest_job.pk]))
    shown = as_ada.get(page).text
    assert "Stopping" in shown
    assert "the work goes on" not in shown
    assert "Time left" not in shown


def test_somebody_signed_out_meanwhile_is_sent_to_sign_in(client, ada, make_experiment):
    experiment = make_experiment(ada)
    assert client.get(address("panel", experiment))["HX-Redirect"] == address("detail", experiment)


def test_without_a_worker_of_its_queue_the_page_says_so(as_ada, ada, make_experiment):
    experiment = make_experiment(ada)
    page = address("detail", experiment)
    worker = {"host": "h", "pid": 1, "device": "CPU", "memory_bytes": 1, "extractors": []}
    register_worker("i", cluster="interactive", **worker)
    assert "No worker for this is running" in as_ada.get(page).text
    register_worker("o", cluster="optimize", **worker)
    assert "Yours is next" in as_ada.get(page).text


def test_one_whose_worker_was_lost_says_that_it_goes_on(as_ada, ada, make_experiment):
    experiment = make_experiment(ada)
    held = jobs.claim_next("optimize", "w")
    jobs.report_progress(held, Progress(1, 2), eta_seconds=None, loss_history=[], preview="")
    Job.objects.update(lease_expires_at=experiment.created_at)
    jobs.recover_expired_leases()
    assert "It was interrupted, and goes on from there" in as_ada.get(address("detail", experiment)).text


def test_a_preview_that_is_gone_leads_to_the_photo(as_ada, ada, make_experiment):
    experiment = make_experiment(ada)
    preview = reverse("media:job_preview", args=[experiment.latest_job.pk, 1])
    assert as_ada.get(preview).url == reverse("media:content", args=[experiment.content_id, "large"])


def test_the_picture_of_a_trial_has_a_new_address_when_it_is_another_and_always_says_what_it_shows(
    as_ada, ada, make_experiment, media_root
):
    experiment, preview = make_experiment(ada), media_root / "previews/p.jpg"
    preview.parent.mkdir()
    held = jobs.claim_next("optimize", "w")

    def shown() -> str:
        """What the panel shows after another report of the worker."""
        jobs.report_progress(held, Progress(0, 2), eta_seconds=9, loss_history=[], preview="previews/p.jpg")
        return as_ada.get(address("panel", experiment)).context["picture_address"]

    photo = reverse("media:content", args=[experiment.content_id, "large"])
    assert shown() == photo, "nothing was written yet"
    preview.write_bytes(picture_bytes())
    os.utime(preview, ns=(1, 1))
    first = shown()
    assert shown() == first != photo
    os.utime(preview, ns=(2, 2))
    assert shown() not in (first, photo)
    assert 'data-picture-alt="Photo: photo, being tried"' in as_ada.get(address("panel", experiment)).text
    Job.objects.update(
        state="failed", error_message="No.", lease_token=None, lease_expires_at=None, finished_at=timezone.now()
    )
    assert as_ada.get(address("panel", experiment)).context["picture_address"] == photo
    assert 'data-picture-alt="Photo: photo"' in as_ada.get(address("panel", experiment)).text


def test_a_cancelled_experiment_can_go_on(as_ada, ada, make_experiment):
    experiment = make_experiment(ada)
    job = experiment.latest_job
    as_ada.post(reverse("jobs:cancel", args=[job.pk]))
    page = as_ada.get(address("detail", experiment)).text
    assert "Cancelled" in page
    assert reverse("jobs:retry", args=[job.pk]) in page
    as_ada.post(reverse("jobs:retry", args=[job.pk]))
    assert experiment.latest_job.state == "queued"


def test_a_failed_trial_says_why_and_can_be_tried_again(as_ada, ada, make_experiment):
    experiment = make_experiment(ada)
    Job.objects.update(state="succeeded", finished_at=timezone.now())
    Experiment.objects.update(results=[{"trial": 1, "settings": {"style_weight": 20.0}, "failed": "Too <large>."}])
    page = as_ada.get(address("detail", experiment)).text
    assert "Too &lt;large&gt;." in page
    assert "Try the failed ones again" in page
    assert as_ada.get(files_of(experiment)[0]).status_code == 404


def test_nobody_else_sees_or_changes_an_experiment(as_ada, as_ben, client, ada, make_tried):
    experiment = make_tried(ada)
    for path in (address("detail", experiment), address("panel", experiment), address("delete", experiment),
                 *files_of(experiment)):  # fmt: skip
        assert as_ben.get(path).status_code == 404, path
    for path in (address("delete", experiment), address("keep", experiment, 1)):
        assert as_ben.post(path).status_code == 404, path
    client.logout()
    assert all(client.get(path).status_code == 404 for path in files_of(experiment))
    assert experiment.title not in as_ben.get(LIST).text


@pytest.mark.parametrize("path", ["card", "huge", "network.safetensors"])
def test_what_a_trial_does_not_have_is_not_found(as_ada, ada, make_experiment, path):
    experiment = make_experiment(ada)
    assert as_ada.get(f"/media/experiments/{experiment.pk}/7/{path}").status_code == 404
    assert as_ada.get(f"/media/experiments/{uuid.uuid4()}/1/{path}").status_code == 404


def test_a_server_in_front_can_send_the_files(as_ada, ada, make_tried, settings):
    experiment = make_tried(ada)
    settings.MEDIA_ACCEL_PREFIX = "/protected"
    answers = [as_ada.get(path) for path in files_of(experiment)[2:]]
    assert [answer["X-Accel-Redirect"] for answer in answers] == [
        f"/protected/{experiment.work_folder}/{name}" for name in ("trial_001.png", "sheet.jpg", "table.csv")
    ]
    assert all(answer.content == b"" for answer in answers)


def test_a_table_is_called_after_its_experiment_in_whatever_letters(as_ada, ada, make_tried):
    experiment = make_tried(ada, title="Сетка")
    table = as_ada.get(reverse("media:experiment_table", args=[experiment.pk]))
    assert table["Content-Disposition"] == f"attachment; filename*=utf-8''{quote('сетка.csv')}"


def test_an_experiment_is_deleted_after_a_question(as_ada, ada, make_experiment):
    experiment = make_experiment(ada)
    assert experiment.title in as_ada.get(address("delete", experiment)).text
    assert as_ada.post(address("delete", experiment)).url == LIST
    assert not Experiment.objects.exists()
