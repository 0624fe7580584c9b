"""How long the create page says it will take, and what waits before it."""

import pytest
from django.utils import timezone

from gallery.models import Worker
from tests.gallery.web.test_create import SETTINGS
from tests.gallery.web.test_create_instant import ESTIMATE, INSTANT

pytestmark = pytest.mark.django_db


@pytest.fixture
def choice(ada, make_photo, trained):
    return {**INSTANT, "content": make_photo(ada).pk, "model": [trained[0].pk]}


def worker(cluster):
    now = timezone.now()
    Worker.objects.create(
        name="w", host="h", cluster=cluster, pid=1, device="cpu", speeds={"network": 2.0, "slim": 0.01},
        started_at=now, heartbeat_at=now,
    )  # fmt: skip


def test_long_work_of_another_queue_does_not_stand_before_a_trained_style(
    as_ada, ada, ben, choice, make_artwork, make_painting
):
    job = make_artwork(ben).latest_job
    type(job).objects.filter(pk=job.pk).update(estimated_seconds=900, queue="optimize")
    worker("optimize")
    instant = as_ada.get(ESTIMATE, choice).context
    assert (instant["jobs_before"], instant["wait"], instant["workers_alive"]) == (0, 0, False)
    painting = {"method": "gatys", "style": make_painting(ada).pk}
    slow = as_ada.get(ESTIMATE, {**choice, **SETTINGS, **painting}).context
    assert (slow["jobs_before"], slow["wait"], slow["workers_alive"]) == (1, 900, True)


def test_no_seconds_are_said_of_work_before_ones_own_that_nobody_has_measured(as_ada, ben, choice, make_artwork):
    job = make_artwork(ben).latest_job
    type(job).objects.filter(pk=job.pk).update(estimated_seconds=None, queue="interactive")
    worker("interactive")
    told = as_ada.get(ESTIMATE, choice).text
    assert "with 1 job before yours." in told
