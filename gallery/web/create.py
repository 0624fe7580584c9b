"""The page that asks for an artwork."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.exceptions import GalleryError
from gallery.form_refusals import first_refusal
from gallery.form_uploads import is_unfinished, keep_uploads, shows_all, upload_context
from gallery.models import StyleModel
from gallery.services.estimates import estimate_seconds, queue_of
from gallery.services.repeats import ask
from gallery.services.requests import MAX_BLENDED, checked_settings, request_artwork, request_instant_artwork
from gallery.services.turns import queue_before_new
from gallery.services.workers import workers_alive
from gallery.upload_limit import status_of
from gallery.web.create_form import EQUAL_SHARE, MAX_PAINTINGS, STYLE_FIELDS, ArtworkForm
from gallery.web.remix import remix_of
from gallery.web.signing_in import sign_in_first

app_name = "create"
UPLOAD_FIELDS = {"new_content": ("content", "content"), "new_style": ("style", "style")}


@never_cache
def create(request):
    """The form and, on POST, its artwork. A visitor signs in first and finds the choice as it was."""
    if request.method == "POST":
        if not request.user.is_authenticated:
            return sign_in_first("create:create", _choice_in(request.POST, request.user))
        return _submit(request)
    initial, notes = remix_of(request) if "remix" in request.GET else ({}, [])
    initial.update(_initial_from(request.GET, request.user))
    return _render(request, ArtworkForm(user=request.user, initial=initial), notes=notes)


@require_safe
def estimate(request):
    """How long the settings of the form would take, and what waits before it; loaded anew as they change."""
    form = ArtworkForm(request.GET, user=request.user)
    form.is_valid()
    context = {"missing": _missing_choices(form), "problem": _problem_of_settings(form)}
    if not any(context.values()):
        photo = form.cleaned_data["content"]
        seconds = estimate_seconds(form.chosen_method, form.parameters(), photo.width, photo.height)
        queue = queue_of(form.chosen_method, seconds)
        context |= {
            "seconds": seconds,
            "workers_alive": workers_alive(queue),
            **queue_before_new(request.user, queue),
        }
    return render(request, "create/_estimate.html", context)


def _missing_choices(form: ArtworkForm) -> str:
    """What is still to be chosen, in words."""
    chosen, style = form.cleaned_data, STYLE_FIELDS[form.chosen_method]
    words = {"content": "a photo", style: "a style" if form.is_instant else "a painting"}
    return " and ".join(word for field, word in words.items() if not chosen.get(field))


def _problem_of_settings(form: ArtworkForm) -> str:
    """What is wrong with the settings, in a sentence; pictures and styles may still be missing."""
    pictures = ("content", "style", "model")
    if problem := first_refusal(form, apart=pictures):
        return problem
    try:
        checked_settings(form.chosen_method, form.parameters())
    except GalleryError as error:
        form.add_refusals(error)
    return first_refusal(form, apart=pictures)


def _submit(request):
    data = request.POST.copy()
    refused = keep_uploads(request, data, UPLOAD_FIELDS)
    if is_unfinished(data, refused):
        initial = _initial_from(data, request.user)
        form = ArtworkForm(user=request.user, initial=initial, shows_all=shows_all(data))
        return _render(request, form, refused=refused)
    form = ArtworkForm(data, user=request.user)
    form.full_clean()
    if form.parent_is_gone:
        data["parent"] = ""
        messages.info(request, "The artwork you remix is not to be seen any more, so yours will not be called a remix.")
    if form.is_valid():
        try:
            artwork = ask(
                request_instant_artwork if form.is_instant else request_artwork,
                request.user,
                form.cleaned_data["content"],
                form.shares(),
                form.parameters(),
                title=form.cleaned_data["title"],
                request_id=form.cleaned_data["request_id"],
                parent=form.cleaned_data["parent"],
            )
            return redirect("jobs:detail", artwork.latest_job.pk)
        except GalleryError as error:
            form.add_refusals(error)
            return _render(request, form, status=error.status)
    return _render(request, form, status=400)


def _render(request, form: ArtworkForm, *, notes=(), refused=(), status: int = 200):
    context = {
        "form": form,
        "notes": notes,
        "max_paintings": MAX_PAINTINGS,
        "max_blended": MAX_BLENDED,
        "strip_size": StyleModel.STRIP,
        **upload_context(refused),
    }
    return render(request, "create/create.html", context, status=status_of(refused, status))


def _choice_in(data: QueryDict, user) -> list[tuple[str, str]]:
    """What was chosen in the form, to be found again in an address: without what stands there anyway."""
    fields = ArtworkForm(user=user).fields
    shares = [f"share-{pk}" for name in ("style", "model") for pk in data.getlist(name)]
    choice = [(name, data[name]) for name in shares if data.get(name, str(EQUAL_SHARE)) != str(EQUAL_SHARE)]
    for name in sorted(fields.keys() & data.keys() - {"request_id"}):
        several = name in ("style", "model")
        if several or fields[name].has_changed(fields[name].initial, data[name]):
            choice += [(name, value) for value in (data.getlist(name) if several else [data[name]])]
    return choice


def _initial_from(query: QueryDict, user) -> dict:
    """What a query or an unfinished form says about the fields, each value that can be used."""
    fields = ArtworkForm(user=user).fields
    initial = {name: value for name, value in query.items() if name.startswith("share-")}
    for name in fields.keys() & query.keys() - {"request_id"}:
        try:
            initial[name] = fields[name].clean(query.getlist(name) if name in ("style", "model") else query[name])
        except ValidationError:
            continue
    return initial


urlpatterns = [
    path("", create, name="create"),
    path("estimate/", estimate, name="estimate"),
]
