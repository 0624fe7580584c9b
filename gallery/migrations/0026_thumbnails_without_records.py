"""Thumbnails are found by the name of their picture now; the records that told where they are go."""

from django.db import migrations


def forget_records(apps, schema_editor):
    apps.get_model("thumbnail", "KVStore").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("gallery", "0025_share_of_work"), ("thumbnail", "0001_initial")]
    operations = [migrations.RunPython(forget_records, migrations.RunPython.noop)]
