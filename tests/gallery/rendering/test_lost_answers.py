"""Results that the database has written, though who wrote them was not told so."""

from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from gallery import rendering
from gallery.exceptions import LeaseLost
from gallery.models import ContentImage, Job, StyleModel
from gallery.queue import TaskTimeout
from gallery.rendering.measuring import measure
from gallery.services import jobs, uploads
from gallery.services.networks import add_network
from gallery.services.stored_files import removed_in_vain
from gallery.services.teaching import teach_style
from tests.conftest import TINY_NETWORK
from tests.gallery.services.test_networks import network_file

pytestmark = pytest.mark.django_db(transaction=True)
GONE = OperationalError("server closed the connection unexpectedly")


@pytest.fixture
def lost_answer(monkeypatch):
    """The first commit after a statement that begins so is done, and an error comes instead of the answer."""

    @contextmanager
    def lost_answer(error, statement):
        commit, state = connection._commit, {"seen": False, "lost": False}

        def execute(forward, sql, parameters, many, context):
            state["seen"] |= sql.startswith(statement) and (
                "gallery_job" not in statement or Job.State.SUCCEEDED in parameters
            )
            return forward(sql, parameters, many, context)

        def committed():
            commit()
            if state["seen"] and not state["lost"]:
                state["lost"] = True
                raise error

        monkeypatch.setattr(connection, "_commit", committed)
        with connection.execute_wrapper(execute):
            yield
        monkeypatch.undo()
        assert state["lost"]

    return lost_answer


def work_through(queue):
    rendering.run(jobs.claim_next(queue, "w"))


JOB_ENDS = 'UPDATE "gallery_job" SET'


@pytest.mark.parametrize("error", [GONE, TaskTimeout("over")])
def test_a_painted_picture_stays(ada, make_artwork, lost_answer, media_root, error):
    artwork = make_artwork(ada)
    with lost_answer(error, JOB_ENDS):
        try:
            work_through("optimize")
        except TaskTimeout:
            assert error is not GONE
    artwork.refresh_from_db()
    assert (artwork.latest_job.state, artwork.result.name != "") == ("succeeded", True)
    assert (media_root / artwork.result.name).exists()


def test_the_samples_of_a_style_that_was_taught_stay(
    ada, trained, example_photo, make_painting, settings, lost_answer, media_root
):
    settings.LESSON_STEPS = 2
    lesson = teach_style(ada, [make_painting(ada)], "My waves")
    with lost_answer(GONE, JOB_ENDS):
        work_through("optimize")
    lesson.refresh_from_db()
    assert (lesson.latest_job.state, lesson.state) == ("succeeded", "private")
    assert (media_root / lesson.cover.name).exists()


def test_what_a_training_has_made_stays(trainer, make_training, lost_answer, media_root):
    run = make_training(trainer, base=None, parameters={"architecture": TINY_NETWORK})
    with lost_answer(GONE, JOB_ENDS):
        work_through("training")
    run.refresh_from_db()
    assert run.latest_job.state == "succeeded", run.latest_job.error_message
    assert (media_root / run.network.file.name).exists()
    assert (media_root / run.sheet.name).exists()
    assert all((media_root / style.cover.name).exists() for style in run.styles.all())


def test_a_checked_network_stays(trainer, example_photo, lost_answer, media_root, tmp_path):
    network = add_network(trainer, network_file(tmp_path), "Brought")
    with lost_answer(GONE, JOB_ENDS):
        work_through("optimize")
    network.refresh_from_db()
    assert network.is_checked
    assert (media_root / network.file.name).exists()
    assert all((media_root / style.cover.name).exists() for style in network.styles.all())


def test_samples_that_were_measured_anew_stay(trained, example_photo, lost_answer, media_root):
    with lost_answer(GONE, 'UPDATE "gallery_stylemodel" SET'), pytest.raises(OperationalError):
        measure(trained[0], "mark")
    style = StyleModel.objects.get(pk=trained[0].pk)
    assert "mark" in style.cover.name
    assert (media_root / style.cover.name).exists()


@pytest.mark.parametrize("error", [GONE, TaskTimeout("over")])
def test_an_uploaded_photo_stays(ada, make_upload, lost_answer, media_root, error):
    with lost_answer(error, 'INSERT INTO "gallery_contentimage"'), pytest.raises(type(error)):
        uploads.add_content_image(ada, make_upload())
    photo = ContentImage.objects.get()
    assert (media_root / photo.file.name).exists()
    assert uploads.add_content_image(ada, make_upload()) == photo


@pytest.mark.parametrize(
    ("error", "stays"), [(LeaseLost("lost"), False), (TaskTimeout("over"), False), (ValueError(), False), (GONE, True)]
)
def test_a_file_goes_where_it_is_known_that_no_row_names_it(media_root, error, stays):
    path = media_root / "results" / "new.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    with pytest.raises(type(error)), removed_in_vain([path]):
        raise error
    assert path.exists() is stays
