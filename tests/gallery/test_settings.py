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


@pytest.mark.parametrize(("url", "kind"), [("", "LocMemCache"), ("redis://127.0.0.1:6379/0", "RedisCache")])
def test_requests_are_counted_where_none_of_two_at_once_is_lost(read, url, kind):
    assert read("settings.CACHES['rates']['BACKEND']", REDIS_URL=url).endswith(kind)


def test_the_database_is_for_the_gallerys_user_alone(read, tmp_path):
    before = os.umask(0o022)
    read("1")
    os.umask(before)
    assert (tmp_path / "gallery.sqlite3").stat().st_mode & 0o077 == 0


def test_further_host_names_leave_the_usual_ones_allowed(read):
    environment = {"PUBLIC_URL": "http://gallery.example.org", "ALLOWED_HOSTS": "www.example.org,example.org"}
    hosts = read("settings.ALLOWED_HOSTS", **environment)
    assert set(hosts) == {
        "localhost", "127.0.0.1", "[::1]", "gallery.example.org", "www.example.org", "example.org",
    }  # fmt: skip


def test_a_file_that_holds_a_value_may_end_in_a_line_end(read, tmp_path):
    values = {"ADMIN_PASSWORD": "correct horse ", "DEFAULT_FROM_EMAIL": "gallery@example.org", "API_TOKEN_DAYS": "7"}
    for name, value in values.items():
        (tmp_path / name).write_bytes(value.encode() + b"\r\n")
    named = "[settings.ADMIN_PASSWORD, settings.DEFAULT_FROM_EMAIL, settings.API_TOKEN_DAYS]"
    found = read(named, **{f"{name}_FILE": str(tmp_path / name) for name in values})
    assert found == ["correct horse ", "gallery@example.org", 7]


def test_a_value_that_begins_with_a_dollar_is_taken_as_it_stands_there(read):
    assert read("settings.ADMIN_PASSWORD", ADMIN_PASSWORD="$HOME sweet home", HOME="elsewhere") == "$HOME sweet home"


def test_lists_may_have_blanks_around_their_commas(read):
    lists = {"ALLOWED_HOSTS": "a.org, b.org ,", "TRAINING_FOLDERS": "/a, /b c", "START_CLUSTERS": "optimize, training"}
    listed = "[settings.ALLOWED_HOSTS[-2:], settings.TRAINING_FOLDERS, settings.START_CLUSTERS]"
    assert read(listed, **lists) == [["a.org", "b.org"], ["/a", "/b c"], ["optimize", "training"]]


def test_limits_below_the_usual_values_are_these_where_nothing_is_given(read):
    def values(module: str, *names: str) -> str:
        return ", ".join(f"__import__('{module}', fromlist=['x']).{name}" for name in names)

    usual = [
        values("gallery.web.tokens", "TokenForm().fields['days'].initial"),
        values("gallery.admin.studio.options", "PRESETS['style']['steps']", "PRESETS['network']['steps']"),
        values("gallery.services.grids", "DEFAULT_TRAINING_STEPS"),
    ]
    limits = {"API_TOKEN_DAYS": "30", "MAX_TRAINING_STEPS": "90"}
    assert read(f"[{', '.join(usual)}]", **limits) == [30, 90, 90, 90]


def test_folders_are_the_same_however_they_are_named(read, tmp_path):
    (tmp_path / "below").mkdir()
    beside = str(tmp_path / "below" / ".." / "media")
    assert read("str(settings.MEDIA_ROOT)", MEDIA_ROOT=beside) == str((tmp_path / "media").resolve())
    assert read("str(settings.MEDIA_ROOT)", MEDIA_ROOT="media") == str(ROOT / "media")
