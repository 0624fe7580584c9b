"""What is asked for at the same moment, by two processes with connections of their own."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone

from gallery.exceptions import Conflict, QuotaExceeded
from gallery.models import Artwork, ContentImage, Job, StyleModel
from gallery.services.accounts import lock_person
from gallery.services.leaving import delete_account
from gallery.services.networks import add_network
from gallery.services.requests import request_artwork
from gallery.services.retries import retry_job
from gallery.services.styles import delete_style, publish_style
from gallery.services.teaching import teach_style
from tests.conftest import PASSED_GATE, QUICK

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(first, second, then=lambda: None):
    """What both give, where the second begins before the first is committed, and before what the first does `then`."""
    begun = threading.Event()

    def later():
        try:
            begun.set()
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            earlier = first()
            waiting = pool.submit(later)
            begun.wait()
            time.sleep(0.3)  # time for the second to come as far as the first lets it
            then()
        return earlier, waiting.result()


@pytest.fixture
def make_lesson(trained, example_photo, make_painting):
    return lambda owner: teach_style(owner, [make_painting(owner)])


@pytest.fixture
def make_network(db):
    return lambda owner: add_network(owner, SimpleUploadedFile("waves.safetensors", b"none"), "Waves")


@pytest.mark.parametrize("kind", ["artwork", "lesson", "network", "training", "experiment"])
def test_two_retries_at_once_queue_one_job(request, ada, kind, trainer):
    job = request.getfixturevalue(f"make_{kind}")(ada).latest_job
    Job.objects.update(state="failed", error_message="The disk was full.", finished_at=timezone.now())
    first, second = at_once(lambda: retry_job(job, trainer), lambda: retry_job(job, trainer))
    assert first == second
    assert (first.state, first.retry_of) == ("queued", job)


@pytest.mark.parametrize("kind", ["artwork", "lesson", "experiment"])
def test_who_leaves_while_a_job_of_theirs_is_tried_again_leaves(request, ada, kind, trainer):
    job = request.getfixturevalue(f"make_{kind}")(ada).latest_job
    Job.objects.update(state="failed", error_message="The disk was full.", finished_at=timezone.now())
    with pytest.raises(Conflict, match="in the meantime"):
        at_once(lambda: lock_person(ada), lambda: retry_job(job, ada), then=lambda: delete_account(ada))
    assert not Job.objects.exists()


def test_a_style_that_is_published_at_the_moment_of_its_deletion_stays(ada, make_lesson):
    lesson = make_lesson(ada)
    StyleModel.objects.filter(pk=lesson.pk).update(row=bytes(8), state="offered", gate=PASSED_GATE)
    first, second = (StyleModel.objects.get(pk=lesson.pk) for _ in range(2))
    with pytest.raises(Conflict, match="was published"):
        at_once(lambda: publish_style(first), lambda: delete_style(second))
    assert StyleModel.objects.get(pk=lesson.pk).state == "published"


@pytest.fixture
def ask(ada, make_photo, make_painting):
    """Ask for an artwork of Ada's."""
    photo, painting = make_photo(ada), make_painting(ada)
    return lambda **options: request_artwork(ada, photo, [(painting, 1)], QUICK, **options)


def test_two_requests_at_once_are_both_counted(ask, settings):
    settings.MAX_UNFINISHED_JOBS_PER_USER = 1
    with pytest.raises(QuotaExceeded):
        at_once(ask, ask)
    assert Job.objects.count() == 1


def test_a_double_click_on_the_last_free_place_is_one_artwork(ask, settings):
    settings.MAX_UNFINISHED_JOBS_PER_USER, request_id = 1, uuid.uuid4()
    first, second = at_once(lambda: ask(request_id=request_id), lambda: ask(request_id=request_id))
    assert first == second == Artwork.objects.get()


def test_two_uploads_at_once_are_both_counted(ada, ben, make_photo, settings, media_root):
    sizes = [make_photo(ben, color).byte_size for color in ("red", "blue")]
    settings.MAX_UPLOADED_BYTES_PER_USER = sum(sizes) - 1
    with pytest.raises(QuotaExceeded):
        at_once(lambda: make_photo(ada, "red"), lambda: make_photo(ada, "blue"))
    assert ContentImage.objects.owned_by(ada).count() == 1
    assert len(list((media_root / "content").iterdir())) == 2 + 1


def test_the_same_upload_twice_at_once_is_one_picture_where_there_is_room_for_one(ada, ben, make_photo, settings):
    settings.MAX_UPLOADED_BYTES_PER_USER = make_photo(ben).byte_size + 1
    first, second = at_once(lambda: make_photo(ada), lambda: make_photo(ada))
    assert first == second == ContentImage.objects.owned_by(ada).get()
