"""Trained styles: those of the gallery and one's own, how to teach a new one, and what its owner may do with it."""

import uuid
from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.exceptions import GalleryError, UnderWay
from gallery.form_uploads import is_unfinished, keep_uploads, shows_all, upload_context
from gallery.models import Artwork, ContentImage, Job, StyleImage, StyleModel
from gallery.services.estimates import estimate_lesson_seconds
from gallery.services.gate import is_measured
from gallery.services.repeats import ask
from gallery.services.styles import base_network, delete_style, offer_style, rename_style, withdraw_style
from gallery.services.teaching import MAX_LESSON_PICTURES, teach_style
from gallery.services.workers import workers_alive
from gallery.upload_limit import status_of
from gallery.web.signing_in import sent_from, sign_in_first, signed_in_to_send, typed_on
from gallery.web.style_form import LessonForm, StyleForm

app_name = "styles"
MAX_WORKS = 6
UPLOAD_FIELDS = {"new_style": ("style", "pictures")}


@require_safe
def show_all(request):
    """The gallery's trained styles, and above them one's own."""
    styles = StyleModel.objects.select_related("owner").with_public_use()
    own = styles.owned_by(request.user).with_latest_job().prefetch_related("pictures")
    published = styles.filter(state=StyleModel.State.PUBLISHED)
    return render(request, "styles/list.html", {"own": own, "published": published})


@require_safe
def detail(request, slug):
    """A style and its samples; the owner of one that is not learnt yet is led to the lesson."""
    model = _visible_style(request, slug)
    if not model.is_learnt and (job := model.latest_job):
        return redirect("jobs:detail", job.pk)
    return _render_detail(request, model)


@never_cache
def teach(request):
    """The form of a lesson and, on POST, its job."""
    if not request.user.is_authenticated:
        return sign_in_first("styles:teach", _asked_in(request))
    if request.method != "POST":
        chosen = {"pictures": request.GET.getlist("picture"), "title": request.GET.get("title", "")}
        return _render_lesson(request, LessonForm(user=request.user, initial=chosen))
    data = request.POST.copy()
    refused = keep_uploads(request, data, UPLOAD_FIELDS)
    if is_unfinished(data, refused):
        chosen = {"pictures": data.getlist("pictures"), "title": data.get("title", "")}
        form = LessonForm(user=request.user, initial=chosen, shows_all=shows_all(data))
        return _render_lesson(request, form, refused)
    form, status = LessonForm(data, user=request.user), 400
    if form.is_valid():
        try:
            cleaned = form.cleaned_data
            request_id = cleaned["request_id"] or uuid.uuid4()
            lesson = list(cleaned["pictures"]), cleaned["title"]
            model = ask(teach_style, request.user, *lesson, request_id=request_id)
            return redirect("jobs:detail", model.latest_job.pk)
        except UnderWay as error:
            address = error.record.get_absolute_url()
            form.add_error(None, format_html('{} <a href="{}">Watch it</a>', error.message, address))
            status = error.status
        except GalleryError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            status = error.status
    return _render_lesson(request, form, status=status)


@sent_from("styles:detail", "slug", keeps=StyleForm)
def rename(request, slug):
    model = _own_style(request, slug)
    form = StyleForm(request.POST)
    if form.is_valid():
        try:
            rename_style(model, **form.cleaned_data, by=request.user)
            messages.success(request, "Saved.")
        except GalleryError as error:
            messages.error(request, error.message)
        return redirect(model)
    return _render_detail(request, model, form, status=400)


@sent_from("styles:detail", "slug", keeps=StyleForm)
def offer(request, slug):
    """Offer a style under the name and the credit that stand beside the button: they can hardly be changed later."""
    model = _own_style(request, slug)
    form = StyleForm(request.POST)
    if not form.is_valid():
        return _render_detail(request, model, form, status=400)

    def offer_so_named(model):
        rename_style(model, **form.cleaned_data, by=request.user)
        offer_style(model)

    return _change(request, slug, offer_so_named, "Offered: an administrator will look at it.")


@sent_from("styles:detail", "slug")
def withdraw(request, slug):
    return _change(request, slug, withdraw_style, "The offer is taken back; the style is yours alone again.")


