"""How long work will take, from the speed the workers measured themselves."""

from collections.abc import Mapping
from typing import Any

from gallery.models import Artwork, Job, Worker
from stylize_engine.config import GatysConfig

STARTUP_SECONDS = {Artwork.Method.GATYS: 1.0, Artwork.Method.NETWORK: 0.3}


def estimate_seconds(method: str, parameters: Mapping[str, Any], width: int, height: int) -> float | None:
    """Seconds of painting a photo of `width` x `height` with these engine settings; None until a worker was measured.

    `parameters` are fields of the engine's `GatysConfig`, or of its `ApplyConfig` for a fast network.
    """
    ratio = min(width, height) / max(width, height)
    if method == Artwork.Method.NETWORK:
        what, work = "network", (parameters["image_size"] / parameters["stroke"]) ** 2 * ratio / 1e6
    else:
        config = GatysConfig(**parameters)
        what, work = config.extractor, config.megapixel_steps(ratio)
    speed = _latest_speed(what)
    return STARTUP_SECONDS[method] + work / speed if speed else None


def estimate_lesson_seconds(steps: int) -> float | None:
    """Seconds of learning a style in that many steps; None until a worker has learnt one."""
    speed = _latest_speed("lesson")
    return steps / speed if speed else None


def _latest_speed(what: str) -> float | None:
    speeds = (worker.speeds.get(what) for worker in Worker.objects.order_by("-heartbeat_at")[:20])
    return next((speed for speed in speeds if speed), None)


def queue_wait_seconds(user) -> float:
    """Roughly how long a new job of `user` waits: what runs, and one job of each other person who waits."""
    running = Job.objects.filter(state=Job.State.RUNNING)
    waiting = Job.objects.filter(state=Job.State.QUEUED)
    own = waiting.owned_by(user)
    first_of_others = {job.owner_id: job for job in waiting.exclude(pk__in=own)}.values()
    seconds = sum(job.eta_seconds or job.estimated_seconds or 0 for job in running)
    seconds += sum(job.estimated_seconds or 0 for job in [*own, *first_of_others])
    return seconds / max(1, Worker.objects.alive().count())


def workers_alive() -> bool:
    """Whether any worker has been heard of lately."""
    return Worker.objects.alive().exists()
