"""Asking for artworks, painted after pictures or with trained styles."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from gallery.exceptions import Conflict, InvalidRequest, QuotaExceeded
from gallery.models import Artwork, ArtworkStyle, ContentImage, Job, StyleImage, StyleModel
from gallery.services.configurations import configured
from gallery.services.estimates import check_fits_in_turn, estimate_seconds, queue_of
from gallery.services.jobs import check_unfinished_jobs, create_job, retry
from gallery.services.presence import check_still_there
from gallery.services.repeats import as_kept, first_result
from gallery.services.rights import check_own_or_example
from gallery.services.room import BYTES_A_RESULT, check_room_of, room_for
from gallery.services.titles import not_yet_taken, title_after
from gallery.services.workers import missing_weights
from stylize_engine.config import MAX_STYLES, ApplyConfig, GatysConfig

MAX_BLENDED = 3
# Far more than anybody needs, and sums of them are still numbers.
MAX_SHARE = 1_000_000
Shares = Sequence[tuple[StyleImage | StyleModel, float]]


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
    `request_id` a second time gives the first artwork, whatever has become of what it needs, so a double click paints
    once. Raises `InvalidRequest`, which names the field, `QuotaExceeded`, `NoRoom`, and `RequestDiffers`.
    """
    check_own_or_example(owner, [content], "content")
    check_own_or_example(owner, [style for style, _ in styles], "styles")
    artwork = Artwork(owner=owner, content=content, method=Artwork.Method.GATYS, parent=parent)
    return _queue_once(artwork, styles, parameters, title, request_id)


def request_instant_artwork(
    owner,
    content: ContentImage,
    models: Sequence[tuple[StyleModel, float]],
    parameters: Mapping[str, Any],
    *,
    title: str = "",
    request_id: uuid.UUID | None = None,
    parent: Artwork | None = None,
) -> Artwork:
    """As `request_artwork`, painted in one pass with trained styles of one network, each with its share.

    `parameters` are fields of the engine's `ApplyConfig`, among them `image_size`, without its styles.
    """
    check_own_or_example(owner, [content], "content")
    artwork = Artwork(owner=owner, content=content, method=Artwork.Method.NETWORK, parent=parent)
    return _queue_once(artwork, models, parameters, title, request_id)


def retry_artwork(artwork: Artwork) -> Job:
    """Queue an artwork again whose last job failed or was cancelled; an unfinished job is returned as it is.

    Raises `Conflict` where it is painted, where its photo is gone or its trained styles may no longer be used, where no
    worker has its weights, and where it would take too long.
    """
    return retry(artwork, artwork.owner, _paint_again)


def add_styles(artwork: Artwork, shares: Shares) -> None:
    """Record which styles an artwork uses, in order, each with its share."""
    ArtworkStyle.objects.bulk_create(
        ArtworkStyle(
            artwork=artwork,
            style=source if isinstance(source, StyleImage) else None,
            model=source if isinstance(source, StyleModel) else None,
            weight=weight,
            position=position,
        )
        for position, (source, weight) in enumerate(shares)
    )


def _queue_once(
    artwork: Artwork, shares: Shares, parameters: Mapping[str, Any], title: str, request_id: uuid.UUID | None
) -> Artwork:
    """Save and queue an artwork, or give the one that the same request has made before."""
    artwork.request_id = request_id or uuid.uuid4()
    earlier = Artwork.objects.filter(owner=artwork.owner, request_id=artwork.request_id)

    def is_the_same(found: Artwork) -> bool:
        artwork.parameters = kept_parameters(checked_config(artwork.method, shares, parameters, anew=False))
        return _asked_for(found, found.shares) == _asked_for(artwork, shares)

    if found := first_result(earlier, is_the_same):
        return found
    artwork.parameters = kept_parameters(config_on_offer(artwork.owner, artwork.method, shares, parameters))
    artwork.title = title.strip()[:120]
    if not artwork.title:
        after = title_after(artwork.content, [source for source, _ in shares])
        artwork.title = not_yet_taken(after, artwork.owner)
    try:
        with transaction.atomic():
            check_unfinished_jobs(artwork.owner)
            artwork.save(force_insert=True)
            add_styles(artwork, shares)
            _queue_job(artwork)
    except (IntegrityError, QuotaExceeded):
        if found := first_result(earlier, is_the_same):
            return found
        check_still_there(content=[artwork.content], styles=[source for source, _ in shares], parent=[artwork.parent])
        raise
    return artwork


def _asked_for(artwork: Artwork, shares: Shares) -> tuple:
    weights = [(source.pk, weight) for source, weight in shares]
    return artwork.method, artwork.content_id, artwork.parent_id, as_kept(artwork.parameters), weights


def _queue_job(artwork: Artwork, retry_of: Job | None = None) -> Job:
    check_room_of(artwork.owner)
    room_for(BYTES_A_RESULT)
    seconds = estimate_seconds(artwork.method, artwork.parameters, artwork.content.width, artwork.content.height)
    queue = queue_of(artwork.method, seconds)
    check_fits_in_turn("Painting this", seconds, queue)
    total = artwork.parameters.get("num_steps", 1)
    return create_job(artwork, queue=queue, total=total, estimated_seconds=seconds, retry_of=retry_of)


def _paint_again(artwork: Artwork, latest: Job | None) -> Job:
    if artwork.result or latest is None:
        raise Conflict("This artwork is already painted.")
    if artwork.content is None:
        raise Conflict("The photo of this artwork was deleted, so it cannot be painted again.")
    check_unfinished_jobs(artwork.owner)
    try:
        _check_still_possible(artwork)
        return _queue_job(artwork, retry_of=latest)
    except InvalidRequest as refusal:
        raise Conflict(refusal.message) from refusal


