import uuid

import pytest
from django.urls import reverse

from gallery.models import Experiment, Job, StyleNetwork
from gallery.services import jobs
from gallery.services.webhooks import queue_deliveries
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db
LIST = reverse("api:experiment-list")
TINY = {"architecture": {"fold": 2, "widths": [4, 8], "blocks": 1, "edge_kernel": 3}, "steps": 2, "batch_size": 1,
        "image_size": 64, "style_size": 64, "pyramid_levels": 2}  # fmt: skip


def address(name, experiment, *more):
    return reverse(f"api:experiment-{name}", args=[experiment["id"], *more])


@pytest.fixture
def wish(ada, make_photo, make_painting):
    pictures = [str(make_painting(ada).pk)]
    return {"content": str(make_photo(ada).pk), "pictures": pictures, "parameters": QUICK,
            "varied": {"style_weight": [20, 200], "content_layers": [["relu2_1"], ["all-relu"]]}}  # fmt: skip


def test_a_grid_is_asked_for_tried_and_fetched(as_ada_api, wish, run_jobs):
    answer = as_ada_api.post(LIST, wish)
    experiment = answer.data
    assert (answer.status_code, experiment["trial_count"], experiment["results"]) == (202, 4, [])
    assert (experiment["job"]["kind"], str(experiment["job"]["experiment"])) == ("experiment", experiment["id"])
    assert (experiment["sheet"], experiment["table"]) == (None, None)
    run_jobs()
    experiment = as_ada_api.get(address("detail", experiment)).data
    assert experiment["job"]["state"] == "succeeded", experiment["job"]["error_message"]
    totals = [trial["losses"]["total"] for trial in experiment["results"]]
    assert (len(totals), totals) == (4, sorted(totals))
    for trial in experiment["results"]:
        assert trial["style_score"] > 0
        assert (trial["failed"], trial["network"]) == (None, None)
        assert as_ada_api.get(trial["files"]["card"])["Content-Type"] == "image/png"
    assert as_ada_api.get(experiment["sheet"])["Content-Type"] == "image/jpeg"
    table = as_ada_api.get(experiment["table"], headers={"Accept": "text/csv"})
    assert table["Content-Type"].startswith("text/csv")
    assert len(b"".join(table.streaming_content).splitlines()) == 5


def test_the_same_key_gives_the_first_experiment(as_ada_api, wish):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    first, second = (as_ada_api.post(LIST, wish, headers=headers) for _ in range(2))
    assert first.data["id"] == second.data["id"]
    assert Job.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"varied": {"style_weight": [1, -1]}}, "style_weight"),
        ({"varied": {"seed": list(range(17))}}, "varied"),
        ({"varied": {}}, "varied"),
        ({"varied": {"seed": 1}}, "varied.seed"),
        ({"varied": {"speed": [1, 2]}}, "varied"),
        ({"parameters": {"num_steps": 0}}, "num_steps"),
        ({"pictures": []}, "pictures"),
        ({"method": "magic"}, "method"),
        ({"method": "training", "parameters": {}}, "method"),
        ({"base": str(uuid.uuid4())}, "base"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_field(as_ada_api, wish, changes, field):
    answer = as_ada_api.post(LIST, {**wish, **changes})
    assert answer.status_code == 400
    assert list(answer.data["fields"]) == [field]
    assert not Experiment.objects.exists()


def test_pictures_of_others_are_not_there(as_ben_api, wish):
    answer = as_ben_api.post(LIST, wish)
    assert set(answer.data["fields"]) == {"content", "pictures.0"} or set(answer.data["fields"]) == {
        "content",
        "pictures",
    }


def test_experiments_are_listed_filtered_and_ordered(as_ada_api, as_ben_api, ada, make_experiment):
    for title in ("B", "A", "C"):
        make_experiment(ada, title=title)
    found = as_ada_api.get(LIST, {"ordering": "title", "method": "gatys", "page_size": 2}).data
    assert [entry["title"] for entry in found["results"]] == ["A", "B"]
    assert [entry["title"] for entry in as_ada_api.get(found["next"]).data["results"]] == ["C"]
    assert as_ada_api.get(LIST, {"method": "training"}).data["results"] == []
    assert as_ben_api.get(LIST).data["results"] == []


def test_a_cancelled_experiment_goes_on(as_ada_api, ada, make_experiment):
    experiment = {"id": make_experiment(ada).pk}
    job = as_ada_api.get(address("detail", experiment)).data["job"]
    as_ada_api.post(reverse("api:job-cancel", args=[job["id"]]))
    again = as_ada_api.post(address("retry", experiment))
    assert (again.status_code, again.data["state"], str(again.data["retry_of"])) == (201, "queued", job["id"])


def test_an_experiment_is_removed(as_ada_api, ada, make_experiment):
    experiment = {"id": make_experiment(ada).pk}
    assert as_ada_api.delete(address("detail", experiment)).status_code == 204
    assert as_ada_api.get(address("detail", experiment)).status_code == 404


def test_a_failed_trial_says_why_and_has_no_files(as_ada_api, ada, make_experiment):
    experiment = {"id": make_experiment(ada).pk}
    Experiment.objects.update(results=[{"trial": 1, "settings": {"style_weight": 20.0}, "failed": "Too large."}])
    (trial,) = as_ada_api.get(address("detail", experiment)).data["results"]
    assert (trial["failed"], trial["files"], trial["losses"]) == ("Too large.", None, {})
    assert as_ada_api.get(address("trial", experiment, 1, "full")).status_code == 404


def test_an_administrator_keeps_the_network_of_a_short_training(
    program_of, trainer, make_photo, make_painting, example_photo, run_jobs
):
    program = program_of(trainer)
    asked = {"method": "training", "content": str(make_photo(trainer).pk), "parameters": TINY,
             "pictures": [str(make_painting(trainer).pk)], "varied": {"style_weight": [6, 12]}}  # fmt: skip
    experiment = program.post(LIST, asked).data
    run_jobs()
    experiment = program.get(address("detail", experiment)).data
    assert experiment["job"]["state"] == "succeeded", experiment["job"]["error_message"]
    assert program.get(experiment["results"][0]["network"])["Content-Type"] == "application/octet-stream"
    kept = program.post(address("keep", experiment, 1))
    assert (kept.status_code, kept.data["kind"]) == (201, "network")
    assert kept.data["network"] == StyleNetwork.objects.get().pk


def test_a_webhook_names_the_experiment(ada, make_experiment):
    from gallery.models import Delivery, Webhook

    Webhook.objects.create(owner=ada, url="https://example.org/hook")
    experiment = make_experiment(ada)
    jobs.cancel_job(experiment.latest_job)
    queue_deliveries()
    body = Delivery.objects.get().body
    assert (body["kind"], body["experiment"]) == ("experiment", str(experiment.pk))


def test_the_limit_of_trials_and_what_may_be_varied_are_told(as_ada_api):
    told = as_ada_api.get(reverse("api:capabilities")).data
    assert told["limits"]["trials"] == 16
    assert [(method["name"], method["parameters"]["style_weight"]) for method in told["experiments"]] == [
        ("gatys", 200.0), ("training", 12.0),
    ]  # fmt: skip
