import os
import sqlite3

import pytest

from gallery.database_file import keep_private


@pytest.fixture(autouse=True)
def open_to_everybody():
    """The usual mask, with which what is written may be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def write_to(path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE secrets (word)")
    connection.commit()
    return connection


def modes(folder) -> set[str]:
    return {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


def test_a_new_database_and_what_sqlite_writes_beside_it_are_for_its_owner_alone(tmp_path):
    keep_private(tmp_path / "gallery.sqlite3")
    connection = write_to(tmp_path / "gallery.sqlite3")
    assert len(list(tmp_path.iterdir())) == 3
    assert modes(tmp_path) == {"0o600"}
    connection.close()


def test_one_that_everybody_could_read_is_closed_to_others_while_it_is_open(tmp_path):
    connection = write_to(tmp_path / "gallery.sqlite3")
    assert modes(tmp_path) == {"0o644"}
    keep_private(tmp_path / "gallery.sqlite3")
    assert len(list(tmp_path.iterdir())) == 3
    assert modes(tmp_path) == {"0o640"}
    assert connection.execute("SELECT count(*) FROM secrets").fetchone() == (0,)
    connection.close()


def test_a_folder_that_is_not_there_is_left_to_sqlite(tmp_path):
    keep_private(tmp_path / "nowhere" / "gallery.sqlite3")
    assert list(tmp_path.iterdir()) == []
