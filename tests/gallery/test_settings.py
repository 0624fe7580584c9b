"""What the environment makes of the settings, read in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def read(tmp_path):
    """The value of an expression under the gallery's own settings and that environment."""

    def read_it(expression: str, **environment: str):
        code = f"import django, json; django.setup(); from django.conf import settings; print(json.dumps({expression}))"
        own = {"DJANGO_SETTINGS_MODULE": "gallery.settings", "DATA_DIR": str(tmp_path), "PATH": os.environ["PATH"]}
        command = [sys.executable, "-c", code]
        return json.loads(subprocess.check_output(command, cwd=ROOT, env=own | environment, timeout=120))

    return read_it


@pytest.mark.parametrize(("behind_proxy", "trusted"), [("0", 0), ("1", 1)])
def test_a_proxy_in_front_is_the_only_one_believed_about_addresses(read, behind_proxy, trusted):
    counts = (
        "[__import__('rest_framework.settings').settings.api_settings.NUM_PROXIES,"
        " __import__('allauth.app_settings').app_settings.TRUSTED_PROXY_COUNT]"
    )
    assert read(counts, BEHIND_PROXY=behind_proxy) == [trusted, trusted]


def test_further_host_names_leave_the_usual_ones_allowed(read):
    environment = {"PUBLIC_URL": "http://gallery.example.org", "ALLOWED_HOSTS": "www.example.org,example.org"}
    hosts = read("settings.ALLOWED_HOSTS", **environment)
    assert set(hosts) == {
        "localhost", "127.0.0.1", "[::1]", "gallery.example.org", "www.example.org", "example.org",
    }  # fmt: skip
