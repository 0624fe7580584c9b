import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from gallery.models import (
    Artwork,
    ContentImage,
    Experiment,
    Job,
    PhotoSet,
    StyleImage,
    StyleModel,
    StyleNetwork,
    TrainingRun,
    Worker,
)
from gallery.services import workers
from gallery.services.artworks import share_artwork
from gallery.services.networks import add_network
from gallery.services.photo_sets import add_photo_set
from tests.conftest import picture_bytes
from tests.gallery.admin.conftest import admin_url
from tests.gallery.services.test_photo_sets import archive

pytestmark = pytest.mark.django_db
MODELS = [Artwork, ContentImage, Experiment, Job, PhotoSet, StyleImage, StyleModel, StyleNetwork, TrainingRun, Worker]


@pytest.fixture
def records(ada, make_painted, trained, make_training, make_experiment):
    workers.register_worker("w", host="h", cluster="optimize", pid=1, device="CPU", memory_bytes=1, extractors=["slim"])
    artwork = make_painted(ada)
    make_experiment(ada)  # and not done before the artwork, which would take longer than all the rest
    make_training(ada, photo_set=add_photo_set(ada, archive(a__png=picture_bytes())))
    return artwork


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.usefixtures("records")
def test_every_record_can_be_listed_searched_and_opened(as_admin, model):
    assert as_admin.get(admin_url(model, "changelist")).status_code == 200
    assert as_admin.get(admin_url(model, "changelist"), {"q": "photo"}).status_code in (200, 302)
    assert as_admin.get(admin_url(model, "change", model.objects.first().pk)).status_code == 200


@pytest.mark.parametrize("model", [Artwork, ContentImage, StyleImage])
@pytest.mark.usefixtures("records")
def test_a_private_picture_is_neither_shown_nor_linked(as_admin, model):
    record = model.objects.first()
    page = as_admin.get(admin_url(model, "change", record.pk)).text
    assert str(record.pk) in page
    file = record.result if model is Artwork else record.file
    assert file.name not in page


def test_of_a_picture_that_an_administrator_describes_the_words_alone_are_written(as_admin, ada, make_photo):
    photo = make_photo(ada)
    told = {"title": "Pier", "alt_text": "A pier", "credit": "by nobody"}
    with CaptureQueriesContext(connection) as queries:
        as_admin.post(admin_url(ContentImage, "change", photo.pk), told)
    written = [query["sql"] for query in queries if query["sql"].startswith("UPDATE")]
    assert len(written) == 1
    assert "sha256" not in written[0]
    photo.refresh_from_db()
    assert (photo.title, photo.alt_text, photo.credit) == ("Pier", "A pier", "by nobody")


def test_photos_that_a_training_remembers_are_not_removed(as_admin, records):
    photos, run = PhotoSet.objects.get(), TrainingRun.objects.get()
    delete = admin_url(PhotoSet, "delete", photos.pk)
    as_admin.post(delete, {"post": "yes"})
    assert PhotoSet.objects.exists()
    run.delete()
    as_admin.post(delete, {"post": "yes"})
    assert not PhotoSet.objects.exists()


@pytest.mark.parametrize("model", [model for model in MODELS if model is not StyleNetwork])
def test_no_record_is_made_by_hand(as_admin, model):
    assert as_admin.get(admin_url(model, "add")).status_code == 403


def test_the_admin_is_closed_to_everybody_else(as_ada):
    response = as_ada.get(reverse("admin:index"))
    assert response.status_code == 302
    assert "login" in response.url


def test_experiments_are_looked_at_only(as_admin, ada, make_experiment):
    experiment = make_experiment(ada)
    assert "Waiting" in as_admin.get(admin_url(Experiment, "changelist")).text
    assert as_admin.post(admin_url(Experiment, "delete", experiment.pk), {"post": "yes"}).status_code == 403
    as_admin.post(reverse("admin:auth_user_delete", args=[ada.pk]), {"post": "yes"})
    assert not Experiment.objects.exists()


def test_a_shared_artwork_can_be_withdrawn(as_admin, records):
    share_artwork(records, "public", show_content=False)
    as_admin.post(admin_url(Artwork, "changelist"), {"action": "withdraw", "_selected_action": [records.pk]})
    records.refresh_from_db()
    assert records.visibility == "private"


