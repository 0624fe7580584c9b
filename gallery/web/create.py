"""The page that asks for an artwork."""

from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.template.defaultfilters import filesizeformat
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.exceptions import GalleryError
from gallery.models import Artwork, Job
from gallery.services.artworks import request_artwork
from gallery.services.estimates import estimate_seconds, queue_wait_seconds, workers_alive
from gallery.web.create_form import ADVANCED, MAX_STYLES, PLAIN, ArtworkForm, strength_of
from gallery.web.uploads import add_pictures, oversized_message, oversized_refusals

app_name = "create"
UPLOAD_FIELDS = {"new_content": "content", "new_style": "style"}


@never_cache
def create(request):
    """The form and, on POST, its artwork. A visitor signs in first and finds the choice as it was."""
    if request.method == "POST":
        return _submit(request) if request.user.is_authenticated else _sign_in_first(request)
    initial, notes = _remix_of(request) if "remix" in request.GET else ({}, [])
    initial.update(_initial_from(request.GET, request.user))
    return _render(request, ArtworkForm(user=request.user, initial=initial), notes=notes)


@require_safe
def estimate(request):
    """How long the settings of the form would take, and what waits before it; loaded anew as they change."""
    form = ArtworkForm(request.GET, user=request.user)
    form.is_valid()
    photo = form.cleaned_data.get("content")
    context = {
        "photo": photo,
        "settings_are_wrong": any(name not in ("content", "style") for name in form.errors),
        "workers_alive": workers_alive(),
        "wait": queue_wait_seconds(request.user),
        "jobs_before": Job.objects.unfinished().count(),
    }
    if photo and not context["settings_are_wrong"]:
        context["seconds"] = estimate_seconds(form.parameters(), photo.width, photo.height)
    return render(request, "create/_estimate.html", context)


def _submit(request):
    data = request.POST.copy()
    refused = oversized_refusals(request)
    for field, kind in UPLOAD_FIELDS.items():
        kept, refused_here = add_pictures(request, kind, field)
        refused += refused_here
        for picture in kept:
            data.appendlist(kind, str(picture.pk))
    if data.get("action") == "upload" or refused:
        form = ArtworkForm(user=request.user, initial=_initial_from(data, request.user))
        return _render(request, form, refused=refused)
    form = ArtworkForm(data, user=request.user)
    if form.is_valid():
        try:
            artwork = request_artwork(
                request.user,
                form.cleaned_data["content"],
                form.weighted_styles(),
                form.parameters(),
                title=form.cleaned_data["title"],
                request_id=form.cleaned_data["request_id"],
                parent=form.cleaned_data["parent"],
            )
            return redirect("jobs:detail", artwork.latest_job.pk)
        except GalleryError as error:
            form.add_refusal(error.message, error.field)
    return _render(request, form)


def _render(request, form: ArtworkForm, *, notes=(), refused=()):
    context = {
        "form": form,
        "notes": notes,
        "refused": refused,
        "max_styles": MAX_STYLES,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "limit": filesizeformat(settings.MAX_UPLOAD_BYTES),
        "oversized_message": oversized_message(),
    }
    return render(request, "create/create.html", context)


def _sign_in_first(request):
    left_out = ("csrfmiddlewaretoken", "request_id", "action")
    choice = [(name, value) for name, values in request.POST.lists() if name not in left_out for value in values]
    back_here = f"{reverse('create:create')}?{urlencode(choice)}"
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': back_here})}")


def _initial_from(query: QueryDict, user) -> dict:
    """What a query or an unfinished form says about the fields, each value that can be used."""
    fields = ArtworkForm(user=user).fields
    initial = {name: value for name, value in query.items() if name.startswith("share-")}
    for name in fields.keys() & query.keys() - {"request_id"}:
        try:
            initial[name] = fields[name].clean(query.getlist(name) if name == "style" else query[name])
        except ValidationError:
            continue
    return initial


def _remix_of(request) -> tuple[dict, list[str]]:
    """The form as it was for an artwork, as far as its pictures may be used; and notes about what may not."""
    try:
        artwork = Artwork.objects.visible_to(request.user).get(pk=request.GET["remix"])
    except (Artwork.DoesNotExist, ValidationError):
        raise Http404 from None
    form = ArtworkForm(user=request.user)
    initial = {name: artwork.parameters.get(name) for name in (*PLAIN, *ADVANCED)}
    initial = {name: value for name, value in initial.items() if value is not None}
    initial["strength"] = strength_of(artwork.parameters.get("style_weight", 0))
    initial["parent"], notes = artwork, []
    if initial.get("extractor") not in dict(form.fields["extractor"].choices):
        notes.append("No worker offers the extractor of that artwork now, so slim is chosen.")
        for name in ("extractor", "content_layers", "style_layers"):
            initial.pop(name, None)
    if form.fields["content"].queryset.filter(pk=artwork.content_id).exists():
        initial["content"] = artwork.content
    else:
        notes.append("The photo of that artwork is not yours to use: choose one.")
    shares = list(artwork.artworkstyle_set.select_related("style"))
    usable = [share for share in shares if share.style.is_example or share.style.owner_id == request.user.pk]
    if len(usable) < len(shares):
        notes.append("Not every painting of that artwork is yours to use: choose others.")
    initial["style"] = [share.style for share in usable]
    largest = max((share.weight for share in shares), default=1)
    initial.update({f"share-{share.style_id}": round(100 * share.weight / largest) for share in usable})
    return initial, notes


urlpatterns = [
    path("", create, name="create"),
    path("estimate/", estimate, name="estimate"),
]
