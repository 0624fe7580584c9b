"""Asking for artworks, sharing and removing them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded
from gallery.models import Artwork, ArtworkStyle, ContentImage, Job, StyleImage
from gallery.services.estimates import estimate_seconds
from gallery.services.jobs import create_job
from gallery.services.uploads import remove_picture_file
from stylize_engine.config import MAX_STYLES, GatysConfig
from stylize_engine.errors import ConfigurationError


def request_artwork(
    owner,
    content: ContentImage,
    styles: Sequence[tuple[StyleImage, float]],
    parameters: Mapping[str, Any],
    *,
    title: str = "",
    request_id: uuid.UUID | None = None,
    parent: Artwork | None = None,
) -> Artwork:
    """Queue a new artwork: `content` painted like `styles`, each with its share.

    `parameters` are fields of the engine's `GatysConfig`; what is left out takes the engine's default. The same
    `request_id` a second time gives the first artwork, so a double click paints once. Raises `InvalidRequest`, which
    names the field, and `QuotaExceeded`.
    """
    if request_id and (earlier := _earlier_request(owner, request_id)):
        return earlier
    _check_pictures(owner, content, styles)
    config = _checked_config(parameters, [weight for _, weight in styles])
    try:
        with transaction.atomic():
            _check_unfinished_jobs(owner)
            artwork = Artwork.objects.create(
                owner=owner,
                content=content,
                parameters=config.to_dict(),
                title=title.strip()[:120] or f"{content.title} after {styles[0][0].title}"[:120],
                request_id=request_id or uuid.uuid4(),
                parent=parent,
            )
            add_styles(artwork, styles)
            _queue_job(artwork)
    except IntegrityError:
        if request_id and (earlier := _earlier_request(owner, request_id)):
            return earlier
        raise
    return artwork


def add_styles(artwork: Artwork, styles: Sequence[tuple[StyleImage, float]]) -> None:
    """Record which style pictures an artwork uses, in order, each with its share."""
    ArtworkStyle.objects.bulk_create(
        ArtworkStyle(artwork=artwork, style=style, weight=weight, position=position)
        for position, (style, weight) in enumerate(styles)
    )


def retry_artwork(artwork: Artwork) -> Job:
    """Queue an artwork again whose last job failed or was cancelled; an unfinished job is returned as it is."""
    with transaction.atomic():
        last = Job.objects.select_for_update().filter(artwork=artwork).order_by("-queued_at").first()
        if artwork.result or last is None:
            raise Conflict("This artwork is already painted.")
        if not last.is_finished:
            return last
        if artwork.content is None:
            raise Conflict("The photo of this artwork was deleted, so it cannot be painted again.")
        _check_unfinished_jobs(artwork.owner)
        return _queue_job(artwork, retry_of=last)


def share_artwork(artwork: Artwork, visibility: str, show_content: bool) -> None:
    """Set who may see an artwork, and whether they see the photo beside it. Raises `Conflict` before it is painted."""
    if visibility not in Artwork.Visibility.values:
        raise InvalidRequest("Choose who may see the artwork.", field="visibility")
    if visibility != Artwork.Visibility.PRIVATE and not artwork.result:
        raise Conflict("Only a finished artwork can be shared.")
    artwork.visibility, artwork.show_content = visibility, show_content
    if visibility == Artwork.Visibility.PUBLIC:
        artwork.published_at = artwork.published_at or timezone.now()
    artwork.save(update_fields=["visibility", "show_content", "published_at"])


def rename_artwork(artwork: Artwork, title: str, alt_text: str) -> None:
    """Change the title and the description for people who cannot see the picture."""
    artwork.title = title.strip()[:120] or artwork.title
    artwork.alt_text = alt_text.strip()[:300]
    artwork.save(update_fields=["title", "alt_text"])


def delete_artwork(artwork: Artwork) -> None:
    """Remove an artwork, its result and its jobs; a worker painting it loses its lease and stops."""
    result = artwork.result
    with transaction.atomic():
        artwork.delete()
        if result:
            transaction.on_commit(lambda: remove_picture_file(result))


def _earlier_request(owner, request_id: uuid.UUID) -> Artwork | None:
    return Artwork.objects.filter(owner=owner, request_id=request_id).first()


def _check_pictures(owner, content: ContentImage, styles: Sequence[tuple[StyleImage, float]]) -> None:
    if not 1 <= len(styles) <= MAX_STYLES:
        raise InvalidRequest(f"Choose one to {MAX_STYLES} paintings.", field="styles")
    if len({style.pk for style, _ in styles}) < len(styles):
        raise InvalidRequest("Choose each painting once.", field="styles")
    if any(weight <= 0 for _, weight in styles):
        raise InvalidRequest("Give each painting a share above 0, or leave it out.", field="style_weights")
    for picture, field in [(content, "content"), *((style, "styles") for style, _ in styles)]:
        if not picture.is_example and picture.owner_id != owner.pk:
            raise InvalidRequest("Choose one of your own pictures or of the gallery's.", field=field)


def _checked_config(parameters: Mapping[str, Any], weights: Sequence[float]) -> GatysConfig:
    try:
        config = GatysConfig(**{**parameters, "style_weights": tuple(weights)})
    except ConfigurationError as error:
        raise InvalidRequest(str(error), field=error.field) from error
    except TypeError as error:
        known = ", ".join(GatysConfig.__dataclass_fields__)
        raise InvalidRequest(f"There is a setting the engine does not know; it knows: {known}.") from error
    limits = {"image_size": settings.MAX_ARTWORK_SIZE, "num_steps": settings.MAX_ARTWORK_STEPS}
    for field, limit in limits.items():
        if getattr(config, field) > limit:
            raise InvalidRequest(f"{field} may be {limit} at the most in this gallery.", field=field)
    return config


def _check_unfinished_jobs(owner) -> None:
    if Job.objects.unfinished().owned_by(owner).count() >= settings.MAX_UNFINISHED_JOBS_PER_USER:
        raise QuotaExceeded(
            f"You have {settings.MAX_UNFINISHED_JOBS_PER_USER} artworks waiting or being painted, which is the limit; "
            "wait for one of them or cancel it."
        )


def _queue_job(artwork: Artwork, retry_of: Job | None = None) -> Job:
    seconds = estimate_seconds(artwork.parameters, artwork.content.width, artwork.content.height)
    quick = seconds is not None and seconds <= settings.INTERACTIVE_LIMIT_SECONDS
    queue = Job.Queue.INTERACTIVE if quick else Job.Queue.OPTIMIZE
    return create_job(artwork, queue=queue, estimated_seconds=seconds, retry_of=retry_of)
