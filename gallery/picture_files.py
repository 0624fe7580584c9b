"""Stored files, pictures in several sizes, sent by pages and API alike. Who may see them is asked before."""

from pathlib import Path

import sorl.thumbnail
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import quote_etag
from sorl.thumbnail import get_thumbnail

from gallery.models import Job, StyleNetwork
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


def send_file(
    name: str,
    content_type: str,
    *,
    cache: str = "private, no-cache",
    download_name: str = "",
    missing: str = "The file is missing on the gallery's disk; tell an administrator.",
) -> FileResponse:
    """A file below MEDIA_ROOT as it is. Raises `Http404`, which says what is `missing`, where it is not there."""
    try:
        opened = default_storage.open(name)
    except FileNotFoundError:
        raise Http404(missing) from None
    headers = {"Cache-Control": cache}
    return FileResponse(
        opened, content_type=content_type, headers=headers, as_attachment=bool(download_name), filename=download_name
    )


def send_network(network: StyleNetwork) -> FileResponse:
    """The file of a network, its manifest within, to be kept. Raises `Http404` where it is missing."""
    return send_file(network.file.name, "application/octet-stream", download_name=network.download_name)


def send_preview(job: Job) -> FileResponse:
    """The latest preview of a job. Raises `Http404` before there is one and once the job has ended."""
    preview = job.preview or "previews/none"
    return send_file(preview, "image/jpeg", cache="private, no-store", missing="There is no preview now.")


def _reduced(file: FieldFile, long_edge: int):
    """The reduced picture; while the disk is full, the picture as it is."""
    try:
        thumbnail = get_thumbnail(file, f"{long_edge}x{long_edge}", upscale=False)
        if not thumbnail.exists():
            # The record of a thumbnail outlives its file where somebody cleared the folder.
            sorl.thumbnail.delete(file, delete_file=False)
            thumbnail = get_thumbnail(file, f"{long_edge}x{long_edge}", upscale=False)
        if not file.storage.exists(file.name):  # deleted while it was being reduced
            sorl.thumbnail.delete(file, delete_file=False)
            raise Http404
        return thumbnail
    except FileNotFoundError:
        raise Http404 from None
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        return file
