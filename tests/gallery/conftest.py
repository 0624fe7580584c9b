"""What the machine may lack."""

import os

import pytest
from django.core.files import uploadedfile


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
