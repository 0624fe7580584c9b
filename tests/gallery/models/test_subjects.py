"""However many records a list shows, their latest jobs are found with the same number of queries."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery.models import Experiment, Job, StyleNetwork
from gallery.services.experiments import retry_experiment
from gallery.services.teaching import teach_style

pytestmark = pytest.mark.django_db
LISTS = {
    "artwork": ["artworks:mine", "api:artwork-list"],
    "lesson": ["styles:list", "admin:gallery_stylemodel_changelist"],
    "training": ["studio:list", "api:training-list"],
    "experiment": ["experiments:list", "api:experiment-list", "admin:gallery_experiment_changelist"],
    "network": ["admin:gallery_stylenetwork_changelist"],
}


@pytest.fixture
def make_lesson(trained, example_photo, make_painting):
    colors = iter(["red", "green", "blue", "black", "white"])
    return lambda owner: teach_style(owner, [make_painting(owner, next(colors))])


@pytest.fixture
def make_network(db):
    """A network whose check has failed."""

    def make(owner):
        network = StyleNetwork.objects.create(title="Waves", sha256=str(StyleNetwork.objects.count()), owner=owner)
        return Job.objects.create(
            kind="network", queue="optimize", owner=owner, network=network, state="failed", error_message="no",
            finished_at=timezone.now(),
        )  # fmt: skip

    return make


def queries(client, address) -> list[str]:
    """What a page asks of the database."""
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in asked]


@pytest.mark.parametrize(("kind", "address"), [(kind, page) for kind, pages in LISTS.items() for page in pages])
def test_a_list_of_five_asks_no_more_than_one_of_two(request, client, trainer, kind, address):
    client.force_login(trainer)
    make, address = request.getfixturevalue(f"make_{kind}"), reverse(address)
    make(trainer), make(trainer)
    few = queries(client, address)
    make(trainer), make(trainer), make(trainer)
    many = queries(client, address)
    assert len(many) == len(few), many[len(few) :]


def test_the_table_of_an_experiment_asks_no_more_for_five_trials_than_for_two(as_ada, ada, make_experiment):
    experiment = make_experiment(ada, {"seed": [1, 2, 3, 4, 5]})
    address, asked = reverse("experiments:panel", args=[experiment.pk]), []
    for count in (2, 5):
        done = [{"trial": number, "settings": {"seed": number}} for number in range(1, count + 1)]
        Experiment.objects.filter(pk=experiment.pk).update(results=done)
        assert as_ada.get(address).text.count("/create/?") == count
        asked.append(len(queries(as_ada, address)))
    assert asked[0] == asked[1]


def test_the_newest_job_is_the_latest_with_or_without_its_losses(ada, make_experiment):
    experiment = make_experiment(ada)
    Job.objects.update(state="failed", error_message="no", finished_at=timezone.now())
    newest = retry_experiment(experiment)
    for losses, deferred in ((True, set()), (False, {"loss_history"})):
        found = Experiment.objects.with_latest_job(losses=losses).get()
        assert found.latest_job == newest == experiment.latest_job
        assert found.latest_job.get_deferred_fields() == deferred
        assert found.jobs.count() == 2
    Job.objects.all().delete()
    assert Experiment.objects.with_latest_job().get().latest_job is None
