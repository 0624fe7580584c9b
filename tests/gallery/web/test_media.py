import errno
import shutil
import uuid
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from gallery.models import Artwork, Job
from gallery.picture_files import VARIANTS
from gallery.services import jobs
from gallery.services.artworks import share_artwork

pytestmark = pytest.mark.django_db


@pytest.fixture
def painted(ada, make_artwork, make_photo, media_root):
    """A finished artwork with a stand-in result, and its job with a preview."""
    artwork = make_artwork(ada)
    held = jobs.claim_next(artwork.latest_job.queue, "w")
    (media_root / "results").mkdir()
    (media_root / "previews").mkdir()
    data = (media_root / artwork.content.file.name).read_bytes()
    (media_root / "results" / "x.jpg").write_bytes(data)
    (media_root / "previews" / "p.jpg").write_bytes(data)
    jobs.succeed_job(held, artwork, {"result": "results/x.jpg", "width": 96, "height": 72}, loss_history=[], total=4)
    Job.objects.update(preview="previews/p.jpg")
    return Artwork.objects.get()


def addresses(artwork):
    """Every address under which something of an artwork can be fetched."""
    for variant in VARIANTS:
        yield reverse("media:content", args=[artwork.content_id, variant])
        yield reverse("media:style", args=[artwork.styles.get().pk, variant])
        yield reverse("media:artwork", args=[artwork.pk, variant])
        yield reverse("media:artwork_photo", args=[artwork.pk, variant])
    yield reverse("media:job_preview", args=[artwork.latest_job.pk, 1])


def test_the_owner_gets_every_variant(as_ada, painted):
    for address in addresses(painted):
        response = as_ada.get(address)
        assert response.status_code == 200, address
        assert response["Content-Type"] == "image/jpeg"
        assert b"".join(response.streaming_content).startswith(b"\xff\xd8")


def test_private_pictures_do_not_exist_for_others(as_ben, painted):
    for address in addresses(painted):
        assert as_ben.get(address).status_code == 404, address
        assert Client().get(address).status_code == 404, address


@pytest.mark.parametrize("visibility", ["unlisted", "public"])
def test_sharing_shows_the_result_and_the_photo_only_when_wanted(as_ben, painted, visibility):
    share_artwork(painted, visibility, show_content=False)
    for visitor in (as_ben, Client()):
        for address in addresses(painted):
            shown = address.startswith("/media/artworks/") and "/photo/" not in address
            assert visitor.get(address).status_code == (200 if shown else 404), address
    share_artwork(painted, visibility, show_content=True)
    for variant in VARIANTS:
        assert as_ben.get(reverse("media:artwork_photo", args=[painted.pk, variant])).status_code == 200
        assert as_ben.get(reverse("media:content", args=[painted.content_id, variant])).status_code == 404


def test_withdrawing_hides_the_result_even_from_a_browser_that_kept_it(as_ben, painted):
    share_artwork(painted, "public", show_content=False)
    address = reverse("media:artwork", args=[painted.pk, "large"])
    etag = as_ben.get(address)["ETag"]
    assert as_ben.get(address, headers={"If-None-Match": etag}).status_code == 304
    share_artwork(painted, "private", show_content=False)
    assert as_ben.get(address, headers={"If-None-Match": etag}).status_code == 404


def test_unknown_variants_and_ids_are_not_found(as_ada, painted):
    assert as_ada.get(reverse("media:artwork", args=[painted.pk, "huge"])).status_code == 404
    assert as_ada.get(reverse("media:artwork", args=[uuid.uuid4(), "card"])).status_code == 404


def test_a_picture_whose_file_is_gone_is_not_found(as_ada, painted, media_root):
    (media_root / painted.result.name).unlink()
    for variant in VARIANTS:
        assert as_ada.get(reverse("media:artwork", args=[painted.pk, variant])).status_code == 404


def test_a_preview_of_a_job_that_has_just_ended_leads_to_the_result(as_ada, painted):
    Job.objects.update(preview="")
    response = as_ada.get(reverse("media:job_preview", args=[painted.latest_job.pk, 3]))
    assert response.url == reverse("media:artwork", args=[painted.pk, "large"])


def test_a_thumbnail_whose_file_was_cleared_is_made_again(as_ada, ada, make_photo, media_root):
    address = reverse("media:content", args=[make_photo(ada).pk, "card"])
    known = {"If-None-Match": as_ada.get(address)["ETag"]}
    assert as_ada.get(address, headers=known).status_code == 304
    shutil.rmtree(media_root / "thumbnails")
    assert as_ada.get(address, headers=known).status_code == 200


@pytest.mark.parametrize(("variant", "size"), [("small", (240, 160)), ("card", (480, 320)), ("large", (900, 600))])
def test_a_variant_is_no_larger_than_it_is_said_to_be(as_ada, ada, make_photo, variant, size):
    photo = make_photo(ada, size=(900, 600))
    response = as_ada.get(reverse("media:content", args=[photo.pk, variant]))
    assert Image.open(BytesIO(b"".join(response.streaming_content))).size == size


def test_behind_a_web_server_the_bytes_are_left_to_it(as_ada, painted, settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected"
    response = as_ada.get(reverse("media:artwork", args=[painted.pk, "full"]))
    assert response["X-Accel-Redirect"] == "/protected/results/x.jpg"
    assert response.content == b""


def test_on_a_full_disk_a_picture_is_sent_as_it_is_and_made_smaller_once_there_is_room(
    as_ada, ada, make_photo, monkeypatch
):
    photo = make_photo(ada, size=(900, 600))
    address = reverse("media:content", args=[photo.pk, "card"])

    def size_of_card():
        return Image.open(BytesIO(b"".join(as_ada.get(address).streaming_content))).size

    def fill_up(path, data):
        with path.open("wb") as file:
            file.write(data[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", fill_up)
        assert size_of_card() == (900, 600)
    assert size_of_card() == (480, 320)
