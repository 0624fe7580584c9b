from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import migrations, models


def fill_sizes(apps, schema_editor):
    """What was painted before counts like what is painted from now on; what has no file any more counts nothing."""
    artworks, experiments = (apps.get_model("gallery", name).objects for name in ("Artwork", "Experiment"))
    for pk, result in list(artworks.exclude(result="").values_list("pk", "result")):
        with suppress(FileNotFoundError):
            artworks.filter(pk=pk).update(byte_size=default_storage.size(result))
    for pk in list(experiments.values_list("pk", flat=True)):
        files = (Path(settings.MEDIA_ROOT) / "experiments" / str(pk)).rglob("*")
        experiments.filter(pk=pk).update(byte_size=sum(path.stat().st_size for path in files if path.is_file()))


class Migration(migrations.Migration):
    dependencies = [
        ("gallery", "0010_styles_handed_over"),
    ]

    operations = [
        migrations.AddField(
            model_name="artwork",
            name="byte_size",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="experiment",
            name="byte_size",
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.RunPython(fill_sizes, migrations.RunPython.noop, elidable=True),
    ]
