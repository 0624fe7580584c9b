"""Accepting, changing and removing the pictures people bring."""

import hashlib
import io
import os
import shutil
from pathlib import Path, PurePath

import sorl.thumbnail
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from gallery.decoding import DECODING
from gallery.exceptions import Conflict, NoRoom, QuotaExceeded, TooLarge, UploadRejected
from gallery.models import ContentImage, Job, StyleImage
from gallery.models.images import SourceImage
from gallery.services.accounts import lock_person
from gallery.services.presence import save_changes
from gallery.services.room import check_room_of, room_for, told_where_full
from gallery.services.stored_files import removed_in_vain
from stylize_engine.decoding import DecodedPicture, open_picture
from stylize_engine.errors import ImageError

MIN_EDGE = 64
JPEG_QUALITY = 95


def add_content_image(owner, upload: UploadedFile, title: str = "") -> ContentImage:
    """Verify a photo and keep it for `owner`; the same file a second time gives the first record.

    Raises `UploadRejected` where the file is no usable picture, `QuotaExceeded` where the person's room is used up,
    `NoRoom` where the disk's is, and `Conflict` where the person is gone.
    """
    return _add(ContentImage, owner, upload, title)


def add_style_image(owner, upload: UploadedFile, title: str = "") -> StyleImage:
    """As `add_content_image`, for a painting."""
    return _add(StyleImage, owner, upload, title)


def update_source_image(image: SourceImage, *, title: str, alt_text: str, credit: str | None = None) -> None:
    """Change what a picture is called, how it is described and, where `credit` is given, who made it. Raises `Conflict`
    where it is gone."""
    credited = {} if credit is None else {"credit": credit.strip()[:200]}
    save_changes(image, title=title.strip()[:120] or image.title, alt_text=alt_text.strip()[:300], **credited)


def delete_source_image(image: SourceImage) -> None:
    """Remove a picture and its file. Raises `Conflict` while something still needs it."""
    if image.is_example:
        raise Conflict("This picture belongs to the gallery and cannot be deleted.")
    with transaction.atomic():
        # Whoever asks for something with this picture just now waits until it is known whether it stays.
        type(image).objects.select_for_update().filter(pk=image.pk).first()
        _check_unneeded(image)
        file = image.file
        image.delete()
        transaction.on_commit(lambda: remove_picture_file(file))


def what_keeps(image: SourceImage) -> str:
    """Why `delete_source_image` would leave a picture as it is, as a sentence; empty where nothing needs it."""
    try:
        _check_unneeded(image)
    except Conflict as error:
        return error.message
    return ""


def _check_unneeded(image: SourceImage) -> None:
    if isinstance(image, ContentImage) and Job.objects.unfinished().filter(artwork__content=image).exists():
        raise Conflict("An artwork is being painted from this photo; wait for it or cancel it first.")
    if isinstance(image, StyleImage) and Job.objects.unfinished().filter(style_model__pictures=image).exists():
        raise Conflict("A style is being learnt from this painting; wait for it or cancel it first.")
    if isinstance(image, StyleImage) and Job.objects.unfinished().filter(experiment__pictures=image).exists():
        raise Conflict("An experiment with this painting is under way; wait for it or cancel it first.")
    if isinstance(image, StyleImage) and _is_refined_by(image):
        raise Conflict("A picture is being refined by this painting; wait until it is done.")
    if isinstance(image, ContentImage) and image.experiment_set.exists():
        raise Conflict("An experiment of yours was made with this photo; delete the experiment first.")
    if isinstance(image, StyleImage) and image.trainingstyle_set.exists():
        raise Conflict("A training was made with this painting; delete that first.")
    if isinstance(image, StyleImage) and (count := image.artworkstyle_set.count()):
        artworks = "an artwork" if count == 1 else f"{count} artworks"
        raise Conflict(f"This painting is part of {artworks} of yours; delete those first.")


def _is_refined_by(painting: StyleImage) -> bool:
    learnt_from = {"artwork__artworkstyle__model__pictures": painting, "artwork__artworkstyle__model__texture": ""}
    return Job.objects.unfinished().filter(artwork__parameters__refine_steps__gt=0, **learnt_from).exists()


