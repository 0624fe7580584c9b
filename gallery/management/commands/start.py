"""The one command that opens the gallery."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand

from gallery.exceptions import Conflict
from gallery.services.accounts import ensure_admin
from gallery.services.examples import load_examples
from gallery.supervisor import Service, Supervisor

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
        host, port = self._parse(bind)
        environment = {"BIND": bind}
        self._check(environment)
        self._prepare(admin)
        supervisor = Supervisor(self._services(host, port, environment))
        threading.Thread(target=self._tell_when_open, args=(host, port, supervisor), daemon=True).start()
        supervisor.run()
        if self._silent:
            raise CommandError("The web server does not answer; see the messages above.")
        self.stdout.write("The gallery is closed.")

    def _parse(self, bind: str) -> tuple[str, int]:
        host, _, port = bind.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise CommandError(f"--bind is {bind!r}; give host:port, for example 127.0.0.1:8000.")
        host = host.strip("[]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, int(port)))
            except OSError as error:
                raise CommandError(
                    f"Cannot listen on {bind} ({error.strerror}); choose another with --bind 127.0.0.1:8001."
                ) from error
        return host, int(port)

    def _check(self, environment: dict[str, str]) -> None:
        # In a process of its own, for the settings of the services depend on where they are told to listen.
        command = [*MANAGE, "check"]
        checked = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
        if checked.returncode:
            raise CommandError(checked.stderr.strip().removeprefix("SystemCheckError: "))
        self.stdout.write((checked.stderr + checked.stdout).strip())
        if settings.SECURE_SSL_REDIRECT and not settings.BEHIND_PROXY:
            raise CommandError(
                "PUBLIC_URL is https, but this command serves plain http, so every page would redirect to itself: put "
                "a TLS proxy in front and set BEHIND_PROXY=1."
            )

    def _prepare(self, admin: str) -> None:
        self.stdout.write("Preparing the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        self.stdout.write("Loading the examples ...")
        load_examples()
        try:
            password = ensure_admin(admin, settings.ADMIN_PASSWORD, settings.ADMIN_EMAIL)
        except Conflict as conflict:
            raise CommandError(conflict.message) from conflict
        if password:
            self.stdout.write(self.style.SUCCESS(f"Administrator: {admin}   Password (shown only now): {password}"))

    def _services(self, host: str, port: int, environment: dict[str, str]) -> list[Service]:
        web = ["-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1"]
        # Threads mostly wait, for slow visitors and for jobs; granian would warn that they are more than processors.
        web += ["--blocking-threads", str(settings.WEB_THREADS), "--no-ws", "--log-level", "error"]
        return [
            Service("web server", [sys.executable, *web, "gallery.wsgi:application"], environment),
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
