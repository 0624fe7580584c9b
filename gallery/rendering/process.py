"""What this worker process is called, what it has and works on, and whether it is about to end."""

import os
import socket
import threading
from collections.abc import Iterable

from django.conf import settings

from gallery.services.jobs import Claim
from stylize_engine.errors import WeightsNotFoundError
from stylize_engine.weights import weights_available

# What this process works on: one claim or none. Its heartbeat keeps the lease.
claims: set[Claim] = set()
stop_requested = threading.Event()


def worker_name() -> str:
    """What this process is called in the records."""
    return f"{socket.gethostname()}:{settings.CLUSTER_NAME or 'worker'}:{os.getpid()}"


def check_weights_here(extractors: Iterable[str]) -> None:
    """Raises `WeightsNotFoundError` where this machine lacks the weights of one: the engine would download them, which
    nobody can cancel."""
    for extractor in dict.fromkeys(extractors):
        if not weights_available(extractor):
            raise WeightsNotFoundError(
                f"The machine that works here has no weights of {extractor}; choose another extractor, or tell whoever "
                "runs the gallery."
            )
