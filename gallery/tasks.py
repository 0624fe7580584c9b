"""What a worker process calls, by name; everything else about a job is in its row."""

from gallery import rendering
from gallery.services.jobs import claim_next


def work_on(queue: str) -> None:
    """Do the job of `queue` whose turn it is; nothing where none waits or this worker is being stopped."""
    if rendering.stop_requested.is_set():
        return
    claim = claim_next(queue, rendering.worker_name())
    if claim is not None:
        rendering.run(claim)
