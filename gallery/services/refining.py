"""Painting again what a trained style has painted, nearer to its painting."""

import uuid

from gallery.exceptions import Conflict
from gallery.models import Artwork
from gallery.services.requests import request_instant_artwork

# Steps of refining: more bring the paintings nearer and the photo no further, but slowly.
REFINE_STEPS = 24


def refine_artwork(artwork: Artwork) -> Artwork:
    """Ask for an artwork of a trained style once more, refined; asked again, gives the one that was asked for first.

    Raises `Conflict` where it is not of that kind or its photo is gone, and as `request_instant_artwork`.
    """
    if artwork.method != Artwork.Method.NETWORK or artwork.content is None:
        raise Conflict("Only what a trained style has painted from a photo that is still here can be refined.")
    return request_instant_artwork(
        artwork.owner,
        artwork.content,
        artwork.shares,
        artwork.parameters | {"refine_steps": REFINE_STEPS},
        title=f"{artwork.title[:110]}, refined",
        request_id=uuid.uuid5(artwork.pk, "refined"),
        parent=artwork,
    )


def may_be_refined(artwork: Artwork) -> bool:
    """Whether `refine_artwork` would find all that it needs."""
    if artwork.method != Artwork.Method.NETWORK or artwork.parameters.get("refine_steps") or artwork.content is None:
        return False
    models = [model for model, _ in artwork.shares]
    return all(model.is_usable_by(artwork.owner) and model.reference_files() for model in models)
