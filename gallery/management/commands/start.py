"""The one command that opens the gallery."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from gallery.supervisor import Service, Supervisor
from gallery.web_server import CannotListen, command, free_address

READY_SECONDS = 120
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]


class Command(BaseCommand):
    help = (
        "Opens the gallery: checks the settings, migrates the database, loads the examples, creates the first "
        "administrator, then runs the web server, the workers and the reaper until Ctrl-C. May be run again any time."
    )
    requires_system_checks = []
    _silent = False

    def add_arguments(self, parser):
        parser.add_argument(
            "--bind", default=settings.BIND, help="host:port the web server listens on (default: %(default)s)"
        )
        parser.add_argument("--admin", default=settings.ADMIN_USERNAME, help="name of the first administrator")

    def handle(self, *, bind: str, admin: str, **options):
        try:
            host, port = free_address(bind)
        except CannotListen as error:
            raise CommandError(str(error)) from error
        environment = {"BIND": bind}
        self._check(environment)
        call_command("prepare", admin=admin, stdout=self.stdout)
        supervisor = Supervisor(self._services(host, port, environment))
        threading.Thread(target=self._tell_when_open, args=(host, port, supervisor), daemon=True).start()
        supervisor.run()
        if self._silent:
            raise CommandError("The web server does not answer; see the messages above.")
        self.stdout.write("The gallery is closed.")

    def _check(self, environment: dict[str, str]) -> None:
        # In a process of its own, for the settings of the services depend on where they are told to listen.
        checked = subprocess.run([*MANAGE, "check"], env={**os.environ, **environment}, capture_output=True, text=True)
        if checked.returncode:
            raise CommandError(checked.stderr.strip().removeprefix("SystemCheckError: "))
        self.stdout.write((checked.stderr + checked.stdout).strip())
        if settings.SECURE_SSL_REDIRECT and not settings.BEHIND_PROXY:
            raise CommandError(
                "PUBLIC_URL is https, but this command serves plain http, so every page would redirect to itself: put "
                "a TLS proxy in front and set BEHIND_PROXY=1."
            )

    def _services(self, host: str, port: int, environment: dict[str, str]) -> list[Service]:
        return [
            Service("web server", command(host, port), environment),
            *(
                # On SIGINT workers give their jobs back; see gallery.worker_process.
                Service(
                    f"{cluster} workers",
                    [*MANAGE, "qcluster"],
                    {**environment, "Q_CLUSTER_NAME": cluster},
                    stop_signal=signal.SIGINT,
                )
                for cluster in settings.START_CLUSTERS
            ),
            Service("reaper", [*MANAGE, "reap", "--every", str(settings.REAP_INTERVAL_SECONDS)], environment),
        ]

    def _tell_when_open(self, host: str, port: int, supervisor: Supervisor) -> None:
        reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection(reachable, port, timeout=READY_SECONDS)
                connection.request("HEAD", "/", headers={"Host": "localhost"})
                connection.getresponse()
            except (OSError, http.client.HTTPException):
                time.sleep(0.2)
                continue
            finally:
                connection.close()
            name = f"[{reachable}]" if ":" in reachable else reachable
            self.stdout.write(self.style.SUCCESS(f"The gallery is open at http://{name}:{port}  (Ctrl-C closes it)"))
            return
        self._silent = True
        supervisor.stop()
