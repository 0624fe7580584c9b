"""Files and folders below MEDIA_ROOT that no row names."""

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gallery.models import Experiment, Job, PhotoSet, StyleModel, TrainingRun
from gallery.services.stored_files import FOLDERS_OF_FILES, names_in_use

ORPHAN_AGE_SECONDS = 3600
# So many are what crashed workers and deleted people leave; more, and most of what is there, a wrong database does.
FEW, SHARE = 20, 0.5


@dataclass
class Orphans:
    """Names below MEDIA_ROOT, of `looked_at` files and folders that are as old."""

    files: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    looked_at: int = 0

    def __len__(self) -> int:
        return len(self.files) + len(self.folders)

    @property
    def are_most(self) -> bool:
        """Whether too many would go to be what was left behind."""
        return len(self) > max(FEW, SHARE * self.looked_at)

    def look(self, folder: str, kind: Callable[[os.DirEntry], bool], names: Iterable[str]) -> list[str]:
        """Those in a folder, of one kind and old, that are not among the `names`, which are read after the folder: a
        file whose row comes in between is never an orphan."""
        left = set(_old(folder, kind))
        self.looked_at += len(left)
        if left:
            left.difference_update(names)
        return sorted(left)


def find_orphans() -> Orphans:
    """What is older than an hour and named by no row.

    The names of a table are read once, one by one: they have no index to look some of them up by.
    """
    found = Orphans()
    named = {folder: names_in_use(folder) for folder in FOLDERS_OF_FILES}
    named["searches"] = _named_by_key("searches", Job.objects.unfinished().exclude(artwork=None), "artwork")
    for folder, names in named.items():
        found.files += found.look(folder, os.DirEntry.is_file, names)
    for folder, rows in {
        "lessons": StyleModel.objects.filter(state=StyleModel.State.DRAFT),
        "experiments": Experiment.objects.all(),
        "trainings": _trainings_with_files(),
        "photo_sets": PhotoSet.objects.all(),
    }.items():
        found.folders += found.look(folder, os.DirEntry.is_dir, _named_by_key(folder, rows))
    return found


def _named_by_key(folder: str, rows: QuerySet, key: str = "pk") -> Iterator[str]:
    for pk in rows.order_by().values_list(key, flat=True):
        yield f"{folder}/{pk}"


def _trainings_with_files() -> QuerySet[TrainingRun]:
    """Trainings without those that were cancelled or have failed so long ago that nobody will take them up again."""
    long_ago = timezone.now() - timedelta(days=settings.TRAINING_KEPT_DAYS)
    lately = Job.objects.filter(training_run=OuterRef("pk")).exclude(finished_at__lt=long_ago)
    return TrainingRun.objects.filter(Q(finished_at__isnull=False) | Exists(lately))


def _old(folder: str, kind: Callable[[os.DirEntry], bool]) -> Iterator[str]:
    """The names of what is of a kind and older than an hour."""
    oldest = time.time() - ORPHAN_AGE_SECONDS
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(Path(settings.MEDIA_ROOT) / folder) as entries:
        for entry in entries:
            # It may be removed while the folder is read.
            with suppress(FileNotFoundError):
                if kind(entry) and entry.stat().st_mtime < oldest:
                    yield f"{folder}/{entry.name}"
