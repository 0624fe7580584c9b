"""The file of an SQLite database: what it holds, sessions and hashes of passwords, is for the gallery's user alone."""

import os
import stat
from contextlib import suppress
from pathlib import Path

BESIDE_IT = ("", "-wal", "-shm", "-journal")


def keep_private(database: Path) -> None:
    """Make the file where it does not exist, readable by its owner only, and take from other users what they may do
    with one that does. The files that SQLite writes beside it get the same mode."""
    # Where it cannot be written, SQLite says so itself.
    with suppress(OSError):
        os.close(os.open(database, os.O_CREAT | os.O_EXCL, 0o600))
    for path in (Path(f"{database}{ending}") for ending in BESIDE_IT):
        with suppress(OSError):
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & stat.S_IRWXO:
                path.chmod(mode & ~stat.S_IRWXO)
