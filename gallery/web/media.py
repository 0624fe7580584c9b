"""Pictures, sent only to those who may see them; every variant goes through the same question."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import include, path
from django.views.decorators.http import require_safe

from gallery.models import Artwork, ContentImage, Job, StyleImage, StyleModel
from gallery.picture_files import send_picture, send_preview

app_name = "media"


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
    job = get_object_or_404(
        Job.objects.owned_by(request.user).select_related("artwork", "style_model", "experiment"), pk=pk
    )
    try:
        return send_preview(request, job)
    except Http404:
        if job.experiment:
            return redirect("media:content", job.experiment.content_id, "large")
        if not job.artwork and not job.style_model:
            raise
        if job.style_model:
            return redirect("media:trained", job.style_model_id, "strip", "large")
        return redirect("media:artwork" if job.artwork.result else "media:artwork_photo", job.artwork_id, "large")


urlpatterns = [
    path("content/<uuid:pk>/<slug:variant>", content_image, name="content"),
    path("style/<uuid:pk>/<slug:variant>", style_image, name="style"),
    path("trained/<uuid:pk>/<slug:kind>/<slug:variant>", trained_style, name="trained"),
    path("artworks/<uuid:pk>/<slug:variant>", artwork, name="artwork"),
    path("artworks/<uuid:pk>/photo/<slug:variant>", artwork_photo, name="artwork_photo"),
    path("jobs/<uuid:pk>/<int:step>.jpg", job_preview, name="job_preview"),
    path("experiments/", include("gallery.web.experiment_files")),
]
