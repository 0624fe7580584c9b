"""The records of thumbnails, which stay in the database, make room in the cache that they have filled."""

import logging

from django.core.cache import cache
from django.db import migrations


def make_room(apps, schema_editor):
    keys = list(apps.get_model("thumbnail", "KVStore").objects.values_list("key", flat=True))
    try:
        cache.delete_many(keys)
    except Exception:
        logging.getLogger(__name__).warning("The cache cannot be reached; records of thumbnails stay.", exc_info=True)


class Migration(migrations.Migration):
    dependencies = [("gallery", "0023_paintings_of_trained_styles"), ("thumbnail", "0001_initial")]
    operations = [migrations.RunPython(make_room, migrations.RunPython.noop)]
