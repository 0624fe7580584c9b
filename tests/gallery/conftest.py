"""What the tests of pages, API and records hang on the walls, and what the machine may lack."""

import os
from itertools import count

import pytest
from django.core.files import uploadedfile
from django.utils import timezone

from gallery.models import Artwork, ArtworkStyle, StyleModel

number = count(1)


@pytest.fixture(scope="module", autouse=True)
def near_sighted_judge():
    """Scores are given at a fifth of the usual size, where they take a twenty-fifth of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("stylize_engine.evaluation.LONG_EDGE", 96)
        yield


@pytest.fixture
def hang(db):
    """An artwork that everybody sees in the gallery, made with these styles, as if it were painted."""

    def hang(owner, title, *styles, **fields):
        published = {"visibility": "public", "published_at": timezone.now(), "result": f"results/{next(number)}.jpg"}
        record = {"title": title, "width": 96, "height": 72, **published, **fields}
        artwork = Artwork.objects.create(owner=owner, **record)
        for position, style in enumerate(styles):
            kind = "model" if isinstance(style, StyleModel) else "style"
            ArtworkStyle.objects.create(artwork=artwork, position=position, **{kind: style})
        return artwork

    return hang


@pytest.fixture
def named():
    """Give a picture or a style another title, and what else is wanted of it."""

    def named(record, title, **fields):
        type(record).objects.filter(pk=record.pk).update(title=title, **fields)
        record.refresh_from_db()
        return record

    return named


class FullDisk:
    """The disk that uploads arrive on: a write to the file of a name given fails as the kernel has it."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.names = folder, set()
        make, full = uploadedfile.TemporaryUploadedFile.__init__, self

        def begin(upload, name, *arguments, **options):
            make(upload, name, *arguments, **options)
            if name in full.names:
                device = os.open("/dev/full", os.O_RDWR)
                os.dup2(device, upload.file.fileno())
                os.close(device)

        monkeypatch.setattr(uploadedfile.TemporaryUploadedFile, "__init__", begin)

    def __call__(self, name: str):
        self.names.add(name)

    def left(self) -> list[str]:
        """The files that lie there."""
        return [str(path) for path in self.folder.iterdir()]


@pytest.fixture
def full_disk(settings, tmp_path, monkeypatch):
    folder = tmp_path / "arriving"
    folder.mkdir()
    settings.FILE_UPLOAD_TEMP_DIR = str(folder)
    return FullDisk(folder, monkeypatch)
