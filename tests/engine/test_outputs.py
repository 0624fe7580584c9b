import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stylize_engine.errors import ConfigurationError, OutputError
from stylize_engine.outputs import check_place, folder_for, unfinished, write_whole
from tests.engine.full_disk import full_disk

ROOT = Path(__file__).resolve().parents[2]


def names(folder):
    return [path.name for path in folder.iterdir()]


def hidden_part(folder):
    """The name of a part of the file `result`, while it is written."""
    with unfinished(folder / "result") as part:
        part.write_bytes(b"")
    (folder / "result").unlink()
    return part.name


def test_a_file_takes_the_place_of_an_older_one(tmp_path):
    for content in (b"older", b"newer"):
        write_whole(tmp_path / "result", content)
    assert (tmp_path / "result").read_bytes() == b"newer"
    assert names(tmp_path) == ["result"]


def test_where_there_is_no_room_the_older_file_stays_and_the_error_says_what_to_do(tmp_path):
    write_whole(tmp_path / "result", b"older")
    with full_disk(), pytest.raises(OutputError, match=r"result cannot be written \(File too large\); make room"):
        write_whole(tmp_path / "result", bytes(4096))
    assert (tmp_path / "result").read_bytes() == b"older"
    assert names(tmp_path) == ["result"]


def test_two_who_write_the_same_file_do_not_disturb_one_another(tmp_path):
    with unfinished(tmp_path / "result") as part:
        part.write_bytes(b"begun")
        write_whole(tmp_path / "result", b"written meanwhile")
        assert (tmp_path / "result").read_bytes() == b"written meanwhile"
        part.write_bytes(b"finished")
    assert (tmp_path / "result").read_bytes() == b"finished"
    assert names(tmp_path) == ["result"]


KILLED = """
import os, signal, sys
from pathlib import Path
from stylize_engine.outputs import unfinished

with unfinished(Path(sys.argv[1])) as part:
    part.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_process_has_left_goes_when_the_same_file_is_written_again(tmp_path):
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "result")], cwd=ROOT)
    assert killed.returncode == -signal.SIGKILL
    assert [name.endswith(".part") for name in names(tmp_path)] == [True]
    write_whole(tmp_path / "other", b"content")
    assert len(names(tmp_path)) == 2, "only its own name tells whose it was"
    write_whole(tmp_path / "result", b"whole")
    assert sorted(names(tmp_path)) == ["other", "result"]


def test_a_file_that_ends_like_one_not_complete_but_has_another_name_stays(tmp_path):
    part = hidden_part(tmp_path)
    for name in (part.replace(".part", ".draft.part"), part[:17] + ".part", part.lstrip(".")):
        (tmp_path / name).write_bytes(b"somebody's")
    write_whole(tmp_path / "result", b"content")
    assert len(names(tmp_path)) == 4


def test_a_part_that_is_cleared_before_its_writer_has_locked_it_is_begun_anew(tmp_path, monkeypatch):
    lock, cleared = fcntl.flock, []

    def clear_first(file, how):
        if how == fcntl.LOCK_EX and not cleared:
            cleared.extend(tmp_path.iterdir())
            cleared[0].unlink()
        lock(file, how)

    monkeypatch.setattr(fcntl, "flock", clear_first)
    write_whole(tmp_path / "result", b"content")
    assert len(cleared) == 1
    assert (tmp_path / "result").read_bytes() == b"content"


def test_where_files_cannot_be_locked_they_are_written_and_nothing_is_cleared(tmp_path, monkeypatch):
    name = hidden_part(tmp_path)
    (tmp_path / name).write_bytes(b"perhaps still written to")

    def refuse(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    write_whole(tmp_path / "result", b"content")
    assert sorted(names(tmp_path)) == [name, "result"]


def test_a_folder_that_stands_in_the_way_is_named(tmp_path):
    (tmp_path / "result").mkdir()
    with pytest.raises(OutputError, match=r"result cannot be written \(Is a directory\)"):
        write_whole(tmp_path / "result", b"content")


def test_the_longest_name_there_is_can_be_written(tmp_path):
    name = "n" * 255
    check_place(tmp_path / name)
    write_whole(tmp_path / name, b"content")
    assert names(tmp_path) == [name]
    for write in (check_place, lambda path: unfinished(path).__enter__()):
        with pytest.raises(OSError, match="File name too long"):
            write(tmp_path / (name + "n"))
    assert names(tmp_path) == [name]


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to("far/result")
    for content in (b"first", b"second"):
        check_place(tmp_path / "link")
        write_whole(tmp_path / "link", content)
        assert (tmp_path / "far" / "result").read_bytes() == content
    assert (tmp_path / "link").is_symlink()
    assert [names(tmp_path / "far"), sorted(names(tmp_path))] == [["result"], ["far", "link"]]


@pytest.mark.parametrize("kind", ["pipe", "device", "circle"])
def test_what_is_no_file_stays_what_it_is(tmp_path, kind):
    path = tmp_path / kind
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"device": "/dev/null", "circle": "circle"}[kind])
    before = path.lstat()
    with pytest.raises(OSError, match="it is no regular file"):
        check_place(path)
    with pytest.raises(OutputError, match=f"{kind} cannot be written \\(it is no regular file\\); make room there"):
        write_whole(path, b"content")
    assert path.lstat() == before
    assert names(tmp_path) == [kind]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_what_a_program_prints_into_is_not_replaced_beneath_it(tmp_path, name):
    script = f"from stylize_engine.outputs import *; print('told'); write_whole(Path('{name}'), b'content')"
    with (tmp_path / "log").open("w") as log:
        done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, stdout=log, stderr=subprocess.PIPE, text=True)
    assert f"OutputError: {name} cannot be written (it is no regular file)" in done.stderr
    assert (tmp_path / "log").read_text() == "told\n"


def test_a_folder_stays_where_something_was_written_into_it(tmp_path):
    with folder_for(tmp_path / "new" / "results", "samples"):
        (tmp_path / "new" / "results" / "losses.json").write_text("{}")
    assert (tmp_path / "new" / "results" / "samples").is_dir()


def test_of_what_fails_only_new_and_empty_folders_go_again(tmp_path):
    (tmp_path / "older").mkdir()
    (tmp_path / "older" / "log").write_text("refused")
    for output in ("older", "older/new", "new"):
        with pytest.raises(ValueError), folder_for(tmp_path / output, "samples"):
            raise ValueError
    assert names(tmp_path) == ["older"]
    assert names(tmp_path / "older") == ["log"]


def test_a_file_is_no_folder_and_nothing_is_made_beside_it(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="cannot be a folder"), folder_for(tmp_path / "file" / "results"):
        pass
    assert names(tmp_path) == ["file"]
