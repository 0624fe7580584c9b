"""The pictures that are sent along with forms: kept whatever else is wrong with the form, and chosen in it."""

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.http import HttpRequest, QueryDict

from gallery.exceptions import GalleryError, TooLarge
from gallery.models.images import SourceImage
from gallery.services.uploads import add_content_image, add_style_image
from gallery.sizes import size_in_words
from gallery.upload_limit import RefusedUpload, dropped_uploads

SERVICES = {"content": add_content_image, "style": add_style_image}
# Some systems know no type for the younger formats.
ACCEPTED = "image/*,.heic,.heif,.avif,.tif,.tiff"


def add_pictures(request: HttpRequest, kind: str, field: str) -> tuple[list[SourceImage], list[RefusedUpload]]:
    """Give each file of a form field to the service; returns what was kept, and what was not."""
    kept, refused = [], []
    for upload in request.FILES.getlist(field):
        try:
            kept.append(SERVICES[kind](request.user, upload))
        except GalleryError as error:
            refused.append(RefusedUpload(upload.name, error))
    return kept, refused


def keep_uploads(request: HttpRequest, data: QueryDict, fields: Mapping[str, tuple[str, str]]) -> list[RefusedUpload]:
    """Keep the pictures of a form and choose them in its `data`; gives what was not kept.

    `fields` has, for each field of files, the kind of its pictures and the field that chooses among them.
    """
    refused = dropped_uploads(request)
    for files, (kind, field) in fields.items():
        kept, refused_here = add_pictures(request, kind, files)
        refused += refused_here
        for picture in kept:
            data.appendlist(field, str(picture.pk))
    return refused


def is_unfinished(data: QueryDict, refused: Sequence[RefusedUpload]) -> bool:
    """Whether a form came only to be shown again: for its uploads, for pictures not drawn yet, or for what was
    `refused`."""
    return bool(refused) or data.get("action") in ("upload", "all")


def shows_all(data: QueryDict) -> bool:
    """Whether all pictures of one's own are asked for, and not the newest only."""
    return data.get("action") == "all"


def upload_context(refused: Sequence[RefusedUpload] = ()) -> dict:
    """What a page with a field of files says of them, and of those that were `refused`."""
    return {
        "refused": refused,
        "accepted": ACCEPTED,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "limit": size_in_words(settings.MAX_UPLOAD_BYTES),
        "oversized_message": TooLarge(settings.MAX_UPLOAD_BYTES).message,
    }
