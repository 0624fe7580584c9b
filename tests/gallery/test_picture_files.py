import pytest
from django.urls import reverse

from gallery import picture_files
from gallery.models import ContentImage, Job, TrainingRun
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


@pytest.fixture
def files(client, trainer, trained, make_training, media_root):
    """Where an administrator fetches a network, a training's samples, its sheet and its preview, by stored name."""
    run = make_training(trainer)
    TrainingRun.objects.update(sheet="samples/sheet.jpg")
    Job.objects.update(preview="previews/p.jpg")
    strip = f"{run.samples_folder}/step_000002.jpg"
    for name in ("samples/sheet.jpg", "previews/p.jpg", strip):
        (media_root / name).parent.mkdir(parents=True, exist_ok=True)
        (media_root / name).write_bytes(b"\xff\xd8")
    client.force_login(trainer)
    network, job = trained[0].network, run.latest_job
    return {
        reverse("admin_network", args=[network.pk]): network.file.name,
        reverse("api:network-file", args=[network.pk]): network.file.name,
        reverse("studio:strip", args=[run.pk, 2]): strip,
        reverse("studio:sheet", args=[run.pk]): "samples/sheet.jpg",
        reverse("api:training-sheet", args=[run.pk]): "samples/sheet.jpg",
        reverse("media:job_preview", args=[job.pk, 1]): "previews/p.jpg",
        reverse("api:job-preview", args=[job.pk]): "previews/p.jpg",
    }


def test_a_server_in_front_sends_files_of_trainings_and_networks_too(client, files, settings):
    settings.MEDIA_ACCEL_PREFIX = "/protected"
    for address, name in files.items():
        answer = client.get(address)
        assert (answer["X-Accel-Redirect"], answer.content) == (f"/protected/{name}", b""), address


def test_a_file_is_not_sent_again_until_it_is_written_anew(client, files, media_root):
    for address, name in files.items():
        known = {"If-None-Match": client.get(address)["ETag"]}
        assert client.get(address, headers=known).status_code == 304, address
        (media_root / name).write_bytes(b"longer than before")
        assert client.get(address, headers=known).status_code == 200, address


def test_a_network_is_kept_under_its_title_whoever_sends_it(client, trained, files, settings):
    addresses = [address for address, name in files.items() if name == trained[0].network.file.name]
    assert len(addresses) == 2
    for prefix in ("", "/protected"):
        settings.MEDIA_ACCEL_PREFIX = prefix
        for address in addresses:
            assert trained[0].network.download_name in client.get(address)["Content-Disposition"]


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
