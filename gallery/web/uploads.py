"""The pictures a person brought: adding, naming, removing."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, register_converter, reverse
from django.views.decorators.http import require_http_methods

from gallery.exceptions import GalleryError
from gallery.finding import PictureFinder
from gallery.form_uploads import add_pictures, upload_context
from gallery.models import Artwork, ContentImage, StyleImage, TrainingRun
from gallery.models.images import SourceImage
from gallery.picture_files import VARIANTS
from gallery.services.uploads import delete_source_image, update_source_image, what_keeps
from gallery.upload_limit import RefusedUpload, dropped_uploads, status_of
from gallery.web.picture_form import PictureForm
from gallery.web.signing_in import send_to_sign_in, sent_from, signed_in_to_send, typed_on
from gallery.web.ticked import delete_ticked, ticked_in
from gallery.web.way_back import way_back

app_name = "uploads"
MODELS = {"content": ContentImage, "style": StyleImage}
PER_PAGE = 60


class KindConverter:
    """`content` for photos, `style` for paintings."""

    regex = "content|style"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(KindConverter, "kind")


@login_required
def pictures(request, kind="content"):
    """Own photos or own paintings, with the gallery's examples below."""
    return _render_list(request, kind, refused=[])


@require_http_methods(["GET", "HEAD", "POST"])
def add(request, kind):
    """Keep the uploaded files. Scripts ask for JSON and send one file; a plain form may send several."""
    if request.method != "POST":
        return redirect("uploads:list", kind)
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    if not request.user.is_authenticated:
        if wants_json:
            return JsonResponse({"message": "You are signed out; sign in again, then upload."}, status=401)
        return send_to_sign_in(request, reverse("uploads:list", args=[kind]))
    kept, refused = add_pictures(request, kind, "files")
    refused += dropped_uploads(request)
    if wants_json:
        return _json_answer(kept, refused)
    if refused:
        return _render_list(request, kind, refused, status=status_of(refused))
    if kept:
        messages.success(request, "Your picture is here." if len(kept) == 1 else f"{len(kept)} pictures are here.")
    else:
        messages.error(request, "Choose a file first.")
    return redirect("uploads:list", kind)


def _json_answer(kept: list[SourceImage], refused: list[RefusedUpload]) -> JsonResponse:
    if refused:
        return JsonResponse({"message": refused[0].message}, status=status_of(refused))
    if not kept:
        return JsonResponse({"message": "No file arrived; choose one and try again."}, status=400)
    image = kept[0]
    return JsonResponse(
        {
            "id": str(image.pk),
            "title": image.title,
            "width": image.width,
            "height": image.height,
            "urls": {variant: reverse(f"media:{image.folder}", args=[image.pk, variant]) for variant in VARIANTS},
        },
        status=201,
    )


def _render_list(request, kind: str, refused: list[RefusedUpload], status: int = 200):
    model = MODELS[kind]
    finder = PictureFinder(request.GET, model.objects.owned_by(request.user), request=request)
    context = {
        "kind": kind,
        "page": Paginator(finder.qs, PER_PAGE).get_page(request.GET.get("page")),
        "finder": finder,
        "words": finder.form.cleaned_data.get("search", ""),
        "examples": model.objects.examples().order_by("title"),
        **upload_context(refused),
    }
    return render(request, "uploads/list.html", context, status=status)


@signed_in_to_send(keeps=PictureForm)
def edit(request, kind, pk):
    """Change title and description of an own picture."""
    image = get_object_or_404(MODELS[kind].objects.owned_by(request.user), pk=pk)
    saved = {"title": image.title, "alt_text": image.alt_text}
    typed = typed_on(request, PictureForm)
    form = PictureForm(request.POST or None, initial=typed or saved)
    if form.is_valid():
        try:
            update_source_image(image, **form.cleaned_data)
            messages.success(request, "Saved.")
        except GalleryError as error:
            messages.error(request, error.message)
        return redirect(_list_before(request, kind))
    context = {"kind": kind, "image": image, "form": form, "typed": typed, "back": _list_before(request, kind)}
    return render(request, "uploads/edit.html", context, status=400 if form.is_bound else 200)


@signed_in_to_send()
def delete(request, kind, pk):
    """Ask, then remove an own picture; what still needs it keeps it, and says so."""
    image = get_object_or_404(MODELS[kind].objects.owned_by(request.user), pk=pk)
    if request.method != "POST":
        return _render_deletion(request, kind, image)
    try:
        delete_source_image(image)
    except GalleryError as error:
        return _render_deletion(request, kind, image, error.message, error.status)
    messages.success(request, f"“{image.title}” was deleted.")
    return redirect(_list_before(request, kind))


@sent_from("uploads:list", "kind")
def delete_several(request, kind):
    """Ask once, then remove those own pictures that are ticked; what still needs one keeps it, and is named."""
    back, ticked = _list_before(request, kind), ticked_in(request, MODELS[kind].objects.owned_by(request.user))
    if ticked and "sure" not in request.POST:
        reasons = [(image, what_keeps(image)) for image in ticked]
        context = {
            "kind": kind,
            "going": [image for image, reason in reasons if not reason],
            "staying": [(image, reason) for image, reason in reasons if reason],
            "back": back,
        }
        return render(request, "uploads/delete_several.html", context)
    delete_ticked(request, ticked, delete_source_image)
    return redirect(back)


def _render_deletion(request, kind: str, image: SourceImage, refusal: str = "", status: int = 200):
    """The question whether to delete a picture, with what still needs it, and with what learns from it."""
    context = {"kind": kind, "image": image, "refusal": refusal, "back": _list_before(request, kind)}
    if kind == "content":
        context["needed_by"] = list(image.experiment_set.all())
    else:
        artworks = Artwork.objects.painted_with(image).for_walls()
        context["needed_by"] = [*artworks, *TrainingRun.objects.filter(trainingstyle__picture=image)]
        context["taught"] = image.taught.order_by("title")
    return render(request, "uploads/delete.html", context, status=status)


def _list_before(request, kind: str) -> str:
    return way_back(request, reverse("uploads:list", args=[kind]))


urlpatterns = [
    path("", pictures, name="list"),
    path("<kind:kind>/", pictures, name="list"),
    path("<kind:kind>/add/", add, name="add"),
    path("<kind:kind>/delete/", delete_several, name="delete_several"),
    path("<kind:kind>/<uuid:pk>/", edit, name="edit"),
    path("<kind:kind>/<uuid:pk>/delete/", delete, name="delete"),
]
