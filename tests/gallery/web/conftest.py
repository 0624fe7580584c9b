import pytest

from gallery.models import Job, StyleModel
from gallery.services.teaching import teach_style
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
