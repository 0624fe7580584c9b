"""How long painting will take, from the speed the workers measured themselves."""

from collections.abc import Mapping
from typing import Any

from gallery.models import Job, Worker
from stylize_engine.config import GatysConfig

STARTUP_SECONDS = 1.0


def estimate_seconds(parameters: Mapping[str, Any], width: int, height: int) -> float | None:
    """Seconds of painting a photo of `width` x `height` with these engine settings; None until a worker was measured.

    `parameters` are fields of the engine's `GatysConfig`.
    """
    config = GatysConfig(**parameters)
    speeds = [worker.speeds.get(config.extractor) for worker in Worker.objects.order_by("-heartbeat_at")[:20]]
    speed = next((speed for speed in speeds if speed), None)
    if speed is None:
        return None
    return STARTUP_SECONDS + config.megapixel_steps(min(width, height) / max(width, height)) / speed


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
