"""Brings the bundled network and its styles into the database."""

import hashlib
import json
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from safetensors import safe_open
from sorl.thumbnail.images import ImageFile

from gallery.examples import NETWORK, ExampleModel
from gallery.models import StyleModel, StyleNetwork
from gallery.services.uploads import remove_picture_file

# What the bundled networks are called, and those of them that are no longer today's.
TITLE, UNTIL = "The gallery's own network", "until"
NAMESPACE = uuid.UUID("5b8f3c52-7d0a-4c0e-9d53-6f2f0b1d1c11")


def example_id(kind: str, slug: str) -> uuid.UUID:
    """The id of a bundled record: the same on every installation."""
    return uuid.uuid5(NAMESPACE, f"{kind}/{slug}")


def load_trained_styles(models: Sequence[ExampleModel], network_path: Path = NETWORK) -> dict[str, StyleModel]:
    """Create or update the bundled network and its styles; gives these by their names.

    A network that differs from the one before becomes a record of its own: styles that people have taught the earlier
    one go on working with it. The bundled ones go over to it, and their titles, credits and order come anew; a style
    taken away stays so.
    """
    digest = hashlib.sha256(network_path.read_bytes()).hexdigest()
    manifest, rows = _read(network_path)
    network = StyleNetwork.objects.filter(sha256=digest).first()
    if network is None:
        network = StyleNetwork(pk=example_id("network", digest), sha256=digest, title=TITLE)
    if network.title.startswith(f"{TITLE} {UNTIL} "):
        network.title = TITLE
    # Also where an administrator brought the very same one before.
    network.is_example, network.manifest = True, manifest
    if not network.file or not network.file.storage.exists(network.file.name):
        network.file.save("network.safetensors", ContentFile(network_path.read_bytes()), save=False)
    network.save()
    _tell_apart_from(network)
    return {
        example.slug: _load_style(example, network, rows[example.slug], position)
        for position, example in enumerate(models)
    }


def _tell_apart_from(today: StyleNetwork) -> None:
    """The bundled networks before today's are called after the day when the next one came; what administrators have
    called them stays."""
    bundled = list(StyleNetwork.objects.filter(is_example=True).order_by("created_at"))
    ends = [*(successor.created_at for successor in bundled[1:]), timezone.now()]
    for network, end in zip(bundled, ends, strict=True):
        if network != today and network.title == TITLE:
            network.title = f"{TITLE} {UNTIL} {date_format(timezone.localtime(end), 'j F Y')}"
            network.save(update_fields=["title"])


def _load_style(example: ExampleModel, network: StyleNetwork, row: bytes, position: int) -> StyleModel:
    key = example_id("trained", example.slug)
    model = StyleModel.objects.filter(pk=key).first()
    if model is None:
        model = StyleModel(pk=key, slug=example.slug, is_example=True, published_at=timezone.now())
        model.state = StyleModel.State.PUBLISHED
    if model.network_id != network.pk:
        model.title, model.credit, model.position = example.title, example.credit, position
    model.network, model.row = network, row
    for field in ("cover", "strip", "texture"):
        data = getattr(example, field).read_bytes()
        name = f"{key}-{field}-{hashlib.sha256(data).hexdigest()[:12]}.jpg"
        stored = getattr(model, field)
        if not stored.name.endswith(name) or not stored.storage.exists(stored.name):
            replace_file(model, field, name, data)
    model.save()
    return model


def _read(path: Path) -> tuple[dict, dict[str, bytes]]:
    """A network's manifest, and each style's row as float32; without torch."""
    with safe_open(path, "np") as file:
        manifest = json.loads(file.metadata()["manifest"])
        rows = file.get_tensor("styles").astype(np.dtype("<f4"))
    return manifest, {name: row.tobytes() for name, row in zip(manifest["styles"], rows, strict=True)}


def replace_file(record, field: str, name: str, data: bytes) -> None:
    """Store a new file, of another name, in place of the one a record has; that goes once nothing names it any more."""
    file = getattr(record, field)
    earlier = file.name
    file.save(name, ContentFile(data), save=False)
    if earlier and earlier != file.name:
        transaction.on_commit(lambda: remove_picture_file(ImageFile(earlier, file.storage)))
