"""Artworks: one's own, each one's page, and what its owner may do with it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from gallery.exceptions import GalleryError
from gallery.finding import ArtworkFinder, key_of
from gallery.models import Artwork
from gallery.picture_files import send_picture
from gallery.services.artworks import delete_artwork, rename_artwork, share_artwork
from gallery.services.refining import (
    finer_of,
    is_finer,
    may_be_refined,
    refine_artwork,
    seconds_to_refine,
    why_not_finer,
)
from gallery.web.artwork_form import OwnArtworkForm
from gallery.web.artwork_settings import plain_and_technical
from gallery.web.signing_in import sent_from, signed_in_to_send, typed_on
from gallery.web.ticked import delete_ticked, ticked_in
from gallery.web.way_back import way_back

app_name = "artworks"
PER_PAGE = 30
# The part of the page where an artwork is shared, and what is said of that.
SHARING = "share"
FILTERS = {
    "all": ("All", Q()),
    "unfinished": ("Unfinished", Q(result="")),
    "shared": ("Shared", ~Q(visibility=Artwork.Visibility.PRIVATE)),
}


class OwnFinder(ArtworkFinder):
    """What a person may ask their own artworks for: words of whatever they may read about them."""

    style = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["search"].label = "Search titles, photos and styles"

    @property
    def reader(self):
        return self.request.user


@login_required
@require_safe
def mine(request):
    """A person's own artworks, each with its state; all of them, or those that tell the words asked for."""
    shown = request.GET.get("show") if request.GET.get("show") in FILTERS else "all"
    own = Artwork.objects.owned_by(request.user).filter(FILTERS[shown][1])
    finder = OwnFinder(request.GET, own.for_walls().for_cards().with_latest_job().latest_asked_first(), request=request)
    context = {
        "page": Paginator(finder.qs, PER_PAGE).get_page(request.GET.get("page")),
        "finder": finder,
        "words": finder.form.cleaned_data.get("search", ""),
        "shown": shown,
        "filters": [(name, label) for name, (label, _) in FILTERS.items()],
    }
    return render(request, "artworks/mine.html", context)


@require_safe
def detail(request, pk):
    """The page of a finished artwork; its owner is led to the job of an unfinished one."""
    artwork = get_object_or_404(_pages(request).visible_to(request.user), pk=pk)
    if not artwork.result:
        return redirect("jobs:detail", artwork.latest_job.pk)
    return _render(request, artwork)


@sent_from("artworks:detail", "pk", keeps=OwnArtworkForm)
def edit(request, pk):
    """Change what an own artwork is called and who may see it."""
    artwork = _own_artwork(request, pk)
    form, status = OwnArtworkForm(request.POST), 400
    if form.is_valid():
        said = form.cleaned_data
        try:
            share_artwork(artwork, said["visibility"], said["show_content"], seen=said["seen"])
            rename_artwork(artwork, said["title"], said["alt_text"])
            saved = f"Saved. Now seen by: {artwork.get_visibility_display()}."
            messages.success(request, saved, extra_tags=SHARING)
            return redirect(f"{artwork.get_absolute_url()}#{SHARING}")
        except GalleryError as error:
            artwork = _own_artwork(request, pk)
            form = OwnArtworkForm(said | {"visibility": artwork.visibility, "seen": artwork.visibility})
            form.add_error(None, error.message)
            status = error.status
    return _render(request, artwork, form, status=status)


@sent_from("artworks:detail", "pk")
def refine(request, pk):
    """Paint an own artwork of a trained style again, nearer to the painting."""
    artwork = _own_artwork(request, pk)
    try:
        return redirect(refine_artwork(artwork))
    except GalleryError as error:
        messages.error(request, error.message)
        return redirect(artwork)


@signed_in_to_send()
def delete(request, pk):
    """Ask, then delete an own artwork, finished or not."""
    artwork = get_object_or_404(Artwork.objects.owned_by(request.user), pk=pk)
    if request.method != "POST":
        return render(request, "artworks/delete.html", {"artwork": artwork, "back": way_back(request, artwork)})
    delete_artwork(artwork)
    messages.success(request, f"“{artwork.title}” was deleted.")
    return redirect(way_back(request, "artworks:mine"))


