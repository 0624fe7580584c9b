import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from gallery.models import Artwork, StyleModel, StyleNetwork, Worker
from gallery.rendering import networks
from gallery.rendering.process import worker_name
from gallery.services.networks import add_network
from gallery.services.requests import request_instant_artwork

pytestmark = pytest.mark.django_db


def test_a_network_is_read_once_and_the_status_page_learns_of_it(trained, monkeypatch):
    now = timezone.now()
    Worker.objects.create(
        name=worker_name(), host="h", cluster="interactive", pid=1, device="CPU", started_at=now, heartbeat_at=now
    )
    reads = []
    read = networks.load_network
    monkeypatch.setattr(networks, "load_network", lambda path: reads.append(path) or read(path))
    for _ in range(2):
        assert set(networks.network_for(trained).added) == {"dots", "lines"}
    assert len(reads) == 1
    assert "The gallery's own network" in Worker.objects.get().loaded


def test_the_network_used_longest_ago_makes_room(trained, monkeypatch):
    monkeypatch.setattr(networks, "MAX_LOADED", 1)
    networks.network_for(trained)
    first = trained[0].network.file.path
    copy = trained[0].network
    copy.file.save("networks/other.safetensors", copy.file.open("rb"), save=False)
    networks.network_for([trained[0]])
    assert first not in networks._loaded


@pytest.mark.parametrize("harm", ["gone", "damaged"])
def test_an_artwork_whose_network_cannot_be_read_fails_in_words_for_who_asked(
    ada, trained, make_photo, run_jobs, media_root, harm
):
    path = media_root / trained[0].network.file.name
    path.unlink()
    if harm == "damaged":
        path.write_bytes(b"no network")
    artwork = request_instant_artwork(ada, make_photo(ada), [(trained[0], 1)], {"image_size": 64})
    run_jobs()
    assert artwork.latest_job.state == "failed"
    assert artwork.latest_job.error_message == "The network of this style cannot be read; tell an administrator."


def test_a_training_whose_network_is_gone_fails_and_says_whom_to_tell(make_training, trainer, run_jobs, media_root):
    run = make_training(trainer)
    (media_root / run.base.file.name).unlink()
    run_jobs()
    told = "The file of the network “The gallery's own network” is missing; tell an administrator."
    assert (run.latest_job.error_code, run.latest_job.error_message) == ("weights_not_found", told)


def test_a_check_whose_file_is_gone_fails_and_says_whom_to_tell(trainer, run_jobs, media_root):
    network = add_network(trainer, SimpleUploadedFile("waves.safetensors", b"weights"), "Waves")
    (media_root / network.file.name).unlink()
    run_jobs()
    told = "The file of the network “Waves” is missing; tell an administrator."
    assert network.latest_job.error_message == told


def test_a_blend_whose_style_went_over_to_a_newer_network_meanwhile_fails_and_says_why(
    ada, trained, make_photo, run_jobs, media_root
):
    shares = [(style, 1) for style in trained]
    artwork = request_instant_artwork(ada, make_photo(ada), shares, {"image_size": 64})
    newer = StyleNetwork.objects.create(title="Newer", sha256="0" * 64, file=trained[0].network.file.name)
    StyleModel.objects.filter(slug="lines").update(network=newer)
    run_jobs()
    job = artwork.latest_job
    assert (job.state, job.error_code) == ("failed", "configuration")
    assert "can no longer be blended; choose styles of the same network" in job.error_message
    assert Artwork.objects.get().result == ""
    assert not (media_root / "results").exists()
