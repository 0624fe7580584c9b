"""How long work will take, from the speed the workers measured themselves."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings

from gallery.exceptions import InvalidRequest
from gallery.models import Artwork, Job, Worker
from stylize_engine.config import GatysConfig, TrainingConfig, painted_megapixels, refined_megapixels

STARTUP_SECONDS = {Artwork.Method.GATYS: 1.0, Artwork.Method.NETWORK: 0.3}


def estimate_seconds(method: str, parameters: Mapping[str, Any], width: int, height: int) -> float | None:
    """Seconds of painting a photo of `width` x `height` with these engine settings; None until a worker was measured.

    `parameters` are fields of the engine's `GatysConfig`, or of its `ApplyConfig` for a fast network.
    """
    ratio = min(width, height) / max(width, height)
    if method == Artwork.Method.NETWORK:
        return _seconds_at_once(parameters, ratio)
    config = GatysConfig(**parameters)
    speed = latest_speed(config.extractor)
    return STARTUP_SECONDS[method] + config.megapixel_steps(ratio) / speed if speed else None


def _seconds_at_once(parameters: Mapping[str, Any], ratio: float) -> float | None:
    """Seconds of painting with a fast network, and of refining that."""
    height, width, stroke = round(parameters["image_size"] * ratio), parameters["image_size"], parameters["stroke"]
    refined = refined_megapixels(height, width, parameters.get("refine_steps", 0), stroke)
    speed, search = latest_speed("network"), latest_speed("slim") if refined else 1.0
    if not speed or not search:
        return None
    startup = STARTUP_SECONDS[Artwork.Method.NETWORK]
    return startup + painted_megapixels(height, width, stroke) / speed + refined / search


def estimate_lesson_seconds(steps: float) -> float | None:
    """Seconds of learning a style in that many steps; None until a worker has learnt one."""
    speed = latest_speed("lesson")
    return steps / speed if speed else None


def estimate_training_seconds(config: TrainingConfig) -> float | None:
    """Seconds of a training, without its validations; None until a worker was measured with that extractor, and for
    epochs, since how many photos there are is known to the worker alone."""
    if config.epochs and config.steps is None:
        return None
    work = config.total_steps(1) * training_megapixels(config)
    if speed := latest_speed(training_speed_name(config.extractor)):
        return work / speed
    lessons = latest_speed("lesson") if config.extractor == "slim" else None
    lesson = settings.LESSON_BATCH_SIZE * TrainingConfig.image_size**2 / 1e6
    return work / (lessons * lesson) if lessons else None


def training_megapixels(config: TrainingConfig) -> float:
    """Megapixels of photographs in a step."""
    return config.resolved_batch_size * config.image_size**2 / 1e6


def training_speed_name(extractor: str) -> str:
    """What a worker's speed of training is called, in megapixels of photographs a second."""
    return f"training with {extractor}"


def estimate_trials(trials: Iterable[GatysConfig | TrainingConfig], width: int, height: int) -> list[float | None]:
    """Seconds of each trial of a grid on a photo of `width` x `height`."""
    return [
        estimate_training_seconds(trial)
        if isinstance(trial, TrainingConfig)
        else estimate_seconds(Artwork.Method.GATYS, trial.to_dict(), width, height)
        for trial in trials
    ]


def estimate_grid_seconds(trials: Iterable[GatysConfig | TrainingConfig], width: int, height: int) -> float | None:
    """As `estimate_trials`, of all together; None where one is not known."""
    seconds = estimate_trials(trials, width, height)
    return None if None in seconds else sum(seconds)


def latest_speed(what: str) -> float | None:
    """The speed that a worker seen lately was measured at; None where none was."""
    speeds = (worker.speeds.get(what) for worker in Worker.objects.order_by("-heartbeat_at")[:20])
    return next((speed for speed in speeds if speed), None)


def queue_of(method: str, seconds: float | None) -> str:
    """The queue of an artwork that takes so many seconds: short work does not stand behind long work."""
    limit = min(settings.INTERACTIVE_LIMIT_SECONDS, settings.Q_CLUSTER["ALT_CLUSTERS"]["interactive"]["timeout"])
    quick = seconds is not None and seconds <= limit
    at_once = seconds is None and method == Artwork.Method.NETWORK
    return Job.Queue.INTERACTIVE if quick or at_once else Job.Queue.OPTIMIZE


def check_fits_in_turn(what: str, seconds: float | None, queue: str) -> None:
    """Raises `InvalidRequest` where `what` takes longer than its queue leaves a worker to anything."""
    limit = settings.Q_CLUSTER["ALT_CLUSTERS"][queue]["timeout"]
    if seconds is not None and seconds > limit:
        raise InvalidRequest(
            f"{what} would take about {seconds / 3600:.1f} hours, and this gallery allows {limit / 3600:g}; choose a "
            "smaller size or fewer steps."
        )
