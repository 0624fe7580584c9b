"""Painting again what a trained style has painted, nearer to its painting."""

import uuid

from gallery.examples import REFINE_STEPS
from gallery.exceptions import Conflict, InvalidRequest
from gallery.models import Artwork
from gallery.services.estimates import estimate_seconds
from gallery.services.requests import check_on_offer, check_refinable, request_instant_artwork


def refine_artwork(artwork: Artwork) -> Artwork:
    """Ask for an artwork of a trained style once more, refined; asked again, gives the one that was asked for first.

    Raises `Conflict` where it is not of that kind, is refined already or its photo is gone, and as
    `request_instant_artwork`.
    """
    request_id = uuid.uuid5(artwork.pk, "refined")
    if asked := Artwork.objects.filter(owner=artwork.owner, request_id=request_id).first():
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
        request_id=request_id,
        parent=artwork,
    )


def may_be_refined(artwork: Artwork) -> bool:
    """Whether `refine_artwork` would find all that it needs."""
    if not _is_of_that_kind(artwork):
        return False
    models = [model for model, _ in artwork.shares]
    try:
        check_on_offer(artwork.owner, models)
        check_refinable(REFINE_STEPS, models)
    except InvalidRequest:
        return False
    return True


def seconds_to_refine(artwork: Artwork) -> float | None:
    """How long painting it again, refined, would take; None where it is not known yet."""
    parameters = artwork.parameters | {"refine_steps": REFINE_STEPS}
    return estimate_seconds(artwork.method, parameters, artwork.content.width, artwork.content.height)


def _is_of_that_kind(artwork: Artwork) -> bool:
    at_once = artwork.method == Artwork.Method.NETWORK and not artwork.parameters.get("refine_steps")
    return at_once and artwork.content is not None
