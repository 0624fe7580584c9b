"""Which stored files a row names, and what becomes of those that were written in vain."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet

from gallery.models import Artwork, ContentImage, Job, PhotoSet, StyleImage, StyleModel, StyleNetwork, TrainingRun

# What the database raises where it restarts, is out of reach or locked for long, whatever is asked of it; also where it
# has no room or another schema, which the attempts that a job has put an end to.
DATABASE_AWAY = (OperationalError, InterfaceError)
FOLDERS_OF_FILES = (ContentImage.folder, StyleImage.folder, "results", "previews", "networks", "samples", "photo_sets")
logger = logging.getLogger(__name__)


def columns_naming(folder: str) -> list[tuple[QuerySet, str]]:
    """The rows, and the field of each, that name files in a folder below MEDIA_ROOT."""
    return {
        ContentImage.folder: [(ContentImage.objects.all(), "file")],
        StyleImage.folder: [(StyleImage.objects.all(), "file")],
        "results": [(Artwork.objects.finished(), "result")],
        "previews": [(Job.objects.unfinished(), "preview")],
        "networks": [(StyleNetwork.objects.all(), "file")],
        "samples": [
            *((StyleModel.objects.exclude(**{field: ""}), field) for field in ("cover", "strip", "texture")),
            (TrainingRun.objects.exclude(sheet=""), "sheet"),
        ],
        "photo_sets": [(PhotoSet.objects.all(), "archive")],
    }[folder]


def names_in_use(folder: str) -> Iterator[str]:
    """The names of the files of a folder that rows name; nothing is read before the first is asked for."""
    columns = (rows.order_by().values_list(field, flat=True) for rows, field in columns_naming(folder))
    return chain.from_iterable(columns)


@contextmanager
def removed_in_vain(written: Sequence[Path]) -> Iterator[None]:
    """Remove files below MEDIA_ROOT that were `written` for a row where what is done with them fails.

    They stay where the row may have been written all the same: the answer of a commit can be lost, or a time limit be
    over right after it. What stays without a row, the reaper sweeps.
    """
    try:
        yield
    except DATABASE_AWAY:
        raise
    except BaseException:
        for path in written:
            if not _may_be_named(path):
                path.unlink(missing_ok=True)
        raise


def _may_be_named(path: Path) -> bool:
    name = path.relative_to(settings.MEDIA_ROOT).as_posix()
    try:
        return any(rows.filter(**{field: name}).exists() for rows, field in columns_naming(path.parent.name))
    except DATABASE_AWAY:
        logger.exception("Whether a row names %s could not be asked; it stays for the reaper.", name)
        return True
