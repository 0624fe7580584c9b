import os
import signal
import sys
import threading
import time

import pytest

from gallery.supervisor import Service, Supervisor

WAIT_SECONDS = 20


def wait_for(condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().split()[2] != "Z"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.fixture
def supervise(monkeypatch):
    """Run a supervisor in a thread, where signal handlers cannot be set, and stop it at the end."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    running = []

    def supervise(*services):
        supervisor = Supervisor(services)
        thread = threading.Thread(target=supervisor.run)
        thread.start()
        running.append((supervisor, thread))
        wait_for(lambda: all(service.process for service in services))
        return supervisor, thread

    yield supervise
    for supervisor, thread in running:
        supervisor.stop()
        thread.join(WAIT_SECONDS)


def test_a_service_that_dies_is_started_again(supervise):
    service = Service("sleeper", python("import time; time.sleep(60)"), delay=0.01)
    supervise(service)
    first = service.process
    first.kill()
    wait_for(lambda: service.process not in (None, first))
    assert alive(service.process.pid)


def test_a_service_that_keeps_dying_is_started_ever_more_slowly(supervise):
    service = Service("mayfly", python("pass"), delay=0.01)
    supervise(service)
    wait_for(lambda: service.delay >= 0.04)


def test_stopping_ends_every_process_and_their_children(supervise, tmp_path):
    pid_file = tmp_path / "pid"
    code = (
        "import subprocess, sys, time, pathlib;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(child.pid)); time.sleep(60)"
    )
    service = Service("parent", python(code))
    supervisor, thread = supervise(service)
    wait_for(lambda: pid_file.exists() and pid_file.read_text())
    supervisor.stop()
    thread.join(WAIT_SECONDS)
    assert service.process.poll() is not None
    wait_for(lambda: not alive(int(pid_file.read_text())))


def test_what_the_environment_of_a_service_adds_reaches_it(supervise, tmp_path):
    out = tmp_path / "out"
    code = f"import os, pathlib, time; pathlib.Path({str(out)!r}).write_text(os.environ['PAINT']); time.sleep(60)"
    supervise(Service("painter", python(code), {"PAINT": "blue"}))
    wait_for(lambda: out.exists() and out.read_text() == "blue")
