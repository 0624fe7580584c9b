import logging
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from gallery.services.cleanup import reap
from gallery.services.webhooks import queue_deliveries, send_due

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Queues jobs again whose worker died, sweeps files that no record names and tells webhooks which jobs have "
        "ended; once, or for ever with --every."
    )

    def add_arguments(self, parser):
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until stopped, with this pause")

    def handle(self, *, every: float | None, **options):
        stopping = threading.Event()
        if every:
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: stopping.set())
        while not stopping.is_set():
            self._reap(tolerant=bool(every))
            if not every:
                return
            stopping.wait(every)

    def _reap(self, tolerant: bool) -> None:
        close_old_connections()
        try:
            recovered, swept = reap()
            queue_deliveries()
            send_due()
        except DatabaseError:
            if not tolerant:
                raise
            logger.exception("The reaper could not read the database; it tries again.")
            return
        if recovered or swept:
            self.stdout.write(f"Recovered {recovered} jobs and deleted {swept} orphaned files.")
