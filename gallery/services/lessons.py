"""What a lesson learns on, and how far one that has ended without success has come."""

import hashlib
import json
from pathlib import Path

from django.conf import settings

from gallery.models import ContentImage, StyleModel

MAX_OWN_PHOTOS = 200
REACHED = "reached.json"


def lesson_folder(model: StyleModel) -> Path:
    """Where the checkpoints of a style being learnt lie."""
    return Path(settings.MEDIA_ROOT) / "lessons" / str(model.pk)


def lesson_photos(model: StyleModel) -> list[ContentImage]:
    """The photos to practise on: its owner's, the newest first, and the gallery's.

    Those that came after it was asked for are not among them: who paints a photo meanwhile loses nothing of the lesson.
    """
    own = ContentImage.objects.owned_by(model.owner).filter(created_at__lte=model.created_at)
    return [*own.order_by("-created_at", "pk")[:MAX_OWN_PHOTOS], *ContentImage.objects.examples()]


def lesson_identity(model: StyleModel) -> str:
    """Changes with all that a person may change of a lesson: with another one, a checkpoint is of no use."""
    photos = [str(photo.pk) for photo in lesson_photos(model)]
    pictures = [str(picture.pk) for picture in model.pictures.order_by("created_at", "pk")]
    length = [settings.LESSON_STEPS, settings.LESSON_BATCH_SIZE]
    return hashlib.sha256(json.dumps([photos, pictures, model.network.sha256, length]).encode()).hexdigest()


def note_reached(model: StyleModel, identity: str, step: int) -> None:
    """Write beside a checkpoint how far it is, for pages, which cannot read it."""
    note = {"identity": identity, "step": step}
    (lesson_folder(model) / REACHED).write_text(json.dumps(note), encoding="utf-8")


def reached_percent(model: StyleModel) -> int:
    """Where a lesson would go on; 0 where it would begin from the start."""
    try:
        note = json.loads((lesson_folder(model) / REACHED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
    if note["identity"] != lesson_identity(model):
        return 0
    return min(100, 100 * note["step"] // settings.LESSON_STEPS)
