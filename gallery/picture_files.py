"""Stored pictures, sent in several sizes by pages and API alike. Who may see them is asked before."""

from pathlib import Path

import sorl.thumbnail
from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import quote_etag
from sorl.thumbnail import get_thumbnail

from gallery.services.room import DISK_FULL

LONG_EDGES = {"card": 480, "large": 1280}
CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def send_picture(request: HttpRequest, file: FieldFile, variant: str, download_name: str = "") -> HttpResponse:
    """A stored picture as it is (`full`) or with its long edge reduced (`card`, `large`).

    Stored names are never used twice, so they serve as ETag; the permission is asked anew each time. With
    MEDIA_ACCEL_PREFIX set, the web server in front sends the bytes.
    """
    if variant not in LONG_EDGES and variant != "full":
        raise Http404
    etag = quote_etag(f"{file.name}-{variant}")
    headers = {"Cache-Control": "private, no-cache", "ETag": etag}
    if etag in request.headers.get("If-None-Match", "") and not download_name:
        return HttpResponseNotModified(headers=headers)
    stored = file if variant == "full" else _reduced(file, LONG_EDGES[variant])
    content_type = CONTENT_TYPES[Path(stored.name).suffix]
    if settings.MEDIA_ACCEL_PREFIX:
        headers["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX.rstrip('/')}/{stored.name}"
        response = HttpResponse(content_type=content_type, headers=headers)
        if download_name:
            response["Content-Disposition"] = FileResponse(b"", as_attachment=True, filename=download_name)[
                "Content-Disposition"
            ]
        return response
    try:
        opened = stored.storage.open(stored.name)
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(
        opened, content_type=content_type, headers=headers, as_attachment=bool(download_name), filename=download_name
    )


def _reduced(file: FieldFile, long_edge: int):
    """The reduced picture; while the disk is full, the picture as it is."""
    try:
        thumbnail = get_thumbnail(file, f"{long_edge}x{long_edge}", upscale=False)
        if not thumbnail.exists():
            # The record of a thumbnail outlives its file where somebody cleared the folder.
            sorl.thumbnail.delete(file, delete_file=False)
            thumbnail = get_thumbnail(file, f"{long_edge}x{long_edge}", upscale=False)
        return thumbnail
    except FileNotFoundError:
        raise Http404 from None
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        return file