def test_deleting_in_the_admin_deletes_the_files_too(as_admin, records, django_capture_on_commit_callbacks):
    path = records.result.path
    data = {"action": "delete_selected", "_selected_action": [records.pk], "post": "yes"}
    with django_capture_on_commit_callbacks(execute=True):
        as_admin.post(admin_url(Artwork, "changelist"), data)
    assert not Artwork.objects.exists()
    assert not records.result.storage.exists(path)


def test_a_style_is_renamed_by_an_administrator(as_admin, trained):
    model = trained[0]
    as_admin.post(admin_url(StyleModel, "change", model.pk), {"title": "Spots", "credit": "nobody", "position": 7})
    model.refresh_from_db()
    assert (model.title, model.credit, model.position) == ("Spots", "nobody", 7)


def test_the_status_page_tells_warnings_workers_and_failures(as_admin, records):
    Job.objects.update(
        state="failed", error_code="disk_full", error_message="The disk is full.", finished_at=timezone.now()
    )
    page = as_admin.get(reverse("admin_status")).text
    assert "The disk is full." in page
    assert "no worker serves" not in page
    assert reverse("admin_status") in as_admin.get(reverse("admin:index")).text


def test_the_status_page_is_for_administrators(client, as_ada, make_user):
    assert as_ada.get(reverse("admin_status")).status_code == 302
    client.force_login(make_user("clerk", is_staff=True))
    assert client.get(reverse("admin_status")).status_code == 403


def test_a_network_is_brought_checked_described_and_downloaded(as_admin, trained, example_photo, run_jobs, tmp_path):
    from tests.gallery.services.test_networks import network_file

    sent = {"title": "Tides", "file": network_file(tmp_path), "provenance": "", "licence": ""}
    page = as_admin.post(admin_url(StyleNetwork, "add"), sent, follow=True)
    network = StyleNetwork.objects.get(title="Tides")
    assert "Waiting" in page.text
    assert as_admin.get(reverse("admin_network", args=[network.pk])).status_code == 404
    run_jobs()
    assert "passed" in as_admin.get(admin_url(StyleNetwork, "change", network.pk)).text
    described = {"title": "Tides", "provenance": "trained by us", "licence": "CC0 1.0"}
    as_admin.post(admin_url(StyleNetwork, "change", network.pk), described)
    network.refresh_from_db()
    assert network.licence == "CC0 1.0"
    file = as_admin.get(reverse("admin_network", args=[network.pk]))
    assert 'filename="tides.safetensors"' in file["Content-Disposition"]
    assert b'"steps": 3' in b"".join(file.streaming_content).replace(b"\\", b"")
    as_admin.post(admin_url(StyleNetwork, "delete", network.pk), {"post": "yes"})
    assert not StyleNetwork.objects.filter(pk=network.pk).exists()


def test_a_network_whose_check_went_with_its_owner_is_checked_again(as_admin, ada, example_photo, run_jobs, tmp_path):
    from tests.gallery.services.test_networks import network_file

    network = add_network(ada, network_file(tmp_path), "Tides")
    ada.delete()
    shown = admin_url(StyleNetwork, "changelist")
    assert "check it again" in as_admin.get(shown).text
    asked = {"action": "check_again", "_selected_action": [str(network.pk)]}
    assert "A worker checks 1 network again." in as_admin.post(shown, asked, follow=True).text
    assert network.latest_job.owner.username == "root"
    run_jobs()
    assert "passed" in as_admin.get(shown).text


def test_a_file_that_is_no_network_is_refused_beside_its_field(as_admin):
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = {"title": "Zip", "file": SimpleUploadedFile("network.zip", b"PK")}
    assert "Choose a .safetensors file" in as_admin.post(admin_url(StyleNetwork, "add"), sent).text
    assert not StyleNetwork.objects.exists()


def test_networks_are_downloaded_by_administrators_alone(as_ada, client, make_user, trained):
    address = reverse("admin_network", args=[trained[0].network_id])
    assert as_ada.get(address).status_code == 302
    client.force_login(make_user("clerk", is_staff=True))
    assert client.get(address).status_code == 403
