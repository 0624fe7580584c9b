"""What a person takes along of what is theirs in the gallery, as one zip that is written while it is sent."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePath

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.text import slugify
from zipstream import ZipStream

from gallery.models import Artwork, ContentImage, Experiment, StyleImage, StyleModel
from stylize_engine.config.grids import SHEET, TABLE, trial_name

ABOUT = "about.json"
# File systems take names of 255 bytes, and a letter may be four.
MAX_TITLE_BYTES = 180


class Archive(ZipStream):
    """A zip in which everything is called after its title."""

    def __init__(self):
        super().__init__(sized=True)
        self._taken = Counter()

    def name_for(self, folder: str, title: str, ending: str = "") -> str:
        """A name that nothing else in the archive has; where titles are equal, the later ones have a number."""
        stem = slugify(title, allow_unicode=True).encode()[:MAX_TITLE_BYTES].decode(errors="ignore") or "untitled"
        wanted = name = f"{folder}/{stem}{ending}"
        while name in self._taken:
            self._taken[wanted] += 1
            name = f"{folder}/{stem}-{self._taken[wanted]}{ending}"
        self._taken[name] = 1
        return name

    def add_file(self, path: Path | str, name: str) -> str | None:
        """Add a file by that name, and give the name; None where there is no such file."""
        with suppress(FileNotFoundError):
            self.add_path(path, name)
            return name
        return None


def belongings_of(person) -> Archive:
    """Photos, paintings, artworks and experiments in a folder each, and in `about.json` what the gallery knows of them
    and of the styles that were taught. Its length in bytes is known before it is sent; it ends early where one of them
    is deleted meanwhile."""
    archive = Archive()
    about = {
        "username": person.get_username(),
        "email": person.email,
        "joined": person.date_joined,
        "photos": [_source(archive, "photos", image) for image in _uploaded(ContentImage, person)],
        "paintings": [_source(archive, "paintings", image) for image in _uploaded(StyleImage, person)],
        "artworks": [_artwork(archive, artwork, person) for artwork in _artworks(person)],
        "experiments": [_experiment(archive, experiment) for experiment in _experiments(person)],
        "styles": [_style(style) for style in StyleModel.objects.owned_by(person).prefetch_related("pictures")],
    }
    archive.add(json.dumps(about, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2), ABOUT)
    return archive


def _uploaded(model: type[ContentImage | StyleImage], person) -> Iterator[ContentImage | StyleImage]:
    return model.objects.owned_by(person).iterator()


def _artworks(person) -> Iterator[Artwork]:
    return Artwork.objects.owned_by(person).for_cards().defer("loss_history", "provenance").iterator(chunk_size=100)


def _experiments(person) -> Iterator[Experiment]:
    found = Experiment.objects.owned_by(person).select_related("content", "base").prefetch_related("pictures")
    return found.with_latest_job().iterator(chunk_size=100)


def _added(archive: Archive, folder: str, record, file) -> str | None:
    """The name in the archive that a picture gets; None where there is no file."""
    if not file:
        return None
    return archive.add_file(file.path, archive.name_for(folder, record.title, PurePath(file.name).suffix))


def _source(archive: Archive, folder: str, image: ContentImage | StyleImage) -> dict:
    names = ("title", "alt_text", "credit", "width", "height", "created_at")
    return {"file": _added(archive, folder, image, image.file), **{name: getattr(image, name) for name in names}}


def _artwork(archive: Archive, artwork: Artwork, person) -> dict:
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


def _experiment(archive: Archive, experiment: Experiment) -> dict:
    """Its settings, after its table, its sheet and the pictures of its trials were added."""
    names = ("title", "created_at", "method", "parameters", "varied")
    job = experiment.latest_job
    # While trials are being made, sheet and table are written anew, and would not have the length that was told.
    files = [TABLE, SHEET] if job is None or job.is_finished else []
    files += [f"{trial_name(result['trial'])}.png" for result in experiment.results if "failed" not in result]
    folder = archive.name_for("experiments", experiment.title)
    added = [archive.add_file(_path(experiment, file), f"{folder}/{file}") for file in files]
    return {
        "files": [file for file in added if file],
        "photo": experiment.content.title,
        "painted_like": [picture.title for picture in experiment.pictures.all()],
        "network": experiment.base.title if experiment.base else None,
        **{name: getattr(experiment, name) for name in names},
    }


def _path(experiment: Experiment, file: str) -> Path:
    return Path(settings.MEDIA_ROOT) / experiment.work_folder / file


def _style(style: StyleModel) -> dict:
    names = ("title", "credit", "slug", "state", "created_at", "published_at")
    pictures = [picture.title for picture in style.pictures.all()]
    return {"learnt_from": pictures, **{name: getattr(style, name) for name in names}}
