import pytest
from django.urls import reverse

from gallery import picture_files
from gallery.models import ContentImage, TrainingRun
from gallery.services.uploads import delete_source_image

pytestmark = pytest.mark.django_db
MISSING = {
    "type": "not_found", "message": "The file is missing on the gallery's disk; tell an administrator.", "fields": {},
}  # fmt: skip


def test_a_network_whose_file_is_missing_is_not_found(client, trainer, trained, media_root):
    network = trained[0].network
    (media_root / network.file.name).unlink()
    client.force_login(trainer)
    assert client.get(reverse("admin_network", args=[network.pk])).status_code == 404
    answer = client.get(f"/api/v1/networks/{network.pk}/file/")
    assert (answer.status_code, answer.json()) == (404, MISSING)


def test_a_sheet_whose_file_is_missing_is_not_found(client, trainer, make_training):
    run = make_training(trainer)
    TrainingRun.objects.update(sheet="samples/none.jpg")
    client.force_login(trainer)
    assert client.get(reverse("studio:sheet", args=[run.pk])).status_code == 404
    answer = client.get(f"/api/v1/trainings/{run.pk}/sheet/")
    assert (answer.status_code, answer.json()) == (404, MISSING)


def test_a_photo_that_is_deleted_while_it_is_reduced_leaves_no_picture_behind(
    as_ada, ada, make_photo, media_root, monkeypatch, django_capture_on_commit_callbacks
):
    photo = make_photo(ada, size=(900, 600))
    reduce = picture_files.get_thumbnail

    def reduced(file, *args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            delete_source_image(ContentImage.objects.get())
        (media_root / "content").mkdir(exist_ok=True)
        (media_root / file.name).write_bytes(kept)  # which whoever reduces it has opened
        thumbnail = reduce(file, *args, **kwargs)
        (media_root / file.name).unlink()
        return thumbnail

    kept = photo.file.read()
    monkeypatch.setattr(picture_files, "get_thumbnail", reduced)
    assert as_ada.get(reverse("media:content", args=[photo.pk, "card"])).status_code == 404
    assert not [path for path in media_root.rglob("*.jpg")]
