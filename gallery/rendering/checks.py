"""Checks a network that was brought, and makes its styles: the gate before anything of it can be published."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from gallery.examples.samples import render_cover, render_strip
from gallery.models import ContentImage, StyleModel, StyleNetwork
from gallery.rendering.networks import bytes_of
from gallery.rendering.reporting import reported
from gallery.services import jobs
from gallery.services.jobs import Claim
from stylize_engine.errors import WeightsMismatchError
from stylize_engine.images import save_image
from stylize_engine.networks import LoadedNetwork, load_network, save_network
from stylize_engine.progress import Progress

SAMPLE_PHOTOS = 3


def check(claim: Claim) -> None:
    """Read the network of a claimed job, never running anything in its file, write it anew as safetensors, and make a
    style with samples of each of its rows, offered for an administrator to publish.

    Raises `WeightsMismatchError` where the file holds no fast network or numbers that are none.
    """
    network = StyleNetwork.objects.get(jobs=claim.job_id)
    loaded = load_network(network.file.path)
    if not all(value.isfinite().all() for value in loaded.network.state_dict().values()):
        raise WeightsMismatchError("The network holds numbers that are not finite: its training has failed.")
    styles, history, written = [], [], []
    try:
        for progress in reported(claim, _make_styles(claim, network, loaded, styles, written), history):
            pass
        _publish(claim, network, loaded, styles, written, total=progress.total)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def _make_styles(claim: Claim, network: StyleNetwork, loaded: LoadedNetwork, styles, written) -> Iterator[Progress]:
    photos = [Path(photo.file.path) for photo in ContentImage.objects.examples().order_by("title")[:SAMPLE_PHOTOS]]
    total = len(loaded.style_names)
    for step, name in enumerate(loaded.style_names, start=1):
        style = StyleModel(network=network, owner=network.owner, title=name.replace("-", " ").replace("_", " ").title())
        style.slug = f"{slugify(name)[:100] or 'style'}-{style.pk.hex[:8]}"
        style.state, style.row = StyleModel.State.OFFERED, bytes_of(loaded.row(name))
        started, preview = time.monotonic(), None
        if photos:
            preview = render_strip(loaded, name, photos, settings.DEVICE)
            samples = {"strip": preview, "cover": render_cover(loaded, name, photos[0], settings.DEVICE)}
            for kind, picture in samples.items():
                setattr(style, kind, _write_sample(claim, style, kind, picture, written))
        megapixels = (StyleModel.STRIP[0] * StyleModel.STRIP[1] + StyleModel.COVER[0] * StyleModel.COVER[1]) / 1e6
        seconds = (time.monotonic() - started) / megapixels if photos else None
        style.provenance = {"seconds_a_megapixel": round(seconds, 2) if seconds else None}
        styles.append(style)
        yield Progress(step, total, {}, preview)


def _write_sample(claim: Claim, style: StyleModel, kind: str, picture: torch.Tensor, written: list[Path]) -> str:
    if not picture.isfinite().all():
        raise WeightsMismatchError(f"The style {style.title!r} paints no picture: its training has failed.")
    name = f"samples/{style.pk}-{kind}-{claim.token.hex[:8]}.jpg"
    written.append(Path(settings.MEDIA_ROOT) / name)
    written[-1].parent.mkdir(parents=True, exist_ok=True)
    save_image(picture, written[-1], quality=88)
    return name


def _publish(claim: Claim, network: StyleNetwork, loaded: LoadedNetwork, styles, written, *, total: int) -> None:
    name = f"networks/{network.pk}-{claim.token.hex[:8]}.safetensors"
    written.append(Path(settings.MEDIA_ROOT) / name)
    save_network(written[-1], loaded.network, loaded.style_names, loaded.manifest)
    fields = {
        "file": name,
        "sha256": hashlib.sha256(written[-1].read_bytes()).hexdigest(),
        "manifest": dict(loaded.manifest),
        "checked_at": timezone.now(),
    }
    uploaded = network.file
    with transaction.atomic():
        jobs.succeed_job(claim, network, fields, total=total, loss_history=[])
        StyleModel.objects.bulk_create(styles)
        transaction.on_commit(lambda: uploaded.storage.delete(uploaded.name))
