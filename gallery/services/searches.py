"""What is kept of a search, an artwork painted step by step, whose worker was stopped."""

import uuid
from pathlib import Path

from django.conf import settings


def search_checkpoint(artwork_pk: uuid.UUID) -> Path:
    """Where the state lies from which the search goes on."""
    return Path(settings.MEDIA_ROOT) / "searches" / str(artwork_pk)


def forget_search(artwork_pk: uuid.UUID) -> None:
    """Let it begin from the start, if it ever does."""
    search_checkpoint(artwork_pk).unlink(missing_ok=True)
