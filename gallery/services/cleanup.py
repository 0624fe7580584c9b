"""The reaper: what crashed workers leave behind, jobs and files alike, is put in order."""

import time
import uuid
from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from sorl.thumbnail.images import ImageFile

from gallery import queue as doorbell
from gallery.exceptions import Conflict
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
)
from gallery.services.jobs import recover_expired_leases
from gallery.services.status import note_reaped
from gallery.services.styles import delete_style
from gallery.services.uploads import remove_picture_file, remove_picture_folder

ORPHAN_AGE_SECONDS = 3600
SESSIONS_CLEARED, DAY_SECONDS = "sessions-cleared", 24 * 3600


def reap() -> tuple[int, int]:
    """Recover jobs of lost workers, ring for waiting ones, remove what nobody can see or needs any longer and sweep
    orphaned files; returns (jobs, files)."""
    recovered = recover_expired_leases()
    ring_for_waiting_jobs()
    remove_styles_left_behind()
    forget_expired_sessions()
    swept = sweep_files()
    note_reaped()
    return recovered, swept


def ring_for_waiting_jobs() -> None:
    """Ring again where more jobs wait than rings: one was lost, or a job was queued again."""
    for queue in Job.Queue.values:
        waiting = Job.objects.filter(state=Job.State.QUEUED, queue=queue).count()
        for _ in range(waiting - doorbell.waiting_rings(queue) if waiting else 0):
            doorbell.ring(queue)


def remove_styles_left_behind() -> None:
    """Delete styles that stayed without an owner because others had tried them, once no artwork is made with them."""
    private = StyleModel.objects.filter(owner=None, is_example=False, published_at=None, state=StyleModel.State.PRIVATE)
    for style in private.filter(artworkstyle=None):
        # Another reaper may be as far.
        with suppress(Conflict):
            delete_style(style)


def forget_expired_sessions() -> None:
    """Delete sessions that are over, once a day; Django keeps them for ever."""
    if cache.add(SESSIONS_CLEARED, True, DAY_SECONDS):
        call_command("clearsessions")


def sweep_files() -> int:
    """Delete files under MEDIA_ROOT that no row names and that are older than an hour; returns how many.

    Thumbnails go along and do not count. The age keeps safe what is just being written, before its row is.
    """
    named = {
        ContentImage.folder: ContentImage.objects.values_list("file", flat=True),
        StyleImage.folder: StyleImage.objects.values_list("file", flat=True),
        "results": Artwork.objects.exclude(result="").values_list("result", flat=True),
        "previews": Job.objects.unfinished().values_list("preview", flat=True),
        "searches": map(str, Job.objects.unfinished().values_list("artwork", flat=True)),
        "networks": StyleNetwork.objects.values_list("file", flat=True),
        "samples": [
            *(name for names in StyleModel.objects.values_list("cover", "strip", "texture") for name in names if name),
            *TrainingRun.objects.exclude(sheet="").values_list("sheet", flat=True),
        ],
        "photo_sets": PhotoSet.objects.values_list("archive", flat=True),
    }
    folders = {
        "lessons": StyleModel.objects.filter(state=StyleModel.State.DRAFT).values_list("pk", flat=True),
        "experiments": Experiment.objects.values_list("pk", flat=True),
        "trainings": _trainings_with_files().values_list("pk", flat=True),
        "photo_sets": PhotoSet.objects.values_list("pk", flat=True),
    }
    return sum(_sweep_folders(Path(settings.MEDIA_ROOT) / name, keys) for name, keys in folders.items()) + sum(
        _sweep(Path(settings.MEDIA_ROOT) / folder, names) for folder, names in named.items()
    )


def _trainings_with_files():
    """Trainings without those that were cancelled or have failed so long ago that nobody will take them up again."""
    long_ago = timezone.now() - timedelta(days=settings.TRAINING_KEPT_DAYS)
    lately = Job.objects.filter(training_run=OuterRef("pk")).exclude(finished_at__lt=long_ago)
    return TrainingRun.objects.filter(Q(finished_at__isnull=False) | Exists(lately))


def _sweep_folders(parent: Path, keys: Iterable[uuid.UUID]) -> int:
    """Remove folders, named by keys, of what has ended or was deleted."""
    oldest = time.time() - ORPHAN_AGE_SECONDS
    folders = [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []
    old = [path for path in folders if path.stat().st_mtime < oldest]
    if not old:
        return 0
    kept = {str(key) for key in keys}
    orphans = [path for path in old if path.name not in kept]
    for path in orphans:
        remove_picture_folder(f"{parent.name}/{path.name}")
    return len(orphans)


def _sweep(folder: Path, names: Iterable[str]) -> int:
    if not folder.is_dir():
        return 0
    oldest = time.time() - ORPHAN_AGE_SECONDS
    # Files are listed before the rows are read, so that a file whose row comes in between is never an orphan.
    old = [path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < oldest]
    if not old:
        return 0
    kept = {Path(name).name for name in names}
    orphans = [path for path in old if path.name not in kept]
    for path in orphans:
        remove_picture_file(ImageFile(f"{folder.name}/{path.name}"))
    return len(orphans)
