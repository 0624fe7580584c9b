"""The reaper: what crashed workers leave behind, jobs and files alike, is put in order."""

import os
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from sorl.thumbnail.images import ImageFile

from gallery import queue as doorbell
from gallery.exceptions import Conflict
from gallery.models import Job, StyleModel
from gallery.services.jobs import recover_expired_leases
from gallery.services.orphans import Orphans, find_orphans
from gallery.services.picture_folder import claim_empty_folder, why_not_ours
from gallery.services.status import note_held_back, note_reaped
from gallery.services.styles import delete_style
from gallery.services.uploads import remove_picture_file, remove_picture_folder

# No file is an orphan before it is as old, and no session of a stranger ends sooner.
SESSIONS_CLEARED, SWEPT, HOUR_SECONDS = "sessions-cleared", "files-swept", 3600


def reap() -> tuple[int, int]:
    """Recover jobs of lost workers, ring for waiting ones, remove what nobody can see or needs any longer and, once an
    hour, sweep orphaned files; returns (jobs, files)."""
    recovered = recover_expired_leases()
    ring_for_waiting_jobs()
    remove_styles_left_behind()
    forget_expired_sessions()
    swept = sweep_files() if cache.add(SWEPT, True, HOUR_SECONDS) else 0
    note_reaped()
    return recovered, swept


def ring_for_waiting_jobs() -> None:
    """Ring again where more jobs wait than rings: one was lost, or a job was queued again."""
    for queue in Job.Queue.values:
        waiting = Job.objects.waiting(queue).count()
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
    """Delete sessions that are over, once an hour; Django keeps them for ever."""
    if cache.add(SESSIONS_CLEARED, True, HOUR_SECONDS):
        call_command("clearsessions")


def sweep_files(*, even_most: bool = False) -> int:
    """Delete files under MEDIA_ROOT that no row names and that are older than an hour; returns how many.

    Thumbnails go along and do not count. The age keeps safe what is just being written, before its row is. Nothing is
    deleted where the folder is not this database's, nor, unless `even_most`, where more than half would go: either
    is logged and told on the status page.
    """
    claim_empty_folder()
    reason, orphans = why_not_ours(), Orphans()
    if not reason:
        sweep_thumbnails()
        orphans = find_orphans()
        if orphans.are_most and not even_most:
            reason = (
                f"Of {orphans.looked_at} old files in MEDIA_ROOT ({settings.MEDIA_ROOT}) {len(orphans)} have no record "
                "in the database, so none is deleted: see that this database and these pictures belong together, then "
                "run manage.py reap --even-most."
            )
    note_held_back(reason)
    if reason:
        return 0
    for name in orphans.files:
        remove_picture_file(ImageFile(name))
    for name in orphans.folders:
        remove_picture_folder(name)
    return len(orphans)


def sweep_thumbnails() -> None:
    """Delete the thumbnails of pictures that are gone, and those that earlier versions kept under other names.

    Whatever goes here in vain is made anew, so that no age nor number keeps it.
    """
    root = Path(settings.MEDIA_ROOT)
    kept = root / settings.THUMBNAIL_PREFIX
    for folder, _, names in os.walk(kept, topdown=False):
        if (root / Path(folder).relative_to(kept)).is_file():
            continue
        for name in names:
            (Path(folder) / name).unlink(missing_ok=True)
        with suppress(OSError):  # which holds thumbnails of others
            os.rmdir(folder)
