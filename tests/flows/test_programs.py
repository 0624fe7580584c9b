"""Programs against a running gallery: the README's lines as they stand there, and a client made from the schema."""

import http.client
import os
import re
import socket
import subprocess
import sys

import pytest
from PIL import Image

from tests.conftest import picture_bytes
from tests.processes import MANAGE, ROOT, RunningGallery

GENERATED = """
import os
import time

from client import AuthenticatedClient
from client.api.artworks import artworks_create, artworks_retrieve
from client.api.photos import photos_list
from client.models import AskedArtworkRequest, AskedStyleRequest, MethodEnum

program = AuthenticatedClient(
    base_url=os.environ["GALLERY"], token=os.environ["TOKEN"], raise_on_unexpected_status=True
)
photo = photos_list.sync(client=program).results[0]
styles = [AskedStyleRequest(style="starry-night")]
wish = AskedArtworkRequest(method=MethodEnum.NETWORK, content=photo.id, styles=styles)
artwork = artworks_create.sync(client=program, body=wish)
while artwork.files is None:
    time.sleep(0.2)
    artwork = artworks_retrieve.sync(artwork.id, client=program)
    assert artwork.job.state not in ("failed", "cancelled"), artwork.job.error_message
print(artwork.files.full)
"""
GENERATE = [sys.executable, "-m", "openapi_python_client", "generate"]
SECTION = (ROOT / "README.md").read_text().partition("## The API\n")[2].partition("\n## ")[0]


@pytest.fixture(scope="module")
def gallery(tmp_path_factory):
    gallery = RunningGallery(tmp_path_factory.mktemp("gallery"), START_CLUSTERS="interactive")
    yield gallery
    gallery.close()


@pytest.fixture
def environment(gallery, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(picture_bytes(format="JPEG", size=(300, 200)))
    environment = {**os.environ, **gallery.environment, "DJANGO_SETTINGS_MODULE": "gallery.settings"}
    made = [*MANAGE, "create_token", "admin"]
    token = subprocess.run(made, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    return {**environment, "GALLERY": gallery.url, "TOKEN": token, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def test_the_client_of_the_readme_paints_a_picture(environment, tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", SECTION, re.S)
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200
    )
    assert run.returncode == 0, run.stderr
    with Image.open(tmp_path / "painted.jpg") as painted:
        assert painted.size[0] > painted.size[1]


def test_the_curl_lines_of_the_readme_succeed(gallery, environment, tmp_path):
    lines = [line for line in SECTION.splitlines() if line.startswith("curl")]
    assert len(lines) == 4
    for line in lines:
        command = line.replace("http://127.0.0.1:8000", gallery.url) + " --fail --silent --show-error"
        run = subprocess.run(
            ["bash", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )
        assert run.returncode == 0, run.stderr
        assert run.stdout.startswith("{")


def test_a_token_for_nobody_is_refused_in_one_sentence(environment):
    run = subprocess.run([*MANAGE, "create_token", "nobody"], env=environment, capture_output=True, text=True)
    assert (run.returncode, "nobody called 'nobody'" in run.stderr) == (1, True)
    assert "Traceback" not in run.stderr


def test_eight_who_send_slowly_leave_room_for_others(gallery):
    host, slow = f"127.0.0.1:{gallery.port}", []
    # With the cookie of a form the gallery reads on for its token, and waits for the rest.
    headers = f"Host: {host}\r\nCookie: csrftoken={'a' * 32}\r\nContent-Type: application/x-www-form-urlencoded"
    unfinished = f"POST /accounts/login/ HTTP/1.1\r\n{headers}\r\nContent-Length: 1000\r\n\r\nabc"
    try:
        for _ in range(8):
            slow.append(socket.create_connection(("127.0.0.1", gallery.port)))
            slow[-1].sendall(unfinished.encode())
        # Many times, for it takes the slow ones a moment to get hold of their threads.
        for _ in range(20):
            page = http.client.HTTPConnection(host, timeout=60)
            page.request("GET", "/")
            assert page.getresponse().status == 200
            page.close()
    finally:
        for connection in slow:
            connection.close()


def test_a_client_made_from_the_schema_paints_a_picture(gallery, environment, tmp_path):
    made = [*GENERATE, "--url", f"{gallery.url}/api/v1/schema/?format=json", "--output-path", str(tmp_path / "client")]
    run = subprocess.run([*made, "--meta", "none"], env=environment, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout
    run = subprocess.run(
        [sys.executable, "-c", GENERATED], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=200
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith(f"{gallery.url}/api/v1/artworks/")
