"""`manage.py start`, as a newcomer runs it."""

import os
import signal
import subprocess
import urllib.error
import urllib.request

import pytest

from tests.processes import MANAGE, ROOT, RunningGallery, descendants, wait_until

DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def status(url: str) -> int:
    """The HTTP status at an address; 0 where nothing answers."""
    try:
        with DIRECTLY.open(url, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.fixture
def gallery(tmp_path):
    gallery = RunningGallery(tmp_path, START_CLUSTERS="interactive")
    yield gallery
    gallery.close()


def test_one_command_opens_the_gallery_restarts_what_dies_and_closes_it(gallery):
    password = gallery.process.wait_for_output(r"Password \(shown only now\): (\S+)")[1]
    assert len(password) >= 12
    assert status(gallery.url) == 200
    assert status(f"{gallery.url}/static/nothing.css") == 404

    everything = descendants(gallery.process.popen.pid)
    servers = [pid for pid in everything if b"granian" in command_of(pid)]
    os.kill(min(servers), signal.SIGKILL)
    gallery.process.wait_for_output("web server ended")
    wait_until(lambda: status(gallery.url) == 200, "the web server to come back")

    everything = descendants(gallery.process.popen.pid)
    assert len(everything) >= 4
    assert gallery.process.interrupt() == 0
    assert "The gallery is closed." in gallery.process.output
    wait_until(lambda: not any(command_of(pid) for pid in everything), "all processes to end", seconds=30)

    gallery.process = gallery.start()
    assert "Password" not in gallery.process.output
    assert status(gallery.url) == 200


def test_a_port_in_use_is_named_in_one_sentence(gallery):
    second = subprocess.run(
        [*MANAGE, "start", "--bind", f"127.0.0.1:{gallery.port}"],
        cwd=ROOT,
        env={**os.environ, **gallery.environment, "DJANGO_SETTINGS_MODULE": "gallery.settings"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert second.returncode == 1
    assert second.stderr.strip().count("\n") == 0
    assert f"Cannot listen on 127.0.0.1:{gallery.port}" in second.stderr


def command_of(pid: int) -> bytes:
    """The command line of a process; empty once it has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""
