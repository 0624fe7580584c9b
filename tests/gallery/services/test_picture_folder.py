"""Whose pictures lie in MEDIA_ROOT, where databases and folders are mixed up."""

import logging
import os
import time
import uuid
from importlib import import_module

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.management import CommandError, call_command

from gallery import checks
from gallery.models import ContentImage, Installation
from gallery.services import status
from gallery.services.cleanup import sweep_files
from gallery.services.picture_folder import OWNER_FILE, adopt_folder, claim_empty_folder, why_not_ours
from tests.processes import free_port

pytestmark = pytest.mark.django_db
LONG_AGO = time.time() - 7200


@pytest.fixture(autouse=True)
def nothing_told():
    cache.clear()


@pytest.fixture
def pictures(media_root):
    """Photos that this database knows nothing of, and how many of them are left."""
    for number in range(3):
        path = media_root / "content" / f"{uuid.uuid4()}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        os.utime(path, (LONG_AGO, LONG_AGO))
    return lambda: len(list((media_root / "content").iterdir()))


def upgrade():
    """As the migration does it in a database that was there before."""
    Installation.objects.all().delete()
    import_module("gallery.migrations.0022_whose_pictures").note_whose_pictures(apps, None)


def use_another_database():
    Installation.objects.update(key=uuid.uuid4())


def test_a_new_gallery_takes_an_empty_folder_for_its_own(media_root):
    claim_empty_folder()
    assert (media_root / OWNER_FILE).read_text().startswith(f"{Installation.objects.get().key}\n")
    assert why_not_ours() == ""


def test_a_folder_with_hidden_files_alone_is_empty(media_root):
    (media_root / "content").mkdir(parents=True)
    (media_root / "content" / ".DS_Store").write_bytes(b"x")
    claim_empty_folder()
    assert why_not_ours() == ""


def test_where_the_owner_of_a_folder_cannot_be_read_nothing_is_deleted(pictures, media_root):
    (media_root / OWNER_FILE).symlink_to("/proc/self/mem")  # an input/output error for whoever reads it
    assert sweep_files() == 0
    assert pictures() == 3
    assert "belong to another database" in why_not_ours()


def test_pictures_beside_a_new_database_stay_until_the_folder_is_adopted(pictures, capsys):
    assert sweep_files() == 0
    assert pictures() == 3
    assert "not known to belong to this database" in why_not_ours()
    call_command("adopt_pictures")
    assert sweep_files() == 3
    assert pictures() == 0


def test_pictures_of_another_database_stay(pictures):
    adopt_folder()
    use_another_database()
    assert sweep_files() == 0
    assert pictures() == 3
    assert "belong to another database" in why_not_ours()


def test_what_is_not_deleted_is_logged_once_and_told_on_the_status_page_and_by_the_check(pictures, caplog):
    with caplog.at_level(logging.WARNING):
        sweep_files()
        sweep_files()
    assert caplog.text.count("manage.py adopt_pictures") == 1
    assert why_not_ours() in status.read_status().warnings
    assert [(found.id, found.msg) for found in checks.check_pictures(None)] == [("gallery.W003", why_not_ours())]
    call_command("adopt_pictures")
    assert why_not_ours() not in status.read_status().warnings
    assert status.read_status().held_back == ""
    assert checks.check_pictures(None) == []


def test_a_gallery_does_not_open_among_the_pictures_of_another(pictures, media_root):
    with pytest.raises(CommandError, match="not known to belong to this database"):
        call_command("start", bind=f"127.0.0.1:{free_port()}")
    assert not ContentImage.objects.exists()
    assert not (media_root / OWNER_FILE).exists()


def test_an_upgrade_knows_the_folder_by_a_photo_that_it_names(ada, make_photo, pictures, media_root):
    make_photo(ada)
    upgrade()
    assert why_not_ours() == ""
    assert sweep_files() == 3
    assert pictures() == 1


def test_an_upgrade_knows_a_folder_with_bundled_pictures_alone(example_photo, media_root):
    upgrade()
    assert (media_root / OWNER_FILE).exists()


def test_an_upgrade_does_not_know_a_folder_by_bundled_pictures_which_all_galleries_have(
    example_photo, pictures, media_root
):
    upgrade()
    assert not (media_root / OWNER_FILE).exists()
    assert sweep_files() == 0
    assert pictures() == 4


def test_an_upgrade_does_not_take_the_folder_that_another_database_has(ada, make_photo, media_root):
    make_photo(ada)
    adopt_folder()
    upgrade()
    assert "belong to another database" in why_not_ours()


def test_both_restored_from_before_and_upgraded_belong_together(ada, make_photo, media_root):
    make_photo(ada)
    upgrade()
    use_another_database()  # which nobody has looked at since
    (media_root / OWNER_FILE).unlink()
    upgrade()
    assert why_not_ours() == ""


def test_a_folder_that_cannot_be_written_is_nobodys(settings, tmp_path, caplog):
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    claim_empty_folder()
    assert "could not be noted" in caplog.text
    assert sweep_files() == 0


def old_files(media_root, named, unnamed, owner, make_photo):
    adopt_folder()
    for number in range(named):
        make_photo(owner, size=(64 + number, 64))
    for number in range(unnamed):
        (media_root / "content" / f"{number}.jpg").write_bytes(b"x")
    for path in (media_root / "content").iterdir():
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.mark.parametrize(("named", "unnamed", "swept"), [(1, 20, 20), (3, 21, 0), (22, 21, 21)])
def test_a_sweep_that_would_take_nearly_all_is_refused_and_a_few_or_the_lesser_part_go(
    ada, make_photo, media_root, named, unnamed, swept
):
    old_files(media_root, named, unnamed, ada, make_photo)
    assert sweep_files() == swept
    assert len(list((media_root / "content").iterdir())) == named + unnamed - swept


def test_a_refused_sweep_is_told_and_may_be_done_all_the_same(ada, make_photo, media_root, caplog):
    old_files(media_root, 3, 21, ada, make_photo)
    sweep_files()
    (told,) = [line for line in status.read_status().warnings if "--even-most" in line]
    assert told.startswith("Of 24 old files in MEDIA_ROOT")
    assert told in caplog.text
    call_command("reap", even_most=True)
    assert len(list((media_root / "content").iterdir())) == 3
    assert status.read_status().held_back == ""
