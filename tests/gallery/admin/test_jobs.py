import pytest

from gallery.models import Job
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(ada, make_artwork):
    return make_artwork(ada).latest_job


def cancel(client, job):
    sent = {"action": "cancel", "_selected_action": [job.pk]}
    page = client.post(admin_url(Job, "changelist"), sent, follow=True).text
    job.refresh_from_db()
    return page


def test_a_waiting_job_can_be_cancelled_and_a_finished_one_says_it_has_ended(as_admin, waiting):
    assert "1 job cancelled" in cancel(as_admin, waiting)
    assert waiting.state == "cancelled"
    assert "already ended" in cancel(as_admin, waiting)


def test_who_may_only_look_at_jobs_cancels_none(as_clerk, waiting):
    clerk = as_clerk("view_job")
    assert clerk.get(admin_url(Job, "changelist")).status_code == 200
    cancel(clerk, waiting)
    assert waiting.state == "queued"


def test_who_may_change_jobs_cancels_them(as_clerk, waiting):
    cancel(as_clerk("view_job", "change_job"), waiting)
    assert waiting.state == "cancelled"
