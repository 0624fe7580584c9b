"""The doorbell between web processes and workers; the only file that imports django_q.

Ringing tells the workers of a queue that there is work. Which job is done next is read from the Job rows, so a lost
ring delays a job until the reaper rings again, and one ring too many finds nothing to do.
"""

import logging

from django.db import transaction
from django_q.brokers import get_broker
from django_q.exceptions import TimeoutException as TaskTimeout
from django_q.signals import post_spawn
from django_q.tasks import async_task

__all__ = ["TaskTimeout", "on_worker_start", "ring", "ring_on_commit", "waiting_rings"]

TASK = "gallery.tasks.work_on"
logger = logging.getLogger(__name__)


def ring(queue: str) -> None:
    """Tell one worker of `queue` to look for a job. A queue out of reach is logged: the reaper rings again."""
    try:
        async_task(TASK, queue, cluster=queue, group=queue)
    except Exception:
        logger.exception("The queue %s cannot be reached; its jobs wait for the reaper.", queue)


def ring_on_commit(queue: str) -> None:
    """Ring once the current transaction is committed, so that the worker sees the job."""
    transaction.on_commit(lambda: ring(queue))


def waiting_rings(queue: str) -> int:
    """How many rings no worker has answered yet."""
    return get_broker(queue).queue_size()


def on_worker_start(receiver) -> None:
    """Call `receiver()` in each worker process right after it was forked."""
    post_spawn.connect(lambda **kwargs: receiver(), weak=False, dispatch_uid="gallery.worker")
