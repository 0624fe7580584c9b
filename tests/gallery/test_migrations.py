import pytest
from django.core.management import call_command
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader

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
