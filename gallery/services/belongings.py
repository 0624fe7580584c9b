"""What a person takes along of what is theirs in the gallery, as one zip that is written while it is sent."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import PurePath

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.text import slugify
from zipstream import ZipStream

from gallery.models import Artwork, ContentImage, StyleImage, StyleModel

ABOUT = "about.json"
# File systems take names of 255 bytes, and a letter may be four.
MAX_TITLE_BYTES = 180


def belongings_of(person) -> ZipStream:
    """Photos, paintings and artworks in a folder each, and in `about.json` what the gallery knows of them and of the
    styles that were taught. Its length in bytes is known before it is sent; it ends early where one of them is deleted
    meanwhile."""
    archive = ZipStream(sized=True)
    about = {
        "username": person.get_username(),
        "email": person.email,
        "joined": person.date_joined,
        "photos": [_source(archive, "photos", image) for image in _uploaded(ContentImage, person)],
        "paintings": [_source(archive, "paintings", image) for image in _uploaded(StyleImage, person)],
        "artworks": [_artwork(archive, artwork, person) for artwork in _artworks(person)],
        "styles": [_style(style) for style in StyleModel.objects.owned_by(person).prefetch_related("pictures")],
    }
    archive.add(json.dumps(about, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2), ABOUT)
    return archive


def _uploaded(model: type[ContentImage | StyleImage], person) -> Iterator[ContentImage | StyleImage]:
    return model.objects.owned_by(person).iterator()


def _artworks(person) -> Iterator[Artwork]:
    return Artwork.objects.owned_by(person).for_cards().defer("loss_history", "provenance").iterator(chunk_size=100)


def _added(archive: ZipStream, folder: str, record, file) -> str | None:
    """The name in the archive that a picture gets; None where there is no file."""
    if not file:
        return None
    title = slugify(record.title, allow_unicode=True).encode()[:MAX_TITLE_BYTES].decode(errors="ignore") or "untitled"
    name = f"{folder}/{title}-{record.pk}{PurePath(file.name).suffix}"
    with suppress(FileNotFoundError):
        archive.add_path(file.path, name)
        return name
    return None


def _source(archive: ZipStream, folder: str, image: ContentImage | StyleImage) -> dict:
    names = ("title", "alt_text", "credit", "width", "height", "created_at")
    return {"file": _added(archive, folder, image, image.file), **{name: getattr(image, name) for name in names}}


def _artwork(archive: ZipStream, artwork: Artwork, person) -> dict:
    names = ("title", "alt_text", "visibility", "created_at", "published_at", "method", "parameters")
    return {
        "file": _added(archive, "artworks", artwork, artwork.result),
        "photo": artwork.content.title if artwork.content else None,
        "painted_like": [
            {"title": used.source.title if used.source.is_visible_to(person) else None, "share": used.weight}
            for used in artwork.artworkstyle_set.all()
        ],
        **{name: getattr(artwork, name) for name in names},
    }


def _style(style: StyleModel) -> dict:
    names = ("title", "credit", "slug", "state", "created_at", "published_at")
    pictures = [picture.title for picture in style.pictures.all()]
    return {"learnt_from": pictures, **{name: getattr(style, name) for name in names}}
