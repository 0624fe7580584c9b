"""Every operation x anonymous, owner, other, administrator, revoked token."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from gallery.models import ApiToken, Artwork, StyleImage, StyleModel, Webhook
from gallery.services.artworks import share_artwork
from gallery.services.photo_sets import add_photo_set
from gallery.services.teaching import teach_style
from gallery.services.tokens import create_token
from tests.conftest import PASSED_GATE, picture_bytes
from tests.gallery.services.test_networks import network_file
from tests.gallery.services.test_photo_sets import archive

pytestmark = pytest.mark.django_db
ACTORS = ["anonymous", "owner", "other", "administrator", "revoked"]
READ = {"anonymous": 200, "owner": 200, "other": 200, "administrator": 200, "revoked": 401}
OWN = {"anonymous": 404, "owner": 200, "other": 404, "administrator": 404, "revoked": 401}
SIGNED_IN = {"anonymous": 401, "owner": 200, "other": 200, "administrator": 200, "revoked": 401}
# Changing one's own private record: for others it does not exist.
CHANGE = {**OWN, "anonymous": 401}
# What is asked for with pictures of Ada's: for others these do not exist.
WITH_OWN = {**CHANGE, "other": 400, "administrator": 400}

# Administrators' business.
TRAIN = {"anonymous": 401, "owner": 403, "other": 403, "administrator": 200, "revoked": 401}


def but(expected, **statuses):
    return expected | statuses


OPERATIONS = {
    ("get", "/photos/"): READ,
    ("post", "/photos/"): but(SIGNED_IN, owner=201, other=201, administrator=201),
    ("get", "/photos/{id}/"): OWN,
    ("patch", "/photos/{id}/"): CHANGE,
    ("delete", "/photos/{id}/"): but(CHANGE, owner=204),
    ("get", "/photos/{id}/{variant}/"): OWN,
    ("get", "/paintings/"): READ,
    ("post", "/paintings/"): but(SIGNED_IN, owner=201, other=201, administrator=201),
    ("get", "/paintings/{id}/"): OWN,
    ("patch", "/paintings/{id}/"): CHANGE,
    ("delete", "/paintings/{id}/"): but(CHANGE, owner=204),
    ("get", "/paintings/{id}/{variant}/"): OWN,
    ("get", "/styles/"): READ,
    ("post", "/styles/"): but(WITH_OWN, owner=202),
    ("get", "/styles/{slug}/"): OWN,
    ("patch", "/styles/{slug}/"): CHANGE,
    ("delete", "/styles/{slug}/"): but(CHANGE, owner=204),
    ("post", "/styles/{slug}/offer/"): CHANGE,
    ("post", "/styles/{slug}/withdraw/"): but(CHANGE, owner=409),
    ("get", "/styles/{slug}/{kind}/{variant}/"): OWN,
    ("get", "/artworks/"): READ,
    ("post", "/artworks/"): but(WITH_OWN, owner=202),
    ("get", "/artworks/{id}/"): OWN,
    ("patch", "/artworks/{id}/"): CHANGE,
    ("delete", "/artworks/{id}/"): but(CHANGE, owner=204),
    ("post", "/artworks/{id}/retry/"): but(CHANGE, owner=409),
    ("get", "/artworks/{id}/{variant}/"): OWN,
    ("get", "/artworks/{id}/photo/{variant}/"): OWN,
    ("get", "/jobs/"): SIGNED_IN,
    ("get", "/jobs/{id}/"): but(OWN, anonymous=401),
    ("post", "/jobs/{id}/cancel/"): but(CHANGE, owner=409),
    ("post", "/jobs/{id}/retry/"): but(CHANGE, owner=409),
    ("get", "/jobs/{id}/preview/"): but(OWN, anonymous=401, owner=404),
    ("get", "/experiments/"): SIGNED_IN,
    ("post", "/experiments/"): but(WITH_OWN, owner=202),
    ("get", "/experiments/{id}/"): but(OWN, anonymous=401),
    ("delete", "/experiments/{id}/"): but(CHANGE, owner=204),
    ("post", "/experiments/{id}/retry/"): but(CHANGE, owner=409),
    ("get", "/experiments/{id}/sheet/"): but(OWN, anonymous=401),
    ("get", "/experiments/{id}/table/"): but(OWN, anonymous=401),
    ("get", "/experiments/{id}/trials/{trial}/{variant}/"): but(OWN, anonymous=401),
    ("get", "/experiments/{id}/trials/{trial}/network/"): but(OWN, anonymous=401),
    ("post", "/experiments/{id}/trials/{trial}/keep/"): but(CHANGE, owner=400),
    ("post", "/styles/{slug}/publish/"): TRAIN,
    ("post", "/styles/{slug}/refuse/"): but(TRAIN, administrator=400),
    ("post", "/styles/{slug}/retire/"): but(TRAIN, administrator=409),
    ("post", "/styles/{slug}/follow/"): but(TRAIN, administrator=400),
    ("post", "/styles/{slug}/roll-back/"): but(TRAIN, administrator=409),
    ("get", "/trainings/"): TRAIN,
    ("post", "/trainings/"): but(TRAIN, administrator=202),
    ("get", "/trainings/{id}/"): TRAIN,
    ("delete", "/trainings/{id}/"): but(TRAIN, administrator=409),
    ("post", "/trainings/{id}/pause/"): TRAIN,
    ("post", "/trainings/{id}/resume/"): but(TRAIN, administrator=409),
    ("post", "/trainings/{id}/finish/"): but(TRAIN, administrator=409),
    ("post", "/trainings/{id}/cancel/"): TRAIN,
    ("post", "/trainings/{id}/retry/"): but(TRAIN, administrator=201),
    ("get", "/trainings/{id}/sheet/"): but(TRAIN, administrator=404),
    ("get", "/photo-sets/"): TRAIN,
    ("post", "/photo-sets/"): but(TRAIN, administrator=201),
    ("get", "/photo-sets/{id}/"): TRAIN,
    ("delete", "/photo-sets/{id}/"): but(TRAIN, administrator=204),
    ("get", "/networks/"): TRAIN,
    ("post", "/networks/"): but(TRAIN, administrator=202),
    ("get", "/networks/{id}/"): TRAIN,
    ("patch", "/networks/{id}/"): TRAIN,
    ("delete", "/networks/{id}/"): but(TRAIN, administrator=409),
    ("post", "/networks/{id}/check/"): but(TRAIN, administrator=409),
    ("get", "/networks/{id}/file/"): TRAIN,
    ("get", "/tokens/"): SIGNED_IN,
    ("post", "/tokens/"): but(SIGNED_IN, owner=201, other=201, administrator=201),
    ("delete", "/tokens/{id}/"): but(CHANGE, owner=204),
    ("get", "/webhooks/"): SIGNED_IN,
    ("post", "/webhooks/"): but(SIGNED_IN, owner=201, other=201, administrator=201),
    ("get", "/webhooks/{id}/"): but(OWN, anonymous=401),
    ("delete", "/webhooks/{id}/"): but(CHANGE, owner=204),
    ("get", "/webhooks/{id}/deliveries/"): but(OWN, anonymous=401),
    ("get", "/capabilities/"): READ,
    ("get", "/status/"): but(SIGNED_IN, owner=403, other=403),
    ("post", "/estimates/"): but(WITH_OWN, owner=200),
}
# What is decided on a style that is on offer.
DECISIONS = [f"/styles/{{slug}}/{decision}/" for decision in ("publish", "refuse", "retire", "follow", "roll-back")]


@pytest.fixture
def programs(ada, ben, make_user):
    def program(owner):
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_token(owner, 'test')[1]}")
        return client

    revoked = program(ada)
    ApiToken.objects.all().delete()
    root = make_user("root", is_staff=True, is_superuser=True)
    return {"anonymous": APIClient(), "owner": program(ada), "other": program(ben), "administrator": program(root),
            "revoked": revoked}  # fmt: skip


@pytest.fixture
def private(
    request, ada, trained, example_photo, make_photo, make_painting, make_painted, make_training, make_tried, settings,
    tmp_path,
):  # fmt: skip
    """One private record of Ada's of each kind, and what is asked for with them; and what administrators have.

    What takes long to make is there for the operations on it alone.
    """
    subject = request.node.callspec.params.get("path", "/artworks/").split("/")[1]
    artwork = make_painted(ada) if subject in ("artworks", "jobs") else None
    experiment = make_tried(ada) if subject == "experiments" else None
    style = teach_style(ada, [make_painting(ada, "red")], "Waves")
    style.jobs.all().delete()
    sample = SimpleUploadedFile("sample.jpg", picture_bytes(format="JPEG"))
    style.cover.save("waves-cover.jpg", sample)
    StyleModel.objects.filter(pk=style.pk).update(row=trained[0].row, state="private")
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    bundled = StyleImage.objects.create(
        title="Dots", file="style/dots.png", width=64, height=64, byte_size=1, sha256="d", is_example=True
    )
    if experiment:
        # As a training leaves it; Ada may not train, but what is hers is hers.
        trained_file = settings.MEDIA_ROOT / experiment.work_folder / "trial_001" / "model.safetensors"
        trained_file.parent.mkdir()
        trained_file.write_bytes(b"a network")
    ids = {
        "photos": make_photo(ada, "brown").pk, "paintings": make_painting(ada, "pink").pk, "styles": style.slug,
        "artworks": artwork and artwork.pk, "jobs": artwork and artwork.latest_job.pk,
        "tokens": create_token(ada, "another")[0].public_id,
        "webhooks": Webhook.objects.create(owner=ada, url="https://example.org/hook").pk,
        "trainings": make_training(ada).pk, "networks": trained[0].network_id,
        "photo-sets": add_photo_set(ada, archive(a__png=picture_bytes())).pk,
        "experiments": experiment and experiment.pk,
    }  # fmt: skip
    wish = {
        "method": "gatys", "content": str(ids["photos"]), "styles": [{"painting": str(ids["paintings"])}],
        "parameters": {"image_size": 64, "num_steps": 2},
    }  # fmt: skip
    grid = {
        "content": str(ids["photos"]), "pictures": [str(ids["paintings"])], "varied": {"seed": [1, 2]},
        "parameters": {"image_size": 64, "num_steps": 2},
    }  # fmt: skip
    bodies = {
        "artworks": wish,
        "estimates": wish,
        "styles": {"pictures": [str(ids["paintings"])]},
        "tokens": {"name": "x"},
        "webhooks": {"url": "http://127.0.0.1:9/"},
        "trainings": {"styles": [{"name": "more", "paintings": [str(bundled.pk)]}], "base": str(ids["networks"])},
        "photo-sets": {"archive": archive(b__png=picture_bytes())},
        "networks": {"file": network_file(tmp_path), "title": "Tides"},
        "experiments": grid,
    }
    return ids, bodies


def call(program, method, path, private):
    ids, bodies = private
    subject = path.strip("/").partition("/")[0]
    subject_id = ids.get(subject)
    address = "/api/v1" + path.format(id=subject_id, slug=subject_id, variant="full", kind="cover", trial=1)
    if method == "post" and path in ("/photos/", "/paintings/"):
        return program.post(address, {"file": io.BytesIO(picture_bytes("violet"))}, format="multipart")
    if method == "post" and path in ("/photo-sets/", "/networks/"):
        for value in bodies[subject].values():
            if hasattr(value, "seek"):  # another actor may have sent it
                value.seek(0)
        return program.post(address, bodies[subject], format="multipart")
    if method == "post":
        return program.post(address, bodies.get(subject) if path.count("/") == 2 else None)
    return getattr(program, method)(address, {"title": "New"} if method == "patch" else None)


def test_no_operation_is_missing_here():
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    found = {
        (method, path.removeprefix("/api/v1"))
        for path, item in paths.items()
        for method in item
        if method != "parameters"
    }
    assert found == set(OPERATIONS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=lambda part: part)
def test_who_may_do_what_with_a_private_record(programs, private, method, path):
    """Refusals come first: they leave the records as they are."""
    expected = OPERATIONS[method, path]
    for actor in sorted(ACTORS, key=expected.get, reverse=True):
        if path in DECISIONS:
            StyleModel.objects.filter(title="Waves").update(state="offered", gate=PASSED_GATE)
        answer = call(programs[actor], method, path, private)
        assert answer.status_code == expected[actor], (actor, getattr(answer, "data", answer))
        if expected[actor] >= 400:
            assert set(answer.data) == {"type", "message", "fields"}
            assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(("method", "expected"), [("get", 200), ("patch", 403), ("delete", 403)])
def test_what_is_shared_is_read_and_not_changed(programs, private, method, expected):
    artwork = Artwork.objects.get()
    share_artwork(artwork, "public", show_content=False)
    assert call(programs["other"], method, "/artworks/{id}/", private).status_code == expected


def test_the_gallerys_own_pictures_are_not_changed(programs, example_photo):
    for method in ("patch", "delete"):
        answer = getattr(programs["owner"], method)(f"/api/v1/photos/{example_photo.pk}/", {"title": "Mine"})
        assert (answer.status_code, answer.data["type"]) == (403, "permission_denied")
