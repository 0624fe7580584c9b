"""Real processes of the gallery for the tests: a cluster of workers, or everything that `manage.py start` runs."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MANAGE = [sys.executable, str(ROOT / "manage.py")]
WAIT_SECONDS = 120


def wait_until(condition, what: str, seconds: float = WAIT_SECONDS):
    """Ask `condition` until its answer is truthy, and return that; fail with `what` was waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        time.sleep(0.1)
    return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A `manage.py` command in a process group of its own, its output in a file."""

    def __init__(self, *command: str, log: Path, **environment: str):
        self.log = log
        with log.open("w") as output:
            self.popen = subprocess.Popen(
                [*MANAGE, *command],
                cwd=ROOT,
                env={**os.environ, "DJANGO_SETTINGS_MODULE": "gallery.settings", **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.log.read_text()

    def wait_for_output(self, pattern: str) -> re.Match:
        def found():
            match = re.search(pattern, self.output)
            assert match or self.popen.poll() is None, self.output
            return match

        return wait_until(found, f"{pattern!r} in the output of {self.popen.args}")

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit status."""
        self.popen.send_signal(signal.SIGINT)
        return self.popen.wait(WAIT_SECONDS)

    def kill_group(self) -> None:
        """End the process and all it started, whatever state they are in."""
        try:
            os.killpg(self.popen.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self.popen.wait(WAIT_SECONDS)


def descendants(pid: int) -> set[int]:
    """The processes that `pid` started, and those that they started."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    children: dict[int, list[int]] = {}
    for line in listing.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    found, waiting = set(), [pid]
    while waiting:
        new = children.get(waiting.pop(), [])
        found.update(new)
        waiting.extend(new)
    return found


class RunningGallery:
    """Everything `manage.py start` runs, in folders of its own, on a free port."""

    def __init__(self, folder: Path, **environment: str):
        self.folder, self.port = folder, free_port()
        self.environment = {
            "DATA_DIR": str(folder / "var"),
            "MEDIA_ROOT": str(folder / "media"),
            "ADMIN_PASSWORD": "",
            "DATABASE_URL": f"sqlite:///{folder / 'var' / 'gallery.sqlite3'}",
            "REDIS_URL": "",
            **environment,
        }
        self.process = self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Process:
        process = Process(
            "start", "--bind", f"127.0.0.1:{self.port}", log=self.folder / "start.log", **self.environment
        )
        process.wait_for_output("The gallery is open")
        return process

    def close(self) -> None:
        if self.process.popen.poll() is None:
            self.process.interrupt()
        self.process.kill_group()
