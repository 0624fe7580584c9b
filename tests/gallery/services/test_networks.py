import hashlib

import pytest
import safetensors.torch
import torch
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gallery.exceptions import Conflict, NoRoom, UploadRejected
from gallery.models import Job, StyleModel, StyleNetwork
from gallery.services.networks import add_network, delete_network, describe_network, retry_check
from gallery.services.requests import request_instant_artwork
from gallery.services.styles import publish_style
from stylize_engine.config import Architecture
from stylize_engine.networks import save_network
from stylize_engine.transformer_net import TransformerNet
from tests.conftest import PASSED_GATE
from tests.engine.test_networks import published_weights

pytestmark = pytest.mark.django_db


def network_file(tmp_path, spoil=None, name="brought.safetensors", dtype=torch.float16):
    torch.manual_seed(1)
    network = TransformerNet(Architecture(fold=2, widths=(4, 8), blocks=1, edge_kernel=3), 2)
    if spoil is not None:
        with torch.no_grad():
            network.convolutions[0].weight[0, 0, 0, 0] = spoil
    save_network(tmp_path / name, network, ["deep_sea", "high-tide"], {"training": {"steps": 3}}, dtype)
    return SimpleUploadedFile(name, (tmp_path / name).read_bytes())


@pytest.fixture
def brought(ada, tmp_path, example_photo):
    return add_network(ada, network_file(tmp_path), "Waves")


def test_a_network_is_checked_and_its_styles_are_offered_with_samples(
    brought, run_jobs, media_root, django_capture_on_commit_callbacks
):
    assert (brought.checked_at, brought.styles.count()) == (None, 0)
    uploaded = media_root / brought.file.name
    with django_capture_on_commit_callbacks(execute=True):
        run_jobs()
    brought.refresh_from_db()
    assert brought.latest_job.state == "succeeded", brought.latest_job.error_message
    assert brought.checked_at
    assert brought.manifest["training"] == {"steps": 3}
    styles = list(brought.styles.order_by("title"))
    assert [(style.title, style.state) for style in styles] == [("Deep Sea", "offered"), ("High Tide", "offered")]
    for style in styles:
        assert (media_root / style.cover.name).exists()
        assert style.gate["seconds_a_megapixel"] > 0
        assert style.gate["style_score"] is None
    assert (media_root / brought.file.name).exists()
    assert not uploaded.exists()


def published_file(tmp_path):
    """Weights as pytorch/examples writes them, which name no style."""
    torch.save(published_weights(), tmp_path / "mosaic.pth")
    return SimpleUploadedFile("mosaic.pth", (tmp_path / "mosaic.pth").read_bytes())


def test_the_style_of_a_file_without_names_is_called_like_the_network(ada, tmp_path, example_photo, run_jobs):
    network = add_network(ada, published_file(tmp_path), "Roman Mosaic")
    run_jobs()
    assert network.latest_job.state == "succeeded", network.latest_job.error_message
    style = network.styles.get()
    assert style.title == "Roman Mosaic"
    assert style.slug.startswith("roman-mosaic-")


def test_a_network_that_its_check_has_written_anew_is_known_when_it_is_brought_again(
    ada, tmp_path, example_photo, run_jobs
):
    for title in ("First", "Second"):
        network = add_network(ada, network_file(tmp_path, dtype=torch.float32), title)
        run_jobs()
    assert network.latest_job.state == "failed"
    assert "This very network is here already" in network.latest_job.error_message
    assert not network.styles.exists()


def test_nothing_is_published_before_its_origin_and_licence_are_told(ada, brought, run_jobs, make_photo):
    run_jobs()
    style = brought.styles.first()
    with pytest.raises(Conflict, match="under which licence"):
        publish_style(style)
    describe_network(brought, "Waves", "trained by Ada on her own photos", "CC0 1.0")
    StyleModel.objects.filter(pk=style.pk).update(gate=PASSED_GATE)  # what it paints is not the question here
    style = StyleModel.objects.get(pk=style.pk)
    publish_style(style)
    artwork = request_instant_artwork(ada, make_photo(ada), [(style, 1)], {"image_size": 64})
    run_jobs()
    artwork.refresh_from_db()
    assert artwork.result


@pytest.mark.parametrize("spoil", [float("nan"), float("inf")])
def test_a_network_of_numbers_that_are_none_is_refused(ada, tmp_path, example_photo, run_jobs, spoil):
    network = add_network(ada, network_file(tmp_path, spoil), "Broken")
    run_jobs()
    assert "not finite" in network.latest_job.error_message
    assert not network.styles.exists()


class Hostile:
    def __reduce__(self):
        return print, ("this must never be printed",)


def test_a_pickle_with_code_is_refused_and_never_run(ada, tmp_path, run_jobs, capfd):
    torch.save({"weights": Hostile()}, tmp_path / "evil.pth")
    network = add_network(ada, SimpleUploadedFile("evil.pth", (tmp_path / "evil.pth").read_bytes()), "Evil")
    run_jobs()
    job = network.latest_job
    assert (job.state, job.error_code) == ("failed", "weights_mismatch"), job.error_message
    assert "this must never be printed" not in capfd.readouterr().out


def test_other_weights_are_refused_with_a_sentence(ada, run_jobs):
    data = safetensors.torch.save({"something": torch.zeros(3)})
    network = add_network(ada, SimpleUploadedFile("other.safetensors", data), "Other")
    run_jobs()
    assert "holds no fast network" in network.latest_job.error_message


