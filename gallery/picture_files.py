"""Stored files, pictures in several sizes, sent by pages and API alike. Who may see them is asked before."""

import os
from pathlib import Path

import sorl.thumbnail
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import content_disposition_header, quote_etag
from PIL import UnidentifiedImageError
from sorl.thumbnail import get_thumbnail

from gallery.models import Job, StyleNetwork
from gallery.services.room import DISK_FULL

LONG_EDGES = {"small": 240, "card": 480, "large": 1280}
VARIANTS = (*LONG_EDGES, "full")
CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def send_picture(request: HttpRequest, file: FieldFile, variant: str, download_name: str = "") -> HttpResponse:
    """A stored picture as it is (`full`) or with its long edge reduced, as `send_file`."""
    if variant not in VARIANTS:
        raise Http404
    name = file.name if variant == "full" else _reduced(file, LONG_EDGES[variant]).name
    return send_file(request, name, CONTENT_TYPES[Path(name).suffix], download_name=download_name)


def send_file(
    request: HttpRequest,
    name: str,
    content_type: str,
    *,
    cache: str = "private, no-cache",
    download_name: str = "",
    missing: str = "The file is missing on the gallery's disk; tell an administrator.",
) -> HttpResponse:
    """A file below MEDIA_ROOT as it is, or the word that it has not changed; the permission is asked anew each time.

    With MEDIA_ACCEL_PREFIX set, the web server in front sends the bytes. The ETag is made of when the file was written.
    Raises `Http404`, which says what is `missing`, where it is not there.
    """
    try:
        opened = default_storage.open(name)
    except FileNotFoundError:
        raise Http404(missing) from None
    written = os.stat(opened.fileno())
    etag = quote_etag(f"{name}-{written.st_mtime_ns}-{written.st_size}")
    headers = {"Cache-Control": cache, "ETag": etag}
    if download_name:
        headers["Content-Disposition"] = content_disposition_header(True, download_name)
    if etag in request.headers.get("If-None-Match", ""):
        opened.close()
        return HttpResponseNotModified(headers=headers)
    if settings.MEDIA_ACCEL_PREFIX:
        opened.close()
        headers["X-Accel-Redirect"] = f"{settings.MEDIA_ACCEL_PREFIX.rstrip('/')}/{name}"
        return HttpResponse(content_type=content_type, headers=headers)
    return FileResponse(
        opened, content_type=content_type, headers=headers, as_attachment=bool(download_name), filename=download_name
    )


def send_network(request: HttpRequest, network: StyleNetwork) -> HttpResponse:
    """The file of a network, its manifest within, to be kept. Raises `Http404` where it is missing."""
    return send_file(request, network.file.name, "application/octet-stream", download_name=network.download_name)


def send_preview(request: HttpRequest, job: Job) -> HttpResponse:
    """The latest preview of a job. Raises `Http404` before there is one and once the job has ended."""
    preview = job.preview or "previews/none"
    return send_file(request, preview, "image/jpeg", cache="private, no-store", missing="There is no preview now.")


def _reduced(file: FieldFile, long_edge: int):
    """The reduced picture; while the disk is full, the picture as it is."""
    try:
        thumbnail = get_thumbnail(file, f"{long_edge}x{long_edge}", upscale=False)
        if not file.storage.exists(file.name):  # deleted while it was being reduced
            sorl.thumbnail.delete(file, delete_file=False)
            raise Http404
        return thumbnail
    except (FileNotFoundError, UnidentifiedImageError):
        raise Http404 from None
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        return file
