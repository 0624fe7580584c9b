"""Files that are results: each appears whole or not at all."""

import os
from pathlib import Path

from stylize_engine.errors import OutputError


def write_whole(path: Path, content: bytes) -> None:
    """Write a file; an older one of that name stays until this one is complete.

    Raises `OutputError` where it cannot be written, as on a full disk.
    """
    unfinished = path.with_name(path.name + ".part")
    try:
        try:
            unfinished.write_bytes(content)
            os.replace(unfinished, path)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{path} cannot be written ({reason}); make room there or choose another place.") from error
