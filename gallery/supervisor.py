"""Keeps a few processes running: starts them, restarts what dies, ends them all cleanly."""

import contextlib
import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

STOP_SECONDS = 20
FIRST_DELAY, LONGEST_DELAY = 1.0, 30.0
HEALTHY_SECONDS = 60
logger = logging.getLogger(__name__)


@dataclass
class Service:
    """A process to keep running: `command` with `environment` added to this process's own.

    `stop_signal` goes to the process and all it started.
    """

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen | None = None
    started: float = 0.0
    delay: float = FIRST_DELAY
    restart_at: float = 0.0

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, and a signal to the group reaches all children.
        self.process = subprocess.Popen(self.command, env={**os.environ, **self.environment}, start_new_session=True)
        self.started = time.monotonic()

    def signal_group(self, number: int) -> None:
        """Signal the process and everything it started."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    @property
    def group_alive(self) -> bool:
        if self.process is None:
            return False
        self.process.poll()
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return False
        return True


class Supervisor:
    """Runs services until told to stop; a service that dies is started again, later each time it dies soon."""

    def __init__(self, services: Sequence[Service]):
        self.services = list(services)
        self._stopping = threading.Event()

    def run(self) -> None:
        """Start everything and return after SIGINT, SIGTERM or `stop`, when all processes have ended."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stop())
        try:
            for service in self.services:
                service.start()
            while not self._stopping.wait(0.5):
                for service in self.services:
                    self._look_after(service)
        finally:
            self._end_all()

    def stop(self) -> None:
        """Make `run` end."""
        self._stopping.set()

    def _look_after(self, service: Service) -> None:
        now = time.monotonic()
        if service.process is None:
            if now >= service.restart_at:
                service.start()
        elif service.process.poll() is not None:
            if now - service.started > HEALTHY_SECONDS:
                service.delay = FIRST_DELAY
            logger.error(
                "%s ended with status %s; starting it again in %.0f s.",
                service.name, service.process.returncode, service.delay,
            )  # fmt: skip
            service.signal_group(signal.SIGKILL)
            service.process, service.restart_at = None, now + service.delay
            service.delay = min(LONGEST_DELAY, 2 * service.delay)

    def _end_all(self) -> None:
        for service in self.services:
            service.signal_group(service.stop_signal)
        deadline = time.monotonic() + STOP_SECONDS
        while any(service.group_alive for service in self.services) and time.monotonic() < deadline:
            time.sleep(0.1)
        for service in self.services:
            if service.group_alive:
                logger.error("%s did not end within %s s and is killed.", service.name, STOP_SECONDS)
                service.signal_group(signal.SIGKILL)
            if service.process is not None:
                service.process.wait()
