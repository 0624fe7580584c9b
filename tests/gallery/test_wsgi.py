"""What a web server finds, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def load(tmp_path):
    """Load the entry point under the gallery's own settings and that environment."""

    def load_it(**environment: str):
        own = {"DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
        command = [sys.executable, "-c", "import gallery.wsgi"]
        return subprocess.run(command, cwd=ROOT, env=own | environment, capture_output=True, text=True, timeout=120)

    return load_it


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"PUBLIC_URL": "https://gallery.example.org", "BEHIND_PROXY": "1", "DEBUG": "1"}, "gallery.E007"),
        ({"PUBLIC_URL": "http://gallery.example.org"}, "gallery.E006"),
        ({"BIND": "0.0.0.0:8000"}, "gallery.E006"),
    ],
)
def test_a_web_server_does_not_open_an_unsafe_gallery(load, environment, told):
    loaded = load(**environment)
    assert loaded.returncode == 1
    assert told in loaded.stderr


@pytest.mark.parametrize(
    "environment", [{}, {"DEBUG": "1"}, {"PUBLIC_URL": "https://gallery.example.org", "BEHIND_PROXY": "1"}]
)
def test_a_safe_one_opens(load, environment):
    assert load(**environment).returncode == 0
