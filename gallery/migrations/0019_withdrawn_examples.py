"""Bundled artworks that are private were withdrawn, before that was noted."""

from django.db import migrations
from django.utils import timezone


def note_withdrawn(apps, schema_editor):
    private = apps.get_model("gallery", "Artwork").objects.filter(is_example=True, visibility="private")
    private.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("gallery", "0018_tokens_made_with_tokens")]
    operations = [migrations.RunPython(note_withdrawn, migrations.RunPython.noop)]
