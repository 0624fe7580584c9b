"""Takes the comments out of stored JPEGs: earlier versions kept them, and a photo may be shown to strangers."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import sorl.thumbnail
from django.db import migrations

BEGIN, START_OF_SCAN, COMMENT = b"\xff\xd8", 0xDA, 0xFE


def without_comments(jpeg):
    """The file without its COM segments; nothing is decoded, so that the picture stays what it was. What cannot be
    followed, as in a damaged file, stays too."""
    if not jpeg.startswith(BEGIN):
        return jpeg
    kept, position = bytearray(BEGIN), len(BEGIN)
    while position + 4 <= len(jpeg) and jpeg[position] == 0xFF and jpeg[position + 1] != START_OF_SCAN:
        end = position + 2 + int.from_bytes(jpeg[position + 2 : position + 4])
        if jpeg[position + 1] != COMMENT:
            kept += jpeg[position:end]
        position = end
    return bytes(kept) + jpeg[position:]


def take_out_comments(apps, schema_editor):
    for name in ("ContentImage", "StyleImage"):
        for image in apps.get_model("gallery", name).objects.filter(file__endswith=".jpg").iterator():
            path = Path(image.file.path)
            if not path.is_file():
                continue
            stored = path.read_bytes()
            clean = without_comments(stored)
            if clean != stored:
                _replace(path, clean)
                image.byte_size = len(clean)
                image.save(update_fields=["byte_size"])
                sorl.thumbnail.delete(image.file, delete_file=False)


def _replace(path, data):
    """Whole or not at all, for whoever may read it now."""
    new = path.with_suffix(".part")
    new.write_bytes(data)
    shutil.copystat(path, new)
    before = path.stat()
    if (before.st_uid, before.st_gid) != (new.stat().st_uid, new.stat().st_gid):
        try:
            os.chown(new, before.st_uid, before.st_gid)
        except PermissionError:  # whoever upgrades may write here without being able to give files away
            with suppress(PermissionError):
                os.chown(new, -1, before.st_gid)  # the gallery's group reads them
    os.replace(new, path)


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0001_squashed_0014_words_of_the_administration"),
        ("thumbnail", "0001_initial"),
    ]
    operations = [migrations.RunPython(take_out_comments, migrations.RunPython.noop)]
