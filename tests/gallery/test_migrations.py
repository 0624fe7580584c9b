import os
import tempfile
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from PIL import Image

from gallery.models import StyleModel

NEW, GROWN = "0001_squashed_0014_words_of_the_administration", "0014_words_of_the_administration"


@pytest.mark.django_db
def test_the_migrations_bring_what_the_models_say():
    call_command("makemigrations", "--check", "--dry-run")


def test_a_new_gallery_has_the_tables_of_one_that_grew_step_by_step():
    def state(name):
        return MigrationLoader(None, replace_migrations=name == NEW).project_state(("gallery", name))

    grown, new = state(GROWN), state(NEW)
    assert ("gallery", "artwork") in grown.models
    for before, after in ((grown, new), (new, grown)):
        assert MigrationAutodetector(before, after)._detect_changes() == {}


@pytest.mark.django_db
def test_comments_that_were_stored_once_are_taken_out_and_the_picture_stays(ada, make_photo):
    told, plain = make_photo(ada), make_photo(ada, "navy")
    untouched = Path(plain.file.path).read_bytes()
    with Image.open(told.file.path) as picture:
        picture.save(told.file.path, comment=b"Ann, 12 Elm Street", quality="keep")
    with Image.open(told.file.path) as picture:
        pixels = picture.tobytes()
        assert "comment" in picture.info
    os.chmod(told.file.path, 0o640)
    mode = Path(told.file.path).stat().st_mode
    import_module("gallery.migrations.0015_photos_without_comments").take_out_comments(apps, None)
    assert Path(told.file.path).stat().st_mode == mode
    with Image.open(told.file.path) as picture:
        assert "comment" not in picture.info
        assert picture.tobytes() == pixels
    told.refresh_from_db()
    assert told.byte_size == told.file.size
    assert Path(plain.file.path).read_bytes() == untouched


@pytest.mark.django_db
def test_styles_that_trainings_made_once_know_their_paintings_by_themselves(ada, make_training, make_painting, trained):
    teaching = {"waves": [make_painting(ada)], "dusk": [make_painting(ada, "navy"), make_painting(ada, "red")]}
    run, (waves, unknown) = make_training(ada, styles=teaching), trained
    slug = waves.slug_from("dusk", teaching["dusk"])
    StyleModel.objects.filter(pk=waves.pk).update(training_run=run, slug=slug)
    StyleModel.objects.filter(pk=unknown.pk).update(training_run=run, slug="renamed")
    import_module("gallery.migrations.0023_paintings_of_trained_styles").note_paintings(apps, None)
    assert set(waves.paintings()) == set(teaching["dusk"])
    assert unknown.paintings() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file somebody else's")
def test_a_photo_of_an_owner_to_whom_the_upgrade_may_give_nothing_is_written_anew_all_the_same():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        photo = Path(folder) / "photo.jpg"
        photo.write_bytes(b"told")
        os.chown(photo, 12345, 12345)
        os.chmod(photo, 0o640)
        group, groups = os.getegid(), os.getgroups()
        os.setgroups([12345])
        os.setegid(54321)
        os.seteuid(54321)
        try:
            import_module("gallery.migrations.0015_photos_without_comments")._replace(photo, b"plain")
        finally:
            os.seteuid(0)
            os.setegid(group)
            os.setgroups(groups)
        assert (photo.read_bytes(), photo.stat().st_mode & 0o777) == (b"plain", 0o640)
        assert photo.stat().st_gid == 12345, "its group reads it as before"
        assert list(Path(folder).iterdir()) == [photo]


@pytest.mark.parametrize("damaged", [b"", b"\xff\xd8\xff", b"\0" * 500, b"\xff\xd8\xff\xe0\xff\xff", b"no picture"])
def test_a_damaged_photo_stays_as_it_is(damaged):
    assert import_module("gallery.migrations.0015_photos_without_comments").without_comments(damaged) == damaged


@pytest.mark.django_db
def test_bundled_artworks_that_were_withdrawn_once_may_be_allowed_again(ada, make_painted):
    withdrawn, own = make_painted(ada), make_painted(ada)
    type(own).objects.filter(pk=withdrawn.pk).update(owner=None, is_example=True)
    import_module("gallery.migrations.0019_withdrawn_examples").note_withdrawn(apps, None)
    for artwork in (withdrawn, own):
        artwork.refresh_from_db()
    assert withdrawn.withdrawn_at
    assert own.withdrawn_at is None
