"""The key that signs sessions: made once on each installation, never a default."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def read_or_create_secret_key(path: Path) -> str:
    """The key in `path`; where the file does not exist, a new one is written, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(get_random_secret_key())
    except FileExistsError:
        pass
    key = path.read_text().strip()
    if not key:
        raise RuntimeError(f"{path} is empty; delete it, and a new key will be made.")
    return key
