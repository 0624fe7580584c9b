"""Paints artworks, by optimisation or with a fast network."""

import math
import time
from pathlib import Path

from django.conf import settings
from torch import Tensor

from gallery.exceptions import LeaseLost, NoRoom
from gallery.models import Artwork, Job, StyleModel
from gallery.rendering.networks import network_for
from gallery.rendering.process import check_weights_here, worker_name
from gallery.rendering.reporting import WorkerStopping, earlier_losses, reported
from gallery.rendering.resuming import search_on
from gallery.services import jobs, workers
from gallery.services.estimates import estimate_seconds, latest_speed
from gallery.services.jobs import Claim
from gallery.services.room import room_for
from gallery.services.searches import forget_search, search_checkpoint
from gallery.services.stored_files import DATABASE_AWAY, removed_in_vain
from stylize_engine import __version__
from stylize_engine.config import ApplyConfig, GatysConfig, painted_megapixels, refined_megapixels
from stylize_engine.config.inference import LEARNT_EDGE
from stylize_engine.images import LoadedImage, load_image, save_image
from stylize_engine.inference import apply_in_steps
from stylize_engine.progress import Progress, Stopwatch

STATE_SECONDS = 120
# The state of a search is as large as so many float32 pictures: L-BFGS remembers forty, in pairs.
STATE_PICTURES = {"lbfgs": 45, "adam": 5}


def paint(claim: Claim) -> None:
    """Paint the artwork of a claimed job and publish the result.

    What a worker that was stopped, or after some minutes killed or left by the database, had found of it lies in a
    checkpoint, where the next one goes on.
    """
    artwork = Artwork.objects.select_related("content").get(jobs=claim.job_id)
    try:
        _paint(claim, artwork)
    except (WorkerStopping, *DATABASE_AWAY):
        raise
    except LeaseLost:
        if not Job.objects.unfinished().filter(artwork=artwork.pk).exists():
            forget_search(artwork.pk)
        raise
    except BaseException:
        forget_search(artwork.pk)
        raise
    forget_search(artwork.pk)


def _paint(claim: Claim, artwork: Artwork) -> None:
    shares = list(artwork.artworkstyle_set.select_related("style", "model__network"))
    content = load_image(artwork.content.file.path, artwork.parameters["image_size"])
    started, history = time.monotonic(), []
    progress = PAINTERS[artwork.method](claim, artwork, shares, content, history)
    provenance = {
        "engine": f"stylize_engine {__version__}",
        "config": artwork.parameters,
        "content_sha256": artwork.content.sha256,
        **_sources(shares),
        "worker": worker_name(),
        "seconds": round(time.monotonic() - started, 2),
    }
    _publish(claim, artwork, content, progress, {"loss_history": history, "provenance": provenance})


def _optimize(claim: Claim, artwork: Artwork, shares, content: LoadedImage, history: list) -> Progress:
    config = GatysConfig(**artwork.parameters)
    check_weights_here([config.extractor])
    styles = [load_image(share.style.file.path, config.painting_size).tensor for share in shares]
    earlier = earlier_losses(claim)
    if not earlier:  # of this job nothing was done yet, and what an earlier one has left is none of its own
        forget_search(artwork.pk)
    checkpoint, every = _checkpoint(artwork, content, config)
    if checkpoint and checkpoint.exists():
        history += earlier
    first = None
    for progress in reported(claim, search_on(content.tensor, styles, config, checkpoint, every), history):
        if first is None:
            first, since_first = progress, Stopwatch()
    record_speed(config, first, progress, since_first)
    return progress


def _checkpoint(artwork: Artwork, content: LoadedImage, config: GatysConfig) -> tuple[Path | None, int | None]:
    """Where a search has its state or may keep it, and every how many steps it writes that in case that its worker is
    killed; None where the disk has too little room, for each is written beside the one before."""
    checkpoint, state = search_checkpoint(artwork.pk), STATE_PICTURES[config.optimizer] * content.tensor.nbytes
    if _has_room_for(state if checkpoint.exists() else 2 * state):
        return checkpoint, _steps_between_states(artwork, content, config)
    return (checkpoint if checkpoint.exists() or _has_room_for(state) else None), None


