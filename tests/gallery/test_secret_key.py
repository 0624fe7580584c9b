import pytest

from gallery.secret_key import read_or_create_secret_key


def test_a_key_is_made_once_and_kept_private(tmp_path):
    path = tmp_path / "var" / "secret_key"
    key = read_or_create_secret_key(path)
    assert len(key) >= 50
    assert read_or_create_secret_key(path) == key
    assert path.stat().st_mode & 0o077 == 0


def test_an_empty_key_file_is_refused(tmp_path):
    (tmp_path / "secret_key").touch()
    with pytest.raises(RuntimeError, match="empty"):
        read_or_create_secret_key(tmp_path / "secret_key")
