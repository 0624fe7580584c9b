"""Photographs to train on: uploaded archives, and folders of the server."""

import shutil
import zipfile
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models.deletion import RestrictedError
from django.template.defaultfilters import filesizeformat

from gallery.exceptions import Conflict, UploadRejected
from gallery.models import PhotoSet
from gallery.services.room import room_for, told_where_full

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


def add_photo_set(owner, upload: UploadedFile, title: str = "") -> PhotoSet:
    """Keep an archive of photographs; its pictures are looked at by a worker, when they are first trained on.

    Raises `UploadRejected` for what is no zip archive of pictures, and for one that is too large packed or unpacked,
    and `NoRoom`.
    """
    check_archive(upload)
    room_for(3 * upload.size)
    photos = PhotoSet(owner=owner, title=title.strip()[:120] or upload.name[:120], byte_size=upload.size)
    with told_where_full():
        photos.archive.save("archive.zip", upload, save=False)
    photos.save(force_insert=True)
    return photos


def check_archive(upload: UploadedFile) -> None:
    """Read an archive's list of contents. Raises `UploadRejected`, which names the field."""
    limit = settings.MAX_PHOTO_SET_BYTES
    if upload.size > limit:
        raise UploadRejected(
            f"The archive is larger than {filesizeformat(limit)}; make several of it.", field="archive"
        )
    try:
        with zipfile.ZipFile(upload) as archive:
            members = pictures_in(archive)
            encrypted = any(member.flag_bits & 1 for member in members)
    # Offsets outside of the file raise OSError or ValueError, a version of the format that is not known here the last.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UploadRejected(
            "This is no zip archive that can be read; pack the photos anew.", field="archive"
        ) from error
    finally:
        upload.seek(0)
    if encrypted:
        raise UploadRejected("The archive has a password; pack the photos without one.", field="archive")
    if not members:
        raise UploadRejected("There are no JPEG, PNG or WebP pictures in the archive.", field="archive")
    if len(members) > settings.MAX_PHOTO_SET_PICTURES:
        most = settings.MAX_PHOTO_SET_PICTURES
        raise UploadRejected(f"There are more than {most} pictures in the archive; choose fewer.", field="archive")
    if sum(member.file_size for member in members) > 2 * limit:
        raise UploadRejected(f"Unpacked, the pictures are larger than {filesizeformat(2 * limit)}.", field="archive")


def pictures_in(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The pictures of an archive by their names, without what Macs add."""
    return [
        member
        for member in archive.infolist()
        if PurePosixPath(member.filename).suffix.lower() in SUFFIXES
        and not member.is_dir()
        and not PurePosixPath(member.filename).name.startswith(".")
        and "__MACOSX" not in member.filename
    ]


def delete_photo_set(photos: PhotoSet) -> None:
    """Remove an archive and what was unpacked of it. Raises `Conflict` while a training remembers it."""
    archive, folder = photos.archive, Path(settings.MEDIA_ROOT) / photos.folder
    try:
        with transaction.atomic():
            photos.delete()
            transaction.on_commit(lambda: (archive.storage.delete(archive.name), shutil.rmtree(folder, True)))
    except RestrictedError as error:
        raise Conflict("Trainings were made with these photos; delete those first.") from error
