"""A database knows which gallery's it is, and MEDIA_ROOT of a gallery that was there before, whose it is."""

import logging
import os
import uuid
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.db import migrations, models

OWNER_FILE = "database.txt"
TEXT = """{key}
The pictures here belong to the gallery's database with this key. Keep this file with them, also in backups.
"""
PICTURES = {"ContentImage": "file", "StyleImage": "file", "Artwork": "result"}


def note_whose_pictures(apps, schema_editor):
    key = apps.get_model("gallery", "Installation").objects.create(number=1).key
    folder = Path(settings.MEDIA_ROOT)
    if (folder / OWNER_FILE).exists() or not _are_ours(apps, folder):
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / OWNER_FILE).write_text(TEXT.format(key=key), encoding="utf-8")
    except OSError:
        logging.getLogger(__name__).warning("Whose pictures lie in %s could not be noted.", folder, exc_info=True)


def _are_ours(apps, folder):
    """Whether this database names pictures that are there, each called by chance. Bundled ones are called alike in all
    galleries: where it knows no others, it must know all that is there, which is also so where nothing is."""
    if any((folder / name).is_file() for name in _named(apps, is_example=False)):
        return True
    known = set(_named(apps, is_example=True))
    there = (
        Path(parent, name).relative_to(folder).as_posix()
        for kind in ("content", "style", "results")
        for parent, _, names in os.walk(folder / kind)
        for name in names
        if not name.startswith(".")
    )
    return all(name in known for name in there)


def _named(apps, **which):
    return chain.from_iterable(
        apps.get_model("gallery", model).objects.filter(**which).exclude(**{field: ""}).values_list(field, flat=True)
        for model, field in PICTURES.items()
    )


class Migration(migrations.Migration):
    dependencies = [("gallery", "0021_steps_reached")]
    operations = [
        migrations.CreateModel(
            "Installation",
            [
                (
                    "number",
                    models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False),
                ),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(number=1), name="installation_one")],
            },
        ),
        migrations.RunPython(note_whose_pictures, migrations.RunPython.noop),
    ]
