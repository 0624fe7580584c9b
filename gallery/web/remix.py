"""What the create page begins with when an artwork is remixed."""

from django.core.exceptions import ValidationError
from django.http import Http404

from gallery.models import Artwork, ArtworkStyle, StyleImage, StyleModel
from gallery.services.titles import is_numbered, title_after
from gallery.web.create_form import EQUAL_SHARE, ArtworkForm
from gallery.web.gatys_settings import ADVANCED, PLAIN, strength_of
from gallery.web.network_settings import FIELDS


def remix_of(request) -> tuple[dict, list[str]]:
    """The form as it was for an artwork, as far as its pictures and styles may be used; and notes about what may not.

    Raises `Http404` for an artwork that is not there or not to be seen.
    """
    try:
        artwork = Artwork.objects.visible_to(request.user).get(pk=request.GET["remix"])
    except (Artwork.DoesNotExist, ValidationError):
        raise Http404 from None
    form, notes = ArtworkForm(user=request.user), []
    instant = artwork.method == Artwork.Method.NETWORK
    initial = _instant_settings(artwork.parameters) if instant else _gatys_settings(artwork.parameters, form, notes)
    initial |= {"method": artwork.method, **_origin(artwork, request.user)}
    if form.fields["content"].queryset.filter(pk=artwork.content_id).exists():
        initial["content"] = artwork.content
    else:
        notes.append(_photo_note(artwork))
    return initial | _styles(artwork, request.user, notes), notes


def _origin(artwork: Artwork, user) -> dict:
    """What the new picture is a remix of: none of one's own that was never painted, for which it is another try."""
    if artwork.result:
        return {"parent": artwork}
    first = {"parent": Artwork.objects.visible_to(user).filter(pk=artwork.parent_id).first()}
    return first if _was_named_by_itself(artwork) else {**first, "title": artwork.title}


def _was_named_by_itself(artwork: Artwork) -> bool:
    if artwork.content is None:
        return False
    after = title_after(artwork.content, [source for source, _ in artwork.shares])
    return artwork.title == after or is_numbered(artwork.title, after)


def _photo_note(artwork: Artwork) -> str:
    if artwork.content is None:
        return "The photo of that artwork was deleted: choose another."
    return "The photo of that artwork is not yours to use: choose one."


def _instant_settings(parameters: dict) -> dict:
    initial = {name: parameters[engine] for name, engine in FIELDS.items() if engine in parameters}
    return initial | {"instant_strength": round(100 * parameters.get("strength", 1))}


def _gatys_settings(parameters: dict, form: ArtworkForm, notes: list[str]) -> dict:
    initial = {name: parameters.get(name) for name in (*PLAIN, *ADVANCED)}
    initial = {name: value for name, value in initial.items() if value is not None}
    initial["strength"] = strength_of(parameters.get("style_weight", 0))
    if initial.get("extractor") not in dict(form.fields["extractor"].choices):
        notes.append("No worker offers the extractor of that artwork now, so slim is chosen.")
        for name in ("extractor", "content_layers", "style_layers"):
            initial.pop(name, None)
    return initial


def _styles(artwork: Artwork, user, notes: list[str]) -> dict:
    shares = list(artwork.artworkstyle_set.select_related("style", "model"))
    sources = [(_usable_source(share, user, notes), share.weight) for share in shares]
    usable = [(source, weight) for source, weight in sources if source]
    if len(usable) < len(shares):
        notes.append("Not every style of that artwork is yours to use: choose others.")
    chosen = _sliders(usable)
    for field, kind in (("style", StyleImage), ("model", StyleModel)):
        if own_kind := [source for source, _ in usable if isinstance(source, kind)]:
            chosen[field] = own_kind
    return chosen


def _sliders(usable: list[tuple[StyleImage | StyleModel, float]]) -> dict[str, int]:
    """The shares as sliders around their middle, so that each can be raised, as far as their ratios leave room."""
    weights = [weight for _, weight in usable]
    scale = min(EQUAL_SHARE * len(weights) / sum(weights), 100 / max(weights)) if weights else 0
    return {f"share-{source.pk}": max(1, round(scale * weight)) for source, weight in usable}


def _usable_source(share: ArtworkStyle, user, notes: list[str]) -> StyleImage | StyleModel | None:
    """The style of a share, if `user` may use it, or the version that has taken its place in the gallery.

    One that is only offered has not, though administrators may choose it themselves to judge it.
    """
    if share.is_usable_by(user):
        return share.source
    other = share.model.versions().filter(state=StyleModel.State.PUBLISHED).first() if share.model else None
    if other:
        since = "was trained anew" if other.version > share.model.version else "went back to an earlier version"
        notes.append(f"“{other.title}” {since} since; its version {other.version} is chosen.")
    return other