def _has_room_for(byte_count: int) -> bool:
    try:
        room_for(byte_count)
    except NoRoom:
        return False
    return True


def _steps_between_states(artwork: Artwork, content: LoadedImage, config: GatysConfig) -> int | None:
    """As many steps as take `STATE_SECONDS` at the last scale, where each is dearest; None where the whole search takes
    no longer."""
    height, width = content.tensor.shape[-2:]
    seconds = estimate_seconds(artwork.method, artwork.parameters, width, height)
    if seconds is None or seconds <= STATE_SECONDS:
        return None
    work = sum(scale.steps * scale.image_size**2 for scale in config.plan)
    return math.ceil(STATE_SECONDS * work / (seconds * config.plan[-1].image_size ** 2))


def _apply(claim: Claim, artwork: Artwork, shares, content: LoadedImage, history: list) -> Progress:
    loaded = network_for(share.model for share in shares)
    config = ApplyConfig(styles={share.model.slug: share.weight for share in shares}, **artwork.parameters)
    paintings = {share.model.slug: _paintings(share.model) for share in shares} if config.refine_steps else {}
    stopwatch = Stopwatch()
    steps = apply_in_steps(loaded, content.tensor, config, paintings=paintings, device=settings.DEVICE)
    for progress in reported(claim, steps, history):
        pass
    _record_speed_at_once(config, tuple(content.tensor.shape[-2:]), max(stopwatch.elapsed, 1e-6))
    return progress


def _record_speed_at_once(config: ApplyConfig, size: tuple[int, int], seconds: float) -> None:
    """Note how fast this worker's network was or, where that was refined, its search."""
    painted, speed = painted_megapixels(*size, config.stroke), latest_speed("network")
    if not config.refine_steps:
        workers.record_speed(worker_name(), "network", painted / seconds)
    elif config.strength and speed and (searching := seconds - painted / speed) > 0:
        refined = refined_megapixels(*size, config.refine_steps, config.stroke)
        workers.record_speed(worker_name(), GatysConfig.extractor, refined / searching)


def _paintings(model: StyleModel) -> list[Tensor]:
    return [load_image(file.path, LEARNT_EDGE).tensor for file in model.reference_files()]


PAINTERS = {Artwork.Method.GATYS: _optimize, Artwork.Method.NETWORK: _apply}


def record_speed(config: GatysConfig, first: Progress, last: Progress, since_first: Stopwatch) -> None:
    """Note how fast this worker was, from one report of a search to a later one."""
    height, width = last.preview.shape[-2:]
    done = (last.fraction - first.fraction) * config.megapixel_steps(min(height, width) / max(height, width))
    if done > 0:
        workers.record_speed(worker_name(), config.extractor, done / max(since_first.elapsed, 1e-6))


def _publish(claim: Claim, artwork: Artwork, content: LoadedImage, progress: Progress, fields: dict) -> None:
    suffix = "jpg" if content.alpha is None else "png"
    name = f"results/{artwork.pk}-{claim.attempt}-{claim.mark}.{suffix}"
    path = Path(settings.MEDIA_ROOT) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    save_image(progress.preview, path, alpha=content.alpha)
    height, width = progress.preview.shape[-2:]
    fields |= {"result": name, "width": width, "height": height, "byte_size": path.stat().st_size}
    with removed_in_vain([path]):
        jobs.succeed_job(claim, artwork, fields, total=progress.total, loss_history=fields["loss_history"])


def _sources(shares) -> dict:
    if shares[0].style:
        return {"style_sha256": [share.style.sha256 for share in shares]}
    network = shares[0].model.network
    return {"network_sha256": network.sha256, "styles": {share.model.slug: share.weight for share in shares}}
