"""What programs of the staff may do: each thing with the right that the administration asks for, and with no other."""

import pytest
from django.contrib.auth.models import Permission

from gallery.services.photo_sets import add_photo_set
from tests.conftest import picture_bytes
from tests.gallery.services.test_photo_sets import archive

pytestmark = pytest.mark.django_db
EVERY_RIGHT = [
    f"{right}_{model}"
    for model in ("trainingrun", "photoset", "stylenetwork")
    for right in ("view", "add", "change", "delete")
]
ASKED = [
    ("get", "/trainings/", "view_trainingrun", 200),
    ("get", "/trainings/{training}/", "view_trainingrun", 200),
    ("get", "/trainings/{training}/sheet/", "view_trainingrun", 404),
    ("post", "/trainings/", "add_trainingrun", 400),
    ("post", "/trainings/{training}/pause/", "change_trainingrun", 200),
    ("post", "/trainings/{training}/resume/", "change_trainingrun", 409),
    ("post", "/trainings/{training}/finish/", "change_trainingrun", 409),
    ("post", "/trainings/{training}/retry/", "change_trainingrun", 201),
    ("post", "/trainings/{training}/cancel/", "change_trainingrun", 200),
    ("delete", "/trainings/{training}/", "delete_trainingrun", 409),
    ("get", "/photo-sets/", "add_trainingrun", 200),
    ("get", "/photo-sets/{photo_set}/", "add_trainingrun", 200),
    ("post", "/photo-sets/", "add_trainingrun", 400),
    ("delete", "/photo-sets/{photo_set}/", "delete_photoset", 204),
    ("get", "/networks/", "view_stylenetwork", 200),
    ("get", "/networks/{network}/", "view_stylenetwork", 200),
    ("get", "/networks/{network}/file/", "view_stylenetwork", 200),
    ("post", "/networks/", "add_stylenetwork", 400),
    ("patch", "/networks/{network}/", "change_stylenetwork", 200),
    ("post", "/networks/{network}/check/", "change_stylenetwork", 409),
    ("delete", "/networks/{network}/", "delete_stylenetwork", 409),
]


@pytest.mark.parametrize(("method", "path", "right", "status"), ASKED, ids=lambda part: part)
def test_each_thing_needs_its_own_right(
    program_of, ada, make_user, make_training, trained, method, path, right, status
):
    ids = {
        "training": make_training(ada).pk,
        "photo_set": add_photo_set(ada, archive(a__png=picture_bytes())).pk,
        "network": trained[0].network_id,
    }
    kind = "json" if path.startswith("/trainings/") or method == "patch" else "multipart"
    clerk = make_user("clerk", is_staff=True)
    ask = getattr(program_of(clerk), method)

    def asked_with(*rights):
        clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="gallery", codename__in=rights))
        return ask("/api/v1" + path.format(**ids), {}, format=kind).status_code

    assert asked_with(*(other for other in EVERY_RIGHT if other != right)) == 403
    assert asked_with(right) == status
