"""The photographs of a training: archives are unpacked here, where hostile files can harm no web process."""

import shutil
import uuid
import zipfile
import zlib
from pathlib import Path

from django.conf import settings
from PIL import Image

from gallery.models import ContentImage, PhotoSet, TrainingRun
from gallery.rendering.gate import present
from gallery.services.photo_sets import pictures_in
from gallery.services.room import room_for
from stylize_engine.decoding import open_picture
from stylize_engine.errors import ImageError

# Crops of a training are smaller than this; larger photos would only fill the disk.
SHORT_EDGE = 768
MAX_PICTURE_BYTES = 50 * 2**20
# What zipfile raises for a member that is damaged, or packed or encrypted in a way it does not know. An OSError is not
# among them: it is the disk's fault and not the picture's.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


def photos_of(run: TrainingRun) -> list[str | Path]:
    """Folders or files of a training's photographs. Raises `ImageError` where an archive holds no usable picture."""
    if run.folder:
        return [run.folder]
    if run.photo_set:
        return [str(_unpacked(run.photo_set))]
    return present(ContentImage.objects.examples().order_by("title"))


def _unpacked(photos: PhotoSet) -> Path:
    """The folder of an archive's pictures, unpacked by whoever asks while there is none.

    Several trainings may ask at once. Each unpacks into a folder of its own; the first that is done is kept.
    """
    folder = Path(settings.MEDIA_ROOT) / photos.folder
    if photos.count is not None and folder.is_dir():
        return folder
    unfinished = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}.part")
    unfinished.mkdir(parents=True)
    try:
        count, refused = _unpack(photos, unfinished)
        _keep_first(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    PhotoSet.objects.filter(pk=photos.pk).update(count=count, refused=refused)
    return folder


def _keep_first(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def _unpack(photos: PhotoSet, folder: Path) -> tuple[int, int]:
    """Write an archive's pictures into a folder; how many there are, and how many more could not be used."""
    refused = 0
    with zipfile.ZipFile(photos.archive.path) as archive:
        members = pictures_in(archive)
        for number, member in enumerate(members):
            if number % 50 == 0:
                room_for(0)
            try:
                picture = _picture(archive, member)
            except (ImageError, *UNREADABLE):
                refused += 1
            else:
                picture.save(folder / f"{number:05d}.jpg", "JPEG", quality=92)
    if refused == len(members):
        raise ImageError(f"No picture in “{photos.title}” can be read; bring another archive.")
    return len(members) - refused, refused


def _picture(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Image.Image:
    """The picture of a member, made smaller where it is large; written anew, nothing of the file itself remains."""
    if member.file_size > MAX_PICTURE_BYTES:
        raise ImageError(f"{member.filename} is too large.")
    with archive.open(member) as file:
        picture = open_picture(file, max_pixels=settings.MAX_UPLOAD_PIXELS, min_edge=64).image
    scale = SHORT_EDGE / min(picture.size)
    return picture if scale >= 1 else picture.resize((round(picture.width * scale), round(picture.height * scale)))
