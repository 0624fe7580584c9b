"""People and pictures that the tests of the gallery share."""

import io
import os

# Processes that test side by side keep to a core each: threads that wait for one another cost more than they bring. It
# must be said before anything imports torch, as the conftest of a folder that is named on the command line does.
if os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from gallery.services import turns, uploads
from gallery.services.requests import request_artwork
from gallery.services.trainings import request_training

QUICK = {"image_size": 64, "num_steps": 4}
QUICK_TRAINING = {
    "steps": 4,
    "batch_size": 1,
    "image_size": 64,
    "style_size": 64,
    "pyramid_levels": 2,
    "report_every": 1,
    "checkpoint_every": 2,
    "sample_every": 2,
    "precision": "fp32",
}
PASSED_GATE = {
    "samples": True,
    "style_score": 0.1,
    "content_score": 1.0,
    "judge": "slim",
    "seconds_a_megapixel": 0.5,
    "network_bytes": 840_000,
}
TINY_NETWORK = {"fold": 2, "widths": [4, 8], "blocks": 1, "edge_kernel": 3}


def picture_bytes(color="teal", size=(96, 72), format="PNG", mode="RGB") -> bytes:
    buffer = io.BytesIO()
    image = Image.linear_gradient("L").resize(size).convert(mode)
    Image.blend(image, Image.new(mode, size, color), 0.5).save(buffer, format)
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def media_root(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def nobody_has_asked():
    """No order of a queue is kept from another test."""
    turns.kept.clear()


@pytest.fixture
def make_user(django_user_model):
    def make(name, **fields):
        return django_user_model.objects.create_user(name, f"{name}@example.org", "correct horse", **fields)

    return make


@pytest.fixture
def ada(db, make_user):
    return make_user("ada")


@pytest.fixture
def ben(db, make_user):
    return make_user("ben")


@pytest.fixture
def as_ada(client, ada):
    client.force_login(ada)
    return client


@pytest.fixture
def as_ben(ben):
    from django.test import Client

    client = Client()
    client.force_login(ben)
    return client


@pytest.fixture
def make_upload():
    def make(name="picture.png", **picture):
        return SimpleUploadedFile(name, picture_bytes(**picture))

    return make


@pytest.fixture
def make_photo(make_upload):
    def make(owner, color="teal", **picture):
        return uploads.add_content_image(owner, make_upload("photo.png", color=color, **picture))

    return make


@pytest.fixture
def make_painting(make_upload):
    def make(owner, color="orange", **picture):
        return uploads.add_style_image(owner, make_upload("painting.png", color=color, **picture))

    return make


@pytest.fixture
def trained(load_bundled):
    """Two published styles of a tiny network, "dots" and "lines", as if they came with the gallery."""
    from gallery.models import StyleModel

    load_bundled(seed=0)
    return list(StyleModel.objects.all())


@pytest.fixture
def load_bundled(db, tmp_path):
    """Load the styles "dots" and "lines" of a tiny network, which differs from those of other seeds."""
    import torch

    from gallery.examples import ExampleModel
    from gallery.services.example_styles import load_trained_styles
    from stylize_engine.config import Architecture
    from stylize_engine.networks import save_network
    from stylize_engine.transformer_net import TransformerNet

    def load(seed):
        torch.manual_seed(seed)
        network = TransformerNet(Architecture(fold=2, widths=(4, 8), blocks=1, edge_kernel=3), 2)
        with torch.no_grad():
            network.styles += 0.1 * torch.randn_like(network.styles)
        save_network(tmp_path / "network.safetensors", network, ["dots", "lines"], {"training": {}})
        sample = tmp_path / "sample.jpg"
        sample.write_bytes(picture_bytes(format="JPEG"))
        examples = [
            ExampleModel(slug, slug.title(), f"drawn {slug}", sample, sample, sample) for slug in ("dots", "lines")
        ]
        load_trained_styles(examples, tmp_path / "network.safetensors")

    return load


@pytest.fixture
def example_photo(ben, make_photo):
    """A photo that came with the gallery."""
    photo = make_photo(ben, "navy")
    type(photo).objects.filter(pk=photo.pk).update(owner=None, is_example=True)
    photo.refresh_from_db()
    return photo


@pytest.fixture
def make_training(trained, example_photo, make_painting):
    """A training of a few steps that waits: a style "waves" on the tiny network, or a network of its own."""

    def make(owner, *, parameters=None, base="tiny", styles=None, **fields):
        styles = styles or {"waves": [make_painting(owner)]}
        base = trained[0].network if base == "tiny" else base
        return request_training(owner, styles, QUICK_TRAINING | (parameters or {}), base=base, **fields)

    return make


@pytest.fixture
def run_jobs():
    """Do all that waits, in this process."""

    def run():
        from gallery import rendering
        from gallery.models import Job
        from gallery.services.jobs import claim_next

        for queue in Job.Queue.values:
            while claim := claim_next(queue, "test"):
                rendering.run(claim)

    return run


@pytest.fixture
def make_artwork(make_photo, make_painting):
    """An artwork that waits to be painted."""

    def make(owner, *, content=None, parameters=None, **fields):
        styles = [(make_painting(owner), 1.0)]
        return request_artwork(owner, content or make_photo(owner), styles, parameters or QUICK, **fields)

    return make


@pytest.fixture
def make_painted(make_artwork, run_jobs):
    """A finished artwork: really painted, in this process, by the engine."""

    def make(owner, **options):
        artwork = make_artwork(owner, **options)
        run_jobs()
        artwork.refresh_from_db()
        assert artwork.result, artwork.jobs.get().error_message
        return artwork

    return make


@pytest.fixture
def make_experiment(make_photo, make_painting):
    """A grid of two quick trials that waits to be done; `varied` and further options as the service has them."""

    def make(owner, varied=None, **options):
        from gallery.services.experiments import request_experiment

        options = {"method": "gatys", "parameters": QUICK, **options}
        content = options.pop("content", None) or make_photo(owner)
        pictures = options.pop("pictures", None) or [make_painting(owner)]
        varied = varied or {"style_weight": [20.0, 200.0]}
        return request_experiment(owner, content, pictures, varied=varied, **options)

    return make


@pytest.fixture
def make_tried(make_experiment, run_jobs):
    """An experiment that is done: its trials really painted, in this process, by the engine."""

    def make(owner, varied=None, **options):
        experiment = make_experiment(owner, varied, **options)
        run_jobs()
        experiment.refresh_from_db()
        assert experiment.latest_job.state == "succeeded", experiment.latest_job.error_message
        return experiment

    return make


@pytest.fixture
def trainer(make_user):
    """Somebody who may train networks."""
    return make_user("root", is_staff=True, is_superuser=True)
