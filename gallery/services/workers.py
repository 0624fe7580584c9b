"""What workers tell about themselves."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import timezone

from gallery.models import Worker
from gallery.models.workers import STALE_AFTER
from stylize_engine.layers import EXTRACTORS

FORGOTTEN_AFTER = timedelta(days=7)
SMOOTHING = 0.5
# A restart brings the next worker sooner than this, importing torch included.
RESTARTED_WITHIN = timedelta(seconds=30)


def register_worker(
    name: str, *, host: str, cluster: str, pid: int, device: str, memory_bytes: int, extractors: Sequence[str]
) -> Worker:
    """Record a worker that just started; it inherits the speeds measured on the same host and device."""
    now = timezone.now()
    Worker.objects.filter(heartbeat_at__lt=now - FORGOTTEN_AFTER).exclude(host=host, device=device).delete()
    earlier = Worker.objects.filter(host=host, device=device).order_by("-heartbeat_at").first()
    worker, _ = Worker.objects.update_or_create(
        name=name,
        defaults={
            "host": host,
            "cluster": cluster,
            "pid": pid,
            "device": device,
            "memory_bytes": memory_bytes,
            "extractors": list(extractors),
            "speeds": earlier.speeds if earlier else {},
            "loaded": [],
            "started_at": now,
            "heartbeat_at": now,
        },
    )
    Worker.objects.filter(host=host, heartbeat_at__lt=now - FORGOTTEN_AFTER).delete()
    return worker


def beat(name: str) -> bool:
    """Tell that a worker is alive; False where nothing is known of it any more."""
    return bool(Worker.objects.filter(name=name).update(heartbeat_at=timezone.now()))


def note_stopping(name: str) -> None:
    """Tell that a worker is being stopped: pages count on it until the next one of a restart would be here."""
    Worker.objects.filter(name=name).update(heartbeat_at=timezone.now() - STALE_AFTER + RESTARTED_WITHIN)


def sign_off(name: str) -> None:
    """Tell that a worker has ended: pages stop counting on it at once."""
    Worker.objects.filter(name=name).update(heartbeat_at=timezone.now() - timedelta(hours=1))


def note_loaded(name: str, titles: Sequence[str]) -> None:
    """Tell which networks a worker keeps in memory."""
    Worker.objects.filter(name=name).update(loaded=list(titles))


def workers_alive(queue: str | None = None) -> bool:
    """Whether any worker, or any of one queue, has been heard of lately."""
    workers = Worker.objects.alive()
    return (workers.filter(cluster=queue) if queue else workers).exists()


def reported_extractors() -> set[str]:
    """The extractors that some living worker has weights for."""
    return {name for worker in Worker.objects.alive() for name in worker.extractors}


def usable_extractors() -> list[str]:
    """Those of `reported_extractors`, in order, and the one that ships, which always is."""
    reported = reported_extractors()
    return [name for name in EXTRACTORS if name == "slim" or name in reported]


def missing_weights(extractor: str) -> dict[str, str]:
    """What is wrong with asking for an extractor whose weights no worker has, as a sentence by field."""
    if extractor not in tuple(EXTRACTORS) or extractor in usable_extractors():
        return {}
    return {"extractor": f"No worker has the weights of {extractor}; choose another."}


def record_speed(name: str, extractor: str, speed: float) -> None:
    """Blend a newly measured speed, in megapixel steps a second, into what is known of a worker."""
    worker = Worker.objects.filter(name=name).first()
    if worker is None:
        return
    known = worker.speeds.get(extractor)
    blended = speed if known is None else SMOOTHING * speed + (1 - SMOOTHING) * known
    worker.speeds = {**worker.speeds, extractor: round(blended, 4)}
    worker.save(update_fields=["speeds"])