@sent_from("artworks:mine")
def delete_several(request):
    """Ask once, then delete those own artworks that are ticked."""
    back = way_back(request, "artworks:mine")
    ticked = ticked_in(request, Artwork.objects.owned_by(request.user).for_walls())
    if ticked and "sure" not in request.POST:
        return render(request, "artworks/delete_several.html", {"artworks": ticked, "back": back})
    delete_ticked(request, ticked, delete_artwork)
    return redirect(back)


@require_safe
def download(request, pk):
    """The result at full size, as a file named after its title."""
    artwork = get_object_or_404(Artwork.objects.visible_to(request.user).finished(), pk=pk)
    name, suffix = slugify(artwork.title, allow_unicode=True) or "artwork", artwork.result.name.rpartition(".")[2]
    return send_picture(request, artwork.result, "full", f"{name}.{suffix}")


def _pages(request):
    """Artworks with all that their pages tell."""
    return Artwork.objects.for_cards().with_parent_shown_to(request.user)


def _own_artwork(request, pk) -> Artwork:
    artwork = get_object_or_404(_pages(request).owned_by(request.user), pk=pk)
    if not artwork.result:
        raise Http404
    return artwork


def _render(request, artwork: Artwork, form: OwnArtworkForm | None = None, *, status: int = 200):
    is_owner = request.user.is_authenticated and artwork.owner_id == request.user.pk
    plain, technical = plain_and_technical(artwork.method, artwork.parameters)
    context = {
        "artwork": artwork,
        "is_owner": is_owner,
        "photo": artwork.content if artwork.content_is_visible_to(request.user) else None,
        "styles": _styles_for(artwork, request.user),
        "parent": artwork.parent if artwork.shows_parent else None,
        "is_finer": is_finer(artwork),
        "settings": plain,
        "technical": technical,
        "address": request.build_absolute_uri(artwork.get_absolute_url()),
    }
    if is_owner:
        context |= _finer(artwork)
        typed = typed_on(request, OwnArtworkForm)
        context |= {"typed": typed, "form": form or OwnArtworkForm(initial=typed or _saved(artwork))}
    return render(request, "artworks/detail.html", context, status=status)


def _finer(artwork: Artwork) -> dict:
    """What its owner may know or do about an artwork being painted finer."""
    if finer := finer_of(artwork):
        return {"finer": finer}
    if may_be_refined(artwork):
        return {"may_refine": True, "seconds_to_refine": seconds_to_refine(artwork)}
    return {"why_not_finer": why_not_finer(artwork)}


def _saved(artwork: Artwork) -> dict:
    """What the form of an own artwork has to begin with."""
    saved = {name: getattr(artwork, name) for name in ("title", "alt_text", "visibility", "show_content")}
    return saved | {"seen": artwork.visibility}


def _styles_for(artwork: Artwork, user) -> list[dict]:
    """The styles used and their shares in percent; one that `user` may not see has neither picture nor title, and what
    the gallery calls one that everybody may see is its `key`."""
    used = list(artwork.artworkstyle_set.all())
    largest = max((share.weight for share in used), default=1)
    whole = sum(share.weight / largest for share in used)
    return [
        {
            "picture": share.style if share.source.is_visible_to(user) else None,
            "model": share.model if share.source.is_visible_to(user) else None,
            "is_painting": share.style_id is not None,
            "key": key_of(share.source) if share.source.is_visible_to(AnonymousUser()) else "",
            "percent": round(100 * (share.weight / largest) / whole),
        }
        for share in used
    ]


urlpatterns = [
    path("", mine, name="mine"),
    path("delete/", delete_several, name="delete_several"),
    path("<uuid:pk>/", detail, name="detail"),
    path("<uuid:pk>/edit/", edit, name="edit"),
    path("<uuid:pk>/refine/", refine, name="refine"),
    path("<uuid:pk>/delete/", delete, name="delete"),
    path("<uuid:pk>/download/", download, name="download"),
]
