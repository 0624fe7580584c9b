"""Who may read what the gallery's processes write, in a process of their own, for a mask holds for all of one."""

import os
import subprocess
import sys

import pytest

WRITE = """
import pathlib, sys
from gallery.private_files import keep_from_others
from stylize_engine.outputs import write_whole
folder = pathlib.Path(sys.argv[1])
keep_from_others(folder)
(folder / "results").mkdir(parents=True)
write_whole(folder / "results" / "picture.jpg", b"painted")
"""


def mode_of(path) -> str:
    return oct(path.stat().st_mode & 0o777)


@pytest.mark.parametrize(
    ("mask", "folder", "file"), [(0o022, "0o750", "0o640"), (0o002, "0o770", "0o660"), (0o077, "0o700", "0o600")]
)
def test_what_is_written_is_not_for_others_and_for_the_group_as_its_user_wants(tmp_path, mask, folder, file):
    subprocess.run([sys.executable, "-c", WRITE, str(tmp_path / "media")], check=True, umask=mask)
    results = tmp_path / "media" / "results"
    assert (mode_of(results.parent), mode_of(results)) == (folder, folder)
    assert mode_of(results / "picture.jpg") == file


def test_a_folder_that_was_open_to_everybody_is_closed_to_others(tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media").chmod(0o775)
    subprocess.run([sys.executable, "-c", WRITE, str(tmp_path / "media")], check=True)
    assert mode_of(tmp_path / "media") == "0o770"


def test_every_process_that_reads_the_settings_keeps_its_files_from_others(tmp_path):
    code = "import django; django.setup(); import os; print(oct(os.umask(0)))"
    own = {"DATA_DIR": str(tmp_path / "data"), "MEDIA_ROOT": str(tmp_path / "media")}
    environment = os.environ | own | {"DJANGO_SETTINGS_MODULE": "gallery.settings"}
    told = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True, umask=0o022)
    assert told.strip() == "0o27"
    assert mode_of(tmp_path / "data") == "0o750"