@signed_in_to_send()
def delete(request, slug):
    """Ask, then delete a style of one's own, learnt or not."""
    model = _own_style(request, slug)
    if request.method != "POST":
        return _render_deletion(request, model)
    try:
        delete_style(model)
    except GalleryError as error:
        return _render_deletion(request, model, error.message, error.status)
    messages.success(request, f"“{model.title}” was deleted.")
    return redirect("styles:list")


def _render_deletion(request, model: StyleModel, refusal: str = "", status: int = 200):
    """The question whether to delete a style, with what was painted with it."""
    needed_by = list(Artwork.objects.owned_by(request.user).painted_with(model).for_walls())
    context = {"model": model, "refusal": refusal, "needed_by": needed_by}
    return render(request, "styles/delete.html", context, status=status)


def _visible_style(request, slug) -> StyleModel:
    return get_object_or_404(StyleModel.objects.visible_to(request.user).select_related("owner"), slug=slug)


def _own_style(request, slug) -> StyleModel:
    return get_object_or_404(StyleModel.objects.owned_by(request.user), slug=slug)


def _change(request, slug, service, done: str):
    model = _own_style(request, slug)
    try:
        service(model)
        messages.success(request, done)
    except GalleryError as error:
        messages.error(request, error.message)
    return redirect(model)


def _render_detail(request, model: StyleModel, form: StyleForm | None = None, status: int = 200):
    is_owner = request.user.is_authenticated and model.owner_id == request.user.pk
    pictures, works = list(model.pictures.all()), Artwork.objects.public().painted_with(model)
    shown = [picture for picture in pictures if picture.is_example or is_owner]
    may_rename = is_owner and model.may_be_renamed_by(request.user)
    typed = typed_on(request, StyleForm) if may_rename else None
    context = {
        "model": model,
        "is_owner": is_owner,
        "public_artworks": works.count(),
        "works": works.for_walls().select_related("owner")[:MAX_WORKS],
        "may_rename": may_rename,
        "typed": typed,
        "form": form or StyleForm(initial=typed or {"title": model.title, "credit": model.credit}),
        "pictures": shown,
        "private_pictures": len(pictures) - len(shown),
    }
    if is_owner:
        context["unmeasured"] = model.published_at is None and not is_measured(model)
        context["can_be_measured"] = ContentImage.objects.examples().exists()
        if context["pictures"] and (context["unmeasured"] or model.network != base_network()):
            context["learn_again"] = lesson_url(context["pictures"], model.title)
    return render(request, "styles/detail.html", context, status=status)


def lesson_url(pictures: Sequence[StyleImage], title: str) -> str:
    """The form of a lesson with these pictures chosen."""
    return f"{reverse('styles:teach')}?{urlencode(_choice([picture.pk for picture in pictures], title))}"


def _choice(pictures: Sequence, title: str) -> list[tuple[str, str]]:
    return [*(("picture", picture) for picture in pictures), ("title", title)]


def _asked_in(request) -> list[tuple[str, str]]:
    """What was chosen in the form of a lesson that somebody sends, or opens, without being signed in."""
    if request.method == "POST":
        return _choice(request.POST.getlist("pictures"), request.POST.get("title", ""))
    return _choice(request.GET.getlist("picture"), request.GET.get("title", "")) if request.GET else []


def _render_lesson(request, form: LessonForm, refused=(), status: int = 200):
    context = {
        "form": form,
        "seconds": estimate_lesson_seconds(settings.LESSON_STEPS),
        "workers_alive": workers_alive(Job.Queue.OPTIMIZE),
        "max_pictures": MAX_LESSON_PICTURES,
        **upload_context(refused),
    }
    return render(request, "styles/teach.html", context, status=status_of(refused, status))


urlpatterns = [
    path("", show_all, name="list"),
    path("teach/", teach, name="teach"),
    path("<slug:slug>/", detail, name="detail"),
    path("<slug:slug>/rename/", rename, name="rename"),
    path("<slug:slug>/offer/", offer, name="offer"),
    path("<slug:slug>/withdraw/", withdraw, name="withdraw"),
    path("<slug:slug>/delete/", delete, name="delete"),
]
