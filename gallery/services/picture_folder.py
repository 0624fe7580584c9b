"""Whose pictures lie in MEDIA_ROOT: a file there names the database that they belong to.

Folder and database are set each by itself, and what no row names is deleted: the pictures of one gallery, beside the
database of another, would all be. A new gallery takes an empty folder for its own, and a migration took those of
galleries that were there before; any other has to be adopted knowingly.
"""

import logging
import os
from pathlib import Path

from django.conf import settings

from gallery.models import Installation

OWNER_FILE = "database.txt"
# Where pictures and all else that the reaper sweeps lie.
FOLDERS = (
    "content", "style", "results", "previews", "searches", "networks", "samples", "photo_sets", "lessons",
    "experiments", "trainings",
)  # fmt: skip
TEXT = """{key}
The pictures here belong to the gallery's database with this key. Keep this file with them, also in backups.
"""
logger = logging.getLogger(__name__)


def why_not_ours() -> str:
    """A sentence where MEDIA_ROOT is not known to be this database's, with what to do about it; else empty."""
    owner = _owner()
    if owner == _own_key() or (not owner and not _holds_files()):
        return ""
    whose = "belong to another database" if owner else "are not known to belong to this database"
    return (
        f"The pictures in MEDIA_ROOT ({settings.MEDIA_ROOT}) {whose}, so no file there is deleted: set MEDIA_ROOT and "
        "DATABASE_URL or DATA_DIR to those of one gallery, or, where they do belong together, run manage.py "
        "adopt_pictures."
    )


def claim_empty_folder() -> None:
    """Take MEDIA_ROOT for this database's where nobody's pictures are in it yet."""
    if not _owner() and not _holds_files():
        try:
            adopt_folder()
        except OSError:
            logger.warning("Whose pictures lie in %s could not be noted.", settings.MEDIA_ROOT, exc_info=True)


def adopt_folder() -> None:
    """Take MEDIA_ROOT for this database's, whosever it was."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    # Renamed into its place: another host that reads it meanwhile sees all of it or none.
    unfinished = folder / f"{OWNER_FILE}.{os.getpid()}.part"
    unfinished.write_text(TEXT.format(key=_own_key()), encoding="utf-8")
    unfinished.replace(folder / OWNER_FILE)


def _own_key() -> str:
    return str(Installation.objects.get_or_create(number=1)[0])


def _owner() -> str:
    """The key of the database that the folder belongs to; empty where nothing tells, and no key where what does cannot
    be read."""
    try:
        text = (Path(settings.MEDIA_ROOT) / OWNER_FILE).read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError:
        logger.warning("Whose pictures lie in %s cannot be read.", settings.MEDIA_ROOT, exc_info=True)
        return "unreadable"
    return text.partition("\n")[0].strip()


def _holds_files() -> bool:
    walked = (os.walk(Path(settings.MEDIA_ROOT) / name) for name in FOLDERS)
    # Hidden ones are those of file browsers and of repositories.
    return any(not name.startswith(".") for folders in walked for _, _, names in folders for name in names)