def _check_still_possible(artwork: Artwork) -> None:
    """Styles are taken away, bundled ones go over to a newer network, and workers without some weights come, while an
    artwork waits to be tried again."""
    if artwork.method == Artwork.Method.NETWORK:
        models = [model for model, _ in artwork.shares]
        check_on_offer(artwork.owner, models)
        check_refinable(artwork.parameters.get("refine_steps", 0), models)
    elif missing := missing_weights(artwork.parameters["extractor"]):
        raise InvalidRequest(missing["extractor"])


def check_on_offer(owner, models: Sequence[StyleModel]) -> None:
    """Raises `InvalidRequest` where somebody may not paint with one of these styles, or not with all at once."""
    usable = set(StyleModel.objects.usable_by(owner).filter(pk__in=[model.pk for model in models]))
    for model in models:
        if model in usable:
            continue
        lesson = None if model.is_learnt or model.owner_id != owner.pk else model.latest_job
        if lesson and not lesson.is_finished:
            raise InvalidRequest(f"“{model.title}” is still being learnt; wait until it is done.", field="styles")
        raise InvalidRequest("One of the trained styles is not on offer; choose another.", field="styles")
    if len({model.network_id for model in models}) > 1:
        raise InvalidRequest("Only styles of the same network can be blended; choose others.", field="styles")


def check_refinable(steps: int, models: Sequence[StyleModel]) -> None:
    """Raises `InvalidRequest` where pictures are to be refined and a style has none to compare them with."""
    if steps and (reason := why_unrefinable(models)):
        raise InvalidRequest(reason, field="refine_steps")


def why_unrefinable(models: Sequence[StyleModel]) -> str:
    """What keeps pictures of these styles from being refined; empty where nothing does."""
    for model in models:
        if not model.reference_files():
            return f"The painting of “{model.title}” is not in this gallery, so pictures cannot be refined by it."
    return ""


def _check_shares(method: str, shares: Shares) -> None:
    network = method == Artwork.Method.NETWORK
    most, what = (MAX_BLENDED, "trained styles") if network else (MAX_STYLES, "paintings")
    if not 1 <= len(shares) <= most:
        raise InvalidRequest(f"Choose one to {most} {what}.", field="styles")
    if len({source.pk for source, _ in shares}) < len(shares):
        raise InvalidRequest(f"Choose each of the {what} once.", field="styles")
    if not all(0 < weight <= MAX_SHARE for _, weight in shares):
        message = f"Give each of the {what} a share above 0 and of {MAX_SHARE:,} at the most, or leave it out."
        raise InvalidRequest(message, field="styles")


def config_on_offer(owner, method: str, shares: Shares, parameters: Mapping[str, Any]) -> GatysConfig | ApplyConfig:
    """As `checked_config`, where `owner` may paint with these styles and so now. Raises `InvalidRequest`."""
    if method == Artwork.Method.GATYS:
        return checked_config(method, shares, parameters)
    models = [model for model, _ in shares]
    check_on_offer(owner, models)
    config = checked_config(method, shares, parameters)
    check_refinable(config.refine_steps, models)
    return config


def checked_config(
    method: str, shares: Shares, parameters: Mapping[str, Any], *, anew: bool = True
) -> GatysConfig | ApplyConfig:
    """The engine's configuration for a request, within the limits of this gallery. Raises `InvalidRequest`; for one
    that is not made `anew`, whichever weights workers have by now."""
    _check_shares(method, shares)
    if method == Artwork.Method.NETWORK:
        return _configured(method, parameters, {"styles": {model.slug: share for model, share in shares}}, anew)
    return _configured(method, parameters, {"style_weights": tuple(share for _, share in shares)}, anew)


def kept_parameters(config: GatysConfig | ApplyConfig) -> dict[str, Any]:
    """The settings as an artwork keeps them: trained styles and their shares stand beside."""
    return {name: value for name, value in config.to_dict().items() if name not in ("styles", "tile_size")}


def checked_settings(method: str, parameters: Mapping[str, Any]) -> GatysConfig | ApplyConfig:
    """As `checked_config`, while no styles are chosen yet."""
    return _configured(method, parameters, {"styles": {"any": 1}} if method == Artwork.Method.NETWORK else {})


def _configured(
    method: str, parameters: Mapping[str, Any], given: Mapping[str, Any], anew: bool = True
) -> GatysConfig | ApplyConfig:
    kind, own = GatysConfig, ()
    if method == Artwork.Method.NETWORK:
        kind, own = ApplyConfig, {"styles", "tile_size"}
        if parameters.get("image_size") is None:  # which means the photo's own size to the engine, however large
            parameters = {**parameters, "image_size": settings.DEFAULT_INSTANT_SIZE}
    limits = {"image_size": settings.MAX_ARTWORK_SIZE, "num_steps": settings.MAX_ARTWORK_STEPS}
    refused = missing_weights(parameters["extractor"]) if anew and "extractor" in parameters else {}
    # Those of an artwork may be sent again as they were told.
    asked, shares = parameters.get("style_weights"), given.get("style_weights")
    if asked is not None and shares is not None and as_kept({"": asked}) != as_kept({"": shares}):
        refused["style_weights"] = "The shares stand beside the styles, so leave style_weights out."
    return configured(kind, parameters, given, limits=limits, own=own, refused=refused)
