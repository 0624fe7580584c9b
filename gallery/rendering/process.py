"""What this worker process is called and whether it works or is about to end."""

import os
import socket
import threading

from django.conf import settings

working = threading.Event()
stop_requested = threading.Event()


def worker_name() -> str:
    """What this process is called in the records."""
    return f"{socket.gethostname()}:{settings.CLUSTER_NAME or 'worker'}:{os.getpid()}"