def test_what_is_no_network_file_is_refused_at_once(ada, brought, tmp_path, settings):
    with pytest.raises(UploadRejected, match="safetensors"):
        add_network(ada, SimpleUploadedFile("network.zip", b"PK"), "Zip")
    with pytest.raises(UploadRejected, match="already"):
        add_network(ada, network_file(tmp_path), "Twice")
    settings.MAX_NETWORK_BYTES = 10
    with pytest.raises(UploadRejected, match="larger than"):
        add_network(ada, network_file(tmp_path, 0.5), "Large")
    assert StyleNetwork.objects.filter(is_example=False).count() == 1


def test_a_failed_check_is_done_again_once(brought, run_jobs, trainer):
    Job.objects.update(state="failed", error_message="The disk was full.", finished_at=brought.created_at)
    again = retry_check(brought, trainer)
    assert retry_check(brought, trainer) == again
    run_jobs()
    brought.refresh_from_db()
    with pytest.raises(Conflict, match="already"):
        retry_check(brought, trainer)


def test_a_check_which_may_take_long_does_not_stand_before_quick_pictures(brought, trainer):
    first = brought.latest_job
    Job.objects.update(state="failed", error_message="The disk was full.", finished_at=brought.created_at)
    assert [first.queue, retry_check(brought, trainer).queue] == ["optimize", "optimize"]


def test_a_check_that_went_with_its_owner_is_asked_for_by_somebody_else(ada, brought, run_jobs, trainer):
    ada.delete()
    brought.refresh_from_db()
    assert "check it again" in brought.check_failure
    assert retry_check(brought, trainer).owner == trainer
    run_jobs()
    brought.refresh_from_db()
    assert (brought.check_failure, brought.styles.count()) == ("", 2)


def test_the_bundled_network_needs_no_check(trained, trainer):
    with pytest.raises(Conflict, match="already"):
        retry_check(trained[0].network, trainer)


def test_a_network_is_removed_with_its_styles_unless_artworks_need_them(ada, brought, run_jobs, make_photo, media_root):
    run_jobs()
    brought.refresh_from_db()
    artwork = request_instant_artwork(ada, make_photo(ada), [(brought.styles.first(), 1)], {"image_size": 64})
    with pytest.raises(Conflict, match="Artworks were made"):
        delete_network(brought)
    artwork.delete()
    delete_network(brought)
    assert not StyleModel.objects.exists()


def test_a_network_from_which_a_training_began_stays_and_the_reason_is_the_training(ada, trained, make_training):
    network = trained[0].network
    run = make_training(ada)
    StyleNetwork.objects.update(is_example=False, checked_at=network.created_at)
    network.refresh_from_db()
    with pytest.raises(Conflict, match="Trainings began from this network; delete those first"):
        delete_network(network)
    run.delete()
    delete_network(network)
    assert not StyleNetwork.objects.exists()


def test_of_a_removed_network_no_sample_is_left_nor_a_smaller_copy_of_one(
    client, make_user, brought, run_jobs, media_root, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        run_jobs()
    client.force_login(make_user("root", is_superuser=True))
    brought.refresh_from_db()
    for style in brought.styles.all():
        assert client.get(reverse("media:trained", args=[style.pk, "cover", "card"])).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        delete_network(brought)
    assert [path for path in media_root.glob("thumbnails/**/*") if path.is_file()] == []
    assert [*media_root.glob("samples/*"), *media_root.glob("networks/*")] == []


def test_the_bundled_network_stays(trained):
    with pytest.raises(Conflict, match="came with the gallery"):
        delete_network(trained[0].network)


def test_a_bundled_network_of_earlier_days_goes_unless_people_have_taught_it_styles(trained, load_bundled, ada):
    earlier = trained[0].network
    load_bundled(seed=1)
    style = StyleModel.objects.create(network=earlier, owner=ada, slug="waves", state="private", row=bytes(8))
    with pytest.raises(Conflict, match="people have taught it styles"):
        delete_network(earlier)
    style.delete()
    delete_network(earlier)
    assert StyleNetwork.objects.get() == StyleModel.objects.first().network


class SentTwice(SimpleUploadedFile):
    """A file that another request brings too, between the check of this one and its end."""

    reads = 0

    def chunks(self, chunk_size=None):
        self.reads += 1
        if self.reads == 2:
            StyleNetwork.objects.create(title="Waves", sha256=hashlib.sha256(b"weights").hexdigest())
        return super().chunks(chunk_size)


def test_the_same_file_sent_twice_at_once_is_kept_once(ada, media_root):
    with pytest.raises(UploadRejected, match="here already"):
        add_network(ada, SentTwice("waves.safetensors", b"weights"), "Waves")
    assert (StyleNetwork.objects.count(), Job.objects.count()) == (1, 0)
    assert not list((media_root / "networks").iterdir())


def test_no_network_is_kept_on_a_disk_that_is_nearly_full(ada, settings):
    settings.MIN_FREE_BYTES = 2**60
    with pytest.raises(NoRoom, match="make room first"):
        add_network(ada, SimpleUploadedFile("waves.safetensors", b"weights"), "Waves")
    assert not StyleNetwork.objects.exists()
