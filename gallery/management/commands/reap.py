import logging
import signal
import threading
from collections.abc import Callable

from django.core.management.base import BaseCommand
from django.db import close_old_connections, connections

from gallery.services.cleanup import reap, sweep_files
from gallery.services.webhooks import queue_deliveries, send_due

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = (
        "Queues jobs again whose worker died, sweeps files that no record names, once an hour, and tells webhooks "
        "which jobs have ended; once, or for ever with --every."
    )

    def add_arguments(self, parser):
        parser.add_argument("--every", type=float, metavar="SECONDS", help="go on until stopped, with this pause")
        parser.add_argument(
            "--even-most",
            action="store_true",
            help="only sweep, this once also where most files that are there have no record",
        )

    def handle(self, *, every: float | None, even_most: bool, **options):
        if even_most:
            self._tell_done(0, sweep_files(even_most=True))
            return
        stopping = threading.Event()
        if not every:
            self._reap(stopping)
            self._tell(stopping)
            return
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stopping.set())
        # Apart, so that no webhook can keep jobs from being recovered, however slowly it listens.
        teller = threading.Thread(target=self._repeat, args=(self._tell, every, stopping))
        teller.start()
        self._repeat(self._reap, every, stopping)
        teller.join()

    def _repeat(self, work: Callable[[threading.Event], None], every: float, stopping: threading.Event) -> None:
        while not stopping.is_set():
            close_old_connections()
            try:
                work(stopping)
            except Exception:
                logger.exception("The reaper has failed; it tries again.")
            stopping.wait(every)
        connections.close_all()

    def _reap(self, stopping: threading.Event) -> None:
        self._tell_done(*reap())

    def _tell_done(self, recovered: int, swept: int) -> None:
        if recovered or swept:
            self.stdout.write(f"Jobs recovered: {recovered}. Orphaned files deleted: {swept}.")

    def _tell(self, stopping: threading.Event) -> None:
        queue_deliveries()
        send_due(stopping.is_set)
