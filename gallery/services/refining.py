"""Painting again what a trained style has painted, nearer to its painting."""

import uuid

from gallery.examples import REFINE_STEPS
from gallery.exceptions import Conflict, InvalidRequest
from gallery.models import Artwork
from gallery.services.estimates import estimate_seconds
from gallery.services.requests import check_on_offer, request_instant_artwork, why_unrefinable


def refine_artwork(artwork: Artwork) -> Artwork:
    """Ask for an artwork of a trained style once more, refined; asked again, gives the one that was asked for first.

    Raises `Conflict` where it is not of that kind, is refined already or its photo is gone, and as
    `request_instant_artwork`.
    """
    if asked := finer_of(artwork):
        return asked
    if not _is_of_that_kind(artwork):
        raise Conflict(
            "Only what a trained style has painted at once, from a photo that is still here, can be refined."
        )
    return request_instant_artwork(
        artwork.owner,
        artwork.content,
        artwork.shares,
        artwork.parameters | {"refine_steps": REFINE_STEPS},
        title=f"{artwork.title[:110]}, refined",
        request_id=_request_for(artwork.pk),
        parent=artwork,
    )


def finer_of(artwork: Artwork) -> Artwork | None:
    """What `refine_artwork` has made of an artwork, painted or not yet."""
    return Artwork.objects.filter(owner=artwork.owner, request_id=_request_for(artwork.pk)).first()


def is_finer(artwork: Artwork) -> bool:
    """Whether an artwork is another one painted finer, and no remix of it."""
    return artwork.parent_id is not None and artwork.request_id == _request_for(artwork.parent_id)


def may_be_refined(artwork: Artwork) -> bool:
    """Whether `refine_artwork` would find all that it needs."""
    if not _is_of_that_kind(artwork) or why_not_finer(artwork):
        return False
    try:
        check_on_offer(artwork.owner, [model for model, _ in artwork.shares])
    except InvalidRequest:
        return False
    return True


def why_not_finer(artwork: Artwork) -> str:
    """Which painting is missed where what a trained style has painted at once is to be refined; else empty."""
    return why_unrefinable([model for model, _ in artwork.shares]) if _is_of_that_kind(artwork) else ""


def seconds_to_refine(artwork: Artwork) -> float | None:
    """How long painting it again, refined, would take; None where it is not known yet."""
    parameters = artwork.parameters | {"refine_steps": REFINE_STEPS}
    return estimate_seconds(artwork.method, parameters, artwork.content.width, artwork.content.height)


def _request_for(pk: uuid.UUID) -> uuid.UUID:
    return uuid.uuid5(pk, "refined")


def _is_of_that_kind(artwork: Artwork) -> bool:
    at_once = artwork.method == Artwork.Method.NETWORK and not artwork.parameters.get("refine_steps")
    return at_once and artwork.content is not None
