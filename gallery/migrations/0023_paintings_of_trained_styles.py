"""Styles that trainings have made know their paintings by themselves, as those do that are taught in lessons."""

from django.db import migrations
from django.utils.text import slugify


def note_paintings(apps, schema_editor):
    learnt = apps.get_model("gallery", "StyleModel").objects.exclude(training_run=None).filter(pictures=None)
    for style in learnt.only("pk", "slug", "training_run"):
        taught = {}
        for part in style.training_run.trainingstyle_set.select_related("picture").order_by("position"):
            taught.setdefault(part.name, []).append(part.picture)
        possible = [pictures for name, pictures in taught.items() if _slug(style, name, pictures) == style.slug]
        if len(possible) == 1:
            style.pictures.set(possible[0])


def _slug(style, name, pictures):
    """As `StyleModel.slug_from`."""
    words = slugify(name)[:80]
    private = {slugify(picture.title)[:80] for picture in pictures if not picture.is_example}
    return f"{words if words and words not in private else 'style'}-{style.pk.hex[:8]}"


class Migration(migrations.Migration):
    dependencies = [("gallery", "0022_whose_pictures")]
    operations = [migrations.RunPython(note_paintings, migrations.RunPython.noop)]
