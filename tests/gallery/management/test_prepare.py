"""What the README says about running the gallery without `manage.py start`, in processes of their own."""

import os
import subprocess
import urllib.request
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.processes import MANAGE, ROOT, Process, free_port, wait_until


@pytest.fixture
def fresh(tmp_path) -> dict[str, str]:
    """The environment of a gallery whose folders are not there yet, and whose key is kept elsewhere."""
    folders = {"DATA_DIR": str(tmp_path / "new" / "data"), "MEDIA_ROOT": str(tmp_path / "new" / "media")}
    own = {"DJANGO_SETTINGS_MODULE": "gallery.settings", "DATABASE_URL": f"sqlite:///{tmp_path}/new/data/db.sqlite3"}
    address = {"BIND": f"127.0.0.1:{free_port()}", "WEB_THREADS": "7", "SECRET_KEY": "kept elsewhere " * 4}
    own |= {"REDIS_URL": "", "ADMIN_PASSWORD": ""}
    return folders | own | address


def prepare(environment) -> str:
    command = [*MANAGE, "prepare"]
    return subprocess.check_output(command, cwd=ROOT, env=os.environ | environment, text=True, timeout=300)


def test_the_web_server_opens_what_was_prepared_in_folders_that_were_not_there(fresh, tmp_path):
    assert "Administrator: admin   Password (shown only now):" in prepare(fresh)
    assert "Administrator" not in prepare(fresh)
    web = Process("web", log=tmp_path / "log", **fresh)

    def opened():
        assert web.popen.poll() is None, web.output
        try:
            return urllib.request.urlopen(f"http://{fresh['BIND']}/styles/").read().decode()
        except OSError:
            return None

    try:
        assert "Starry Night" in wait_until(opened, "the web server")
        arguments = Path(f"/proc/{web.popen.pid}/cmdline").read_text().split("\0")
        assert arguments[arguments.index("--blocking-threads") + 1] == fresh["WEB_THREADS"]
        assert arguments[arguments.index("--workers") + 1] == "1"
    finally:
        web.popen.terminate()
        assert web.popen.wait(30) == 0, web.output


@pytest.mark.parametrize("command", ["web", "start"])
def test_an_address_that_is_none_is_refused_with_an_example_of_one(command):
    with pytest.raises(CommandError, match=r"give host:port, for example 127\.0\.0\.1:8000"):
        call_command(command, bind="8000")
