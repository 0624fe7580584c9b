"""Networks that administrators bring."""

import hashlib
from functools import partial

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models.deletion import RestrictedError
from django.template.defaultfilters import filesizeformat

from gallery.exceptions import Conflict, InvalidRequest, UploadRejected
from gallery.models import Job, StyleNetwork, TrainingRun
from gallery.services.jobs import create_job, retry
from gallery.services.presence import save_changes
from gallery.services.rights import check_may_check
from gallery.services.room import room_for, told_where_full
from gallery.services.styles import base_network
from gallery.services.uploads import remove_picture_file

SUFFIXES = ("safetensors", "pth", "pt")
HERE_ALREADY = "This very file is here already."
# A check paints samples of every style that a network has, and may take many minutes.
QUEUE = Job.Queue.OPTIMIZE


def check_upload(upload: UploadedFile) -> str:
    """The SHA-256 of a file that may hold a network, by its name and size; nothing in it is looked at.

    Raises `UploadRejected` for another kind of file, one that is too large, or one that is here already, and `NoRoom`.
    """
    if upload.name.rpartition(".")[2].lower() not in SUFFIXES:
        raise UploadRejected("Choose a .safetensors file, or weights of pytorch/examples (.pth).", field="file")
    if upload.size > settings.MAX_NETWORK_BYTES:
        limit = filesizeformat(settings.MAX_NETWORK_BYTES)
        raise UploadRejected(f"The file is larger than {limit}, far more than a fast network needs.", field="file")
    # It is written anew when it is checked, before the upload goes.
    room_for(2 * upload.size)
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    if StyleNetwork.objects.filter(sha256=digest.hexdigest()).exists():
        raise UploadRejected(HERE_ALREADY, field="file")
    return digest.hexdigest()


def add_network(owner, upload: UploadedFile, title: str, provenance: str = "", licence: str = "") -> StyleNetwork:
    """Keep a network file and queue its check, by a worker, which makes its styles. Raises as `check_upload`."""
    network = StyleNetwork(
        owner=owner,
        title=title.strip()[:120],
        provenance=provenance.strip(),
        licence=licence.strip(),
        sha256=check_upload(upload),
    )
    with told_where_full():
        network.file.save(f"upload.{upload.name.rpartition('.')[2].lower()}", upload, save=False)
    try:
        with transaction.atomic():
            network.save(force_insert=True)
            create_job(network, queue=QUEUE, total=1)
    except IntegrityError as error:
        network.file.storage.delete(network.file.name)
        raise UploadRejected(HERE_ALREADY, field="file") from error
    return network


def retry_check(network: StyleNetwork, person) -> Job:
    """Queue, for who asks, the check of a network again that failed, was cancelled or went with the account of who
    brought it; an unfinished job is returned as it is. Raises `InvalidRequest` where they may not."""
    check_may_check(person)
    return retry(network, person, partial(_check_again, person))


def describe_network(network: StyleNetwork, title: str, provenance: str, licence: str) -> None:
    """Change what a network is called and what is said of where it comes from. Raises `Conflict` where it is gone."""
    save_changes(network, title=title, provenance=provenance.strip(), licence=licence.strip())


def check_base(network: StyleNetwork) -> None:
    """Whether trainings may begin from a network. Raises `InvalidRequest`."""
    if not network.is_checked:
        raise InvalidRequest("This network has not passed its check; choose another.", field="base")


def delete_network(network: StyleNetwork) -> None:
    """Remove a network and its styles. Raises `Conflict` for the bundled one of today, for an earlier one that people
    have taught styles, and while something needs it."""
    if network.is_example and network == base_network():
        raise Conflict("This network came with the gallery, which paints with it.")
    if network.is_example and network.styles.exists():
        raise Conflict("This network came with the gallery, and people have taught it styles since.")
    if network.experiments.exists():
        raise Conflict("Experiments began from this network; delete those first.")
    weights = network.file
    samples = [file for style in network.styles.all() for file in (style.cover, style.strip, style.texture) if file]
    try:
        with transaction.atomic():
            network.delete()
            transaction.on_commit(lambda: weights.storage.delete(weights.name))
            for file in samples:
                transaction.on_commit(partial(remove_picture_file, file))
    except RestrictedError as error:
        if any(isinstance(record, TrainingRun) for record in error.restricted_objects):
            raise Conflict("Trainings began from this network; delete those first.") from error
        raise Conflict(
            "Artworks were made with styles of this network; take the styles out of the gallery instead."
        ) from error


def _check_again(person, network: StyleNetwork, latest: Job | None) -> Job:
    if network.is_checked:
        raise Conflict("This network has been checked already.")
    return create_job(network, owner=person, queue=QUEUE, total=1, retry_of=latest)
