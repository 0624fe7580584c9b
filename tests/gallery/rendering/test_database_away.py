"""Jobs whose database goes away while they are worked on."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from gallery import rendering
from gallery.models import Job
from gallery.rendering import reporting
from gallery.services import jobs
from gallery.services.searches import search_checkpoint
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def away(error, *values):
    """The database fails each change of a job that writes these values; tells which it has failed."""
    failed = []

    def execute(forward, sql, parameters, many, context):
        if sql.startswith('UPDATE "gallery_job" SET') and set(values) <= set(parameters):
            failed.append(sql)
            raise error
        return forward(sql, parameters, many, context)

    with connection.execute_wrapper(execute):
        yield failed


@pytest.fixture
def artwork(ada, make_artwork, monkeypatch):
    monkeypatch.setattr(reporting, "REPORT_SECONDS", 0)
    return make_artwork(ada, parameters=QUICK | {"num_steps": 6})


@pytest.mark.parametrize("error", [OperationalError("database is locked"), InterfaceError("connection is closed")])
def test_a_report_that_the_database_does_not_take_costs_nothing(artwork, worked, caplog, error):
    with away(error, 3, 6) as failed:
        rendering.run(jobs.claim_next("optimize", "w"))
    job = artwork.jobs.get()
    assert failed
    assert "could not be written" in caplog.text
    assert (job.state, worked, len(job.loss_history)) == ("succeeded", [1, 2, 3, 4, 5, 6], 6)


def test_a_search_whose_end_the_database_does_not_take_is_kept_and_goes_on(artwork, worked, state_every_second_step):
    with away(OperationalError("the database system is shutting down"), "succeeded") as failed:
        rendering.run(jobs.claim_next("optimize", "first"))
    assert failed
    assert artwork.jobs.get().state == "running"
    assert search_checkpoint(artwork.pk).exists()
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    jobs.recover_expired_leases()
    worked.clear()
    rendering.run(jobs.claim_next("optimize", "second"))
    assert (artwork.jobs.get().state, worked) == ("succeeded", [6])
