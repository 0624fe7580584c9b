"""The web server: where it listens and how it is run, by `manage.py web` alone, by `manage.py start` among others."""

import socket
import sys

from django.conf import settings

APPLICATION = "gallery.wsgi:application"


class CannotListen(Exception):
    """The address is none, or taken; the message is a sentence."""


def free_address(bind: str) -> tuple[str, int]:
    """Host and port of `host:port`, where one can listen. Raises `CannotListen`."""
    host, _, port = bind.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise CannotListen(f"--bind is {bind!r}; give host:port, for example 127.0.0.1:8000.")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            raise CannotListen(
                f"Cannot listen on {bind} ({error.strerror}); choose another with --bind 127.0.0.1:8001."
            ) from error
    return host, int(port)


def command(host: str, port: int) -> list[str]:
    """What runs it: one process, for what is decoded and who waits at the same time is counted in each. Its threads
    mostly wait, for slow visitors and for jobs."""
    web = ["-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--workers", "1"]
    # At its usual level it warns of more threads than processors.
    web += ["--blocking-threads", str(settings.WEB_THREADS), "--no-ws", "--log-level", "error"]
    return [sys.executable, *web, APPLICATION]
