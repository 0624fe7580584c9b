"""How much room is left: on the disk, and of what each person may fill."""

import errno
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Sum
from django.template.defaultfilters import filesizeformat

from gallery.exceptions import NoRoom, QuotaExceeded
from gallery.models import Artwork, ContentImage, Experiment, StyleImage, StyleModel
from gallery.services.lessons import lesson_folder

# A painted picture, or a network with its checkpoint and samples, roughly.
BYTES_A_RESULT = 10 * 2**20
# What writing fails with where a disk, or what one may fill of it, is full.
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
COUNTED = (ContentImage, StyleImage, Artwork, Experiment)


def room_for(byte_count: int) -> None:
    """Raises `NoRoom` where the disk of MEDIA_ROOT would have too little room left with so many bytes more, or the one
    of an SQLite database has it now."""
    coming = {Path(settings.MEDIA_ROOT): byte_count}
    if connection.vendor == "sqlite":
        coming[Path(connection.settings_dict["NAME"])] = 0
    for place, more in coming.items():
        free = shutil.disk_usage(next(path for path in (place, *place.parents) if path.exists())).free
        if free - more < settings.MIN_FREE_BYTES:
            raise NoRoom(
                f"Only {filesizeformat(free)} are free on the gallery's disk, too little for this; make room first."
            )


@contextmanager
def told_where_full():
    """Raises `NoRoom` where a disk turns out to be full while something is written to it."""
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        raise NoRoom("The gallery's disk is full, so the file could not be kept; try again later.") from error


def check_room_of(owner, byte_count: int = 0) -> None:
    """Raises `QuotaExceeded` where a person has filled all that each may fill, or would with so many bytes more."""
    totals = (model.objects.owned_by(owner).aggregate(total=Sum("byte_size"))["total"] for model in COUNTED)
    used, limit = sum(total or 0 for total in totals) + _bytes_of_lessons(owner), settings.MAX_UPLOADED_BYTES_PER_USER
    if used >= limit or used + byte_count > limit:
        raise QuotaExceeded(
            f"Your photos, paintings, artworks, experiments and styles not learnt yet would take more than the "
            f"{filesizeformat(limit)} each person has; delete some first."
        )


def _bytes_of_lessons(owner) -> int:
    """What the checkpoints take of lessons under way, and of those that ended early and may go on."""
    drafts = StyleModel.objects.owned_by(owner).filter(state=StyleModel.State.DRAFT)
    return sum(bytes_in(lesson_folder(model)) for model in drafts)


def bytes_in(folder: Path) -> int:
    """What the files of a folder take, those of its folders included; 0 where there is none."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            # A worker may be writing here, and put a file in another's place.
            with suppress(FileNotFoundError):
                total += (Path(parent) / name).stat().st_size
    return total
