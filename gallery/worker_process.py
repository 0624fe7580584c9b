"""The life of one worker process: warm before its first job, heard of while it lives, gone when its cluster is.

Called once in each worker right after the fork; see `gallery.queue.on_worker_start`.
"""

import logging
import os
import signal
import socket
import threading
import time

import torch
from django.conf import settings
from django.db import close_old_connections, connection

from gallery import rendering
from gallery.models import Job, Worker
from gallery.rendering.artworks import record_speed
from gallery.rendering.networks import network_for
from gallery.services import workers
from gallery.services.jobs import extend_lease
from gallery.services.styles import base_network
from stylize_engine.config import ApplyConfig, GatysConfig
from stylize_engine.devices import free_memory, resolve_device
from stylize_engine.gatys import optimize
from stylize_engine.inference import apply_network
from stylize_engine.layers import EXTRACTORS
from stylize_engine.progress import Stopwatch
from stylize_engine.weights import weights_available

HEARTBEAT_SECONDS = 20
# What nobody waits for gives way to what somebody watches.
TRAINING_NICENESS = 10
# At one size, for what each further one prepares would weigh more in six steps than in those of a picture.
PROBE = GatysConfig(image_size=256, num_steps=6, scales=1)
logger = logging.getLogger(__name__)


def start() -> None:
    """Register this process as a worker, measure its speed and keep its heartbeat. Failures are logged, not raised."""
    # Not SIGTERM: sent to all processes of a cluster it kills django-q2's sentinel, for which the others wait for ever.
    signal.signal(signal.SIGINT, _stop)
    if settings.CLUSTER_NAME == Job.Queue.TRAINING:
        os.nice(TRAINING_NICENESS)
    try:
        _register()
        if settings.CLUSTER_NAME != Job.Queue.TRAINING:
            _measure()
    except Exception:
        logger.exception("This worker could not introduce itself; it works all the same.")
    threading.Thread(target=_keep_heartbeat, args=(os.getppid(),), name="heartbeat", daemon=True).start()


def _register() -> None:
    _sign_off_dead()
    device = resolve_device(settings.DEVICE)
    workers.register_worker(
        rendering.worker_name(),
        host=socket.gethostname(),
        cluster=settings.CLUSTER_NAME,
        pid=os.getpid(),
        device=torch.cuda.get_device_name(device)
        if device.type == "cuda"
        else f"CPU, {torch.get_num_threads()} threads",
        memory_bytes=free_memory(device),
        extractors=[name for name in EXTRACTORS if weights_available(name)],
    )


def _sign_off_dead() -> None:
    """Of this cluster's workers on this machine, those that are counted on no longer: stopped a moment ago, or ended
    without a word, as one does that is recycled."""
    for worker in Worker.objects.alive().filter(host=socket.gethostname(), cluster=settings.CLUSTER_NAME):
        try:
            os.kill(worker.pid, 0)
        except ProcessLookupError:
            workers.sign_off(worker.name)
        except PermissionError:
            pass


def _measure() -> None:
    picture = torch.rand(1, 3, 192, 256, generator=torch.Generator().manual_seed(0))
    steps = optimize(picture, [picture], PROBE, device=settings.DEVICE, report_every=1)
    first, stopwatch = next(steps), Stopwatch()
    *_, last = steps
    record_speed(PROBE, first, last, stopwatch)
    _warm_network(picture)


def _warm_network(picture: torch.Tensor) -> None:
    """Load the gallery's network, so that the first picture does not wait for it, and measure its speed."""
    network = base_network()
    style = network and network.styles.filter(row__isnull=False).first()
    if style is None:
        return
    loaded, config = network_for([style]), ApplyConfig({style.slug: 1}, image_size=512)
    apply_network(loaded, picture, config, device=settings.DEVICE)
    stopwatch = Stopwatch()
    painted = apply_network(loaded, picture, config, device=settings.DEVICE)
    workers.record_speed(rendering.worker_name(), "network", painted[0, 0].numel() / 1e6 / max(stopwatch.elapsed, 1e-6))


def _stop(signum, frame) -> None:
    """Take no further job; the one being painted is given back at its next step.

    The process goes on answering rings, with nothing: a cluster whose worker is gone while a ring waits for it never
    ends. The cluster itself tells its workers when to end.
    """
    rendering.stop_requested.set()


def _keep_heartbeat(cluster_pid: int) -> None:
    """Tell that this worker lives, and that what it works on is not abandoned: a step may take longer than a lease."""
    while not rendering.stop_requested.wait(min(HEARTBEAT_SECONDS, settings.JOB_LEASE_SECONDS / 3)):
        if os.getppid() != cluster_pid:
            logger.error("The cluster of this worker is gone; the worker ends.")
            rendering.stop_requested.set()
            while rendering.claims:
                time.sleep(0.1)
            os._exit(0)
        close_old_connections()
        try:
            if not workers.beat(rendering.worker_name()):  # an administrator has deleted its record
                _register()
            for claim in tuple(rendering.claims):
                extend_lease(claim)
        except Exception:
            logger.exception("The heartbeat of this worker could not be written.")
    workers.note_stopping(rendering.worker_name())
    connection.close()
