"""What this worker process is called, what it works on, and whether it is about to end."""

import os
import socket
import threading

from django.conf import settings

from gallery.services.jobs import Claim

# What this process works on: one claim or none. Its heartbeat keeps the lease.
claims: set[Claim] = set()
stop_requested = threading.Event()


def worker_name() -> str:
    """What this process is called in the records."""
    return f"{socket.gethostname()}:{settings.CLUSTER_NAME or 'worker'}:{os.getpid()}"
