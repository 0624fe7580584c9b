import pytest

from gallery.models import Job, StyleModel
from gallery.services import jobs
from gallery.services.teaching import teach_style
from stylize_engine.progress import Progress
from tests.conftest import PASSED_GATE


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


@pytest.fixture
def job(ada, make_artwork):
    return make_artwork(ada, title="Harbour at night").latest_job


@pytest.fixture
def running(job):
    """The job, half painted by a worker."""
    claim = jobs.claim_next(job.queue, "w")
    history = [{"step": 1, "total": 8.0}, {"step": 2, "total": 2.0}]
    jobs.report_progress(claim, Progress(2, 4), eta_seconds=31, loss_history=history, preview="previews/p.jpg")
    job.refresh_from_db()
    return job
