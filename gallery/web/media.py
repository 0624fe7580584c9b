"""Pictures, sent only to those who may see them; every variant goes through the same question."""

from pathlib import Path

import sorl.thumbnail
from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils.http import quote_etag
from django.views.decorators.http import require_safe
from sorl.thumbnail import get_thumbnail

from gallery.models import Artwork, ContentImage, Job, StyleImage, StyleModel

app_name = "media"
LONG_EDGES = {"card": 480, "large": 1280}
CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


@require_safe
def content_image(request, pk, variant):
    return send_picture(request, get_object_or_404(ContentImage.objects.visible_to(request.user), pk=pk).file, variant)


@require_safe
def style_image(request, pk, variant):
    return send_picture(request, get_object_or_404(StyleImage.objects.visible_to(request.user), pk=pk).file, variant)


@require_safe
def artwork(request, pk, variant):
    visible = get_object_or_404(Artwork.objects.visible_to(request.user).finished(), pk=pk)
    return send_picture(request, visible.result, variant)


@require_safe
def artwork_photo(request, pk, variant):
    """The photo beside an artwork, where its owner shows it."""
    visible = get_object_or_404(Artwork.objects.visible_to(request.user).select_related("content"), pk=pk)
    if not visible.content_is_visible_to(request.user):
        raise Http404
    return send_picture(request, visible.content.file, variant)


@require_safe
def trained_style(request, pk, kind, variant):
    """A rendered sample of a trained style, its `cover` or its `strip`."""
    model = get_object_or_404(StyleModel.objects.visible_to(request.user), pk=pk)
    file = {"cover": model.cover, "strip": model.strip}.get(kind)
    if not file:
        raise Http404
    return send_picture(request, file, variant)


@require_safe
def job_preview(request, pk, step):
    """The latest preview of a job, for its owner; `step` only makes the address new when the picture is.

    A preview that is gone, because the job has just ended, leads to the result or to the photo.
    """
    job = get_object_or_404(Job.objects.owned_by(request.user).select_related("artwork", "style_model"), pk=pk)
    try:
        file = (Path(settings.MEDIA_ROOT) / (job.preview or "previews/none")).open("rb")
    except FileNotFoundError:
        if not job.artwork and not job.style_model:
            raise Http404 from None
        if job.style_model:
            return redirect("media:trained", job.style_model_id, "strip", "large")
        return redirect("media:artwork" if job.artwork.result else "media:artwork_photo", job.artwork_id, "large")
    return FileResponse(file, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


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
    try:
        thumbnail = get_thumbnail(file, f"{long_edge}x{long_edge}", upscale=False)
        if not thumbnail.exists():
            # The record of a thumbnail outlives its file where somebody cleared the folder.
            sorl.thumbnail.delete(file, delete_file=False)
            thumbnail = get_thumbnail(file, f"{long_edge}x{long_edge}", upscale=False)
        return thumbnail
    except FileNotFoundError:
        raise Http404 from None


urlpatterns = [
    path("content/<uuid:pk>/<slug:variant>", content_image, name="content"),
    path("style/<uuid:pk>/<slug:variant>", style_image, name="style"),
    path("trained/<uuid:pk>/<slug:kind>/<slug:variant>", trained_style, name="trained"),
    path("artworks/<uuid:pk>/<slug:variant>", artwork, name="artwork"),
    path("artworks/<uuid:pk>/photo/<slug:variant>", artwork_photo, name="artwork_photo"),
    path("jobs/<uuid:pk>/<int:step>.jpg", job_preview, name="job_preview"),
]
