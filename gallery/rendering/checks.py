"""Checks a network that was brought, and makes its styles: the gate before anything of it can be published."""

import hashlib
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from gallery.models import StyleModel, StyleNetwork
from gallery.rendering.gate import Inspection
from gallery.rendering.networks import bytes_of, path_of
from gallery.rendering.reporting import reported
from gallery.services import jobs
from gallery.services.jobs import Claim
from gallery.services.stored_files import removed_in_vain
from stylize_engine.errors import WeightsMismatchError
from stylize_engine.networks import LoadedNetwork, load_network, save_network
from stylize_engine.progress import Progress


def check(claim: Claim) -> None:
    """Read the network of a claimed job, never running anything in its file, write it anew as safetensors, and make a
    style with samples of each of its rows, offered for an administrator to publish.

    Raises `WeightsMismatchError` where the file holds no fast network, numbers that are none, or one that is here, and
    `WeightsNotFoundError` where it is missing.
    """
    network = StyleNetwork.objects.get(jobs=claim.job_id)
    loaded = _named(load_network(path_of(network)), network)
    inspection, styles = Inspection(claim.mark, loaded, network.file.size), []
    with removed_in_vain(inspection.written):
        for progress in reported(claim, _make_styles(inspection, network, styles), []):
            pass
        _publish(claim, network, inspection, styles, total=progress.total)


def _named(loaded: LoadedNetwork, network: StyleNetwork) -> LoadedNetwork:
    """The style of a file without names is called like the file, which has been given one by chance; call it like the
    network instead."""
    if loaded.style_names == (Path(network.file.name).stem,):
        return replace(loaded, style_names=(slugify(network.title) or "style",))
    return loaded


def _make_styles(inspection: Inspection, network: StyleNetwork, styles: list[StyleModel]) -> Generator[Progress]:
    names = _new_names(inspection.loaded)
    for step, name in enumerate(names, start=1):
        style = StyleModel(network=network, owner=network.owner, title=_title_of(name))
        style.slug = style.slug_from(name)
        style.state, style.row = StyleModel.State.OFFERED, bytes_of(inspection.loaded.row(name))
        for field, value in inspection.inspect(style, name, []).items():
            setattr(style, field, value)
        styles.append(style)
        yield Progress(step, len(names), {}, None)


def _title_of(name: str) -> str:
    return name.replace("-", " ").replace("_", " ").title()[:120]


def _new_names(loaded: LoadedNetwork) -> list[str]:
    """The styles that the gallery does not show already: a network begun from another one has all of that one's too."""
    shown = set(map(bytes, StyleModel.objects.filter(state=StyleModel.State.PUBLISHED).values_list("row", flat=True)))
    names = [name for name in loaded.style_names if bytes_of(loaded.row(name)) not in shown]
    return names or list(loaded.style_names)


def _publish(claim: Claim, network: StyleNetwork, inspection: Inspection, styles, *, total: int) -> None:
    name = f"networks/{network.pk}-{claim.mark}.safetensors"
    path = Path(settings.MEDIA_ROOT) / name
    inspection.written.append(path)
    loaded = inspection.loaded
    save_network(path, loaded.network, loaded.style_names, loaded.manifest)
    fields = {
        "file": name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "manifest": dict(loaded.manifest),
        "checked_at": timezone.now(),
    }
    uploaded = network.file
    if StyleNetwork.objects.filter(sha256=fields["sha256"]).exclude(pk=network.pk).exists():
        raise WeightsMismatchError("This very network is here already; remove the one that was brought again.")
    with transaction.atomic():
        jobs.succeed_job(claim, network, fields, total=total, loss_history=[])
        StyleModel.objects.bulk_create(styles)
        transaction.on_commit(lambda: uploaded.storage.delete(uploaded.name))
