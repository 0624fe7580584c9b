"""What takes a right, and who has lost it."""

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from gallery.exceptions import InvalidRequest
from gallery.models import Job
from gallery.services.networks import add_network
from gallery.services.retries import retry_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def failed(ada, request):
    """A job of Ada's that has failed, while she had the right to ask for it."""

    def make(kind) -> Job:
        if kind == "network":
            job = add_network(ada, SimpleUploadedFile("waves.safetensors", b"none"), "Waves").latest_job
        else:
            job = request.getfixturevalue("make_training")(ada).latest_job
        Job.objects.update(state="failed", error_message="The disk was full.", finished_at=timezone.now())
        return Job.objects.get(pk=job.pk)

    return make


def with_right(person, right):
    person.user_permissions.set(Permission.objects.filter(content_type__app_label="gallery", codename=right))
    return get_user_model().objects.get(pk=person.pk)


@pytest.mark.parametrize(("kind", "words"), [("training", "training done again"), ("network", "network checked again")])
def test_who_has_lost_the_right_has_no_training_and_no_check_done_again(ada, failed, kind, words):
    job = failed(kind)
    with pytest.raises(InvalidRequest, match=f"Only administrators may have a {words}"):
        retry_job(job, ada)
    assert Job.objects.get() == job


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("training", "add_trainingrun"),
        ("training", "change_trainingrun"),
        ("network", "add_stylenetwork"),
        ("network", "change_stylenetwork"),
        ("network", "add_trainingrun"),
    ],
)
def test_who_may_ask_for_it_or_steer_it_has_it_done_again(ada, failed, kind, right):
    assert retry_job(failed(kind), with_right(ada, right)).state == "queued"