def remove_picture_file(file) -> None:
    """Delete a stored picture together with its thumbnails; these last, for who makes one sees then that it is gone."""
    file.storage.delete(file.name)
    sorl.thumbnail.delete(file, delete_file=False)


def remove_picture_folder(name: str) -> None:
    """Delete a folder below MEDIA_ROOT, with the thumbnails of the pictures in it."""
    shutil.rmtree(Path(settings.MEDIA_ROOT) / name, ignore_errors=True)
    sorl.thumbnail.delete(name, delete_file=False)


def _add(model: type[SourceImage], owner, upload: UploadedFile, title: str) -> SourceImage:
    _check_size(upload)
    digest = _sha256(upload)
    existing = model.objects.filter(owner=owner, sha256=digest).first()
    if existing and existing.file.storage.exists(existing.file.name):
        return existing
    _check_room(owner)
    data, suffix, (width, height) = _reencode(upload)
    # Of a record whose file was lost, the file is kept anew.
    image = existing or model(owner=owner, title=title.strip()[:120] or _title_from(upload.name), sha256=digest)
    image.width, image.height, image.byte_size = width, height, len(data)
    return _store(image, data, suffix)


def _check_size(upload: UploadedFile) -> None:
    if upload.size > settings.MAX_UPLOAD_BYTES:
        raise TooLarge(settings.MAX_UPLOAD_BYTES)


def _check_room(owner, byte_count: int = 0) -> None:
    check_room_of(owner, byte_count)
    room_for(0)


def _sha256(upload: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def _reencode(upload: UploadedFile) -> tuple[bytes, str, tuple[int, int]]:
    """As `encode_picture`, and the size, of a file; waits where too many are being decoded."""
    with DECODING:
        try:
            picture = open_picture(upload, max_pixels=settings.MAX_UPLOAD_PIXELS, min_edge=MIN_EDGE)
        except ImageError as error:
            raise UploadRejected(str(error)) from error
        _check_ratio(*picture.image.size)
        return *encode_picture(picture), picture.image.size


def _check_ratio(width: int, height: int) -> None:
    """A strip made smaller for painting would be a few pixels wide."""
    limit = settings.MAX_UPLOAD_RATIO
    if max(width, height) > limit * min(width, height):
        raise UploadRejected(
            f"The picture is {width} x {height} pixels; crop it until its longer edge is at most {limit} times its "
            "shorter one."
        )


def encode_picture(picture: DecodedPicture) -> tuple[bytes, str]:
    """The picture encoded anew without any metadata: JPEG, or PNG where it has transparency; with its suffix."""
    buffer = io.BytesIO()
    if picture.alpha is None:
        picture.image.save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        return buffer.getvalue(), "jpg"
    image = picture.image.copy()
    image.putalpha(picture.alpha)
    image.save(buffer, "PNG")
    return buffer.getvalue(), "png"


def _store(image: SourceImage, data: bytes, suffix: str) -> SourceImage:
    """Keep the picture, if there is room for it as it was encoded. Its file is written before the room is counted, one
    picture of a person after the other, so that none is overlooked of several at once."""
    with told_where_full():
        image.file.save(f"picture.{suffix}", ContentFile(data), save=False)
    try:
        with removed_in_vain([Path(image.file.path)]), transaction.atomic():
            lock_person(image.owner)
            _check_room(image.owner, len(data))
            image.save(force_insert=image._state.adding)
    except (IntegrityError, QuotaExceeded, NoRoom):
        existing = type(image).objects.filter(owner=image.owner, sha256=image.sha256).first()
        if existing and existing.file.storage.exists(existing.file.name):
            return existing
        raise
    return image


def _title_from(file_name: str) -> str:
    stem = PurePath(os.path.basename(file_name.replace("\\", "/"))).stem
    words = "".join(character if character.isprintable() else " " for character in stem).replace("_", " ").split()
    return " ".join(words)[:120] or "Untitled"
