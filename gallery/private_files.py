"""What the gallery writes is not for other users of its machine: private pictures are among it."""

import os
import stat
from contextlib import suppress
from pathlib import Path


def keep_from_others(folder: Path) -> None:
    """From now on this process, and what it starts, writes nothing that users outside its group may read; nor may they
    look into the folder, where it exists. The mode bits of its group stay what they are."""
    os.umask(os.umask(0o077) | stat.S_IRWXO)
    with suppress(OSError):  # not there yet, or another user's, who has to know
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & stat.S_IRWXO:
            folder.chmod(mode & ~stat.S_IRWXO)


def made_folder(folder: Path) -> Path:
    """The folder, made where it can be; where it cannot, `manage.py check` says so."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder
