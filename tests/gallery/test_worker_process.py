import os
import socket
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.db.models import F

from gallery import rendering, worker_process
from gallery.models import Worker
from gallery.services import workers


def ended_process():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def register(name, pid, **fields):
    known = {"host": socket.gethostname(), "cluster": "optimize", "device": "CPU", "memory_bytes": 1, "extractors": []}
    workers.register_worker(name, pid=pid, **known | fields)


@pytest.mark.django_db
def test_a_worker_that_ended_without_a_word_is_no_longer_counted_once_the_next_one_starts(settings):
    settings.CLUSTER_NAME = "optimize"
    register("recycled", ended_process())
    register("elsewhere", ended_process(), host="other")
    register("living", os.getpid())
    worker_process._register()
    alive = set(Worker.objects.alive().values_list("name", flat=True))
    assert alive == {"elsewhere", "living", rendering.worker_name()}


@pytest.mark.django_db
def test_a_gallery_that_is_started_anew_counts_on_its_stopped_worker_until_the_next_one_is_here(settings):
    settings.CLUSTER_NAME = "optimize"
    register("stopped", ended_process(), extractors=["slim", "vgg16"])
    workers.note_stopping("stopped")
    assert workers.usable_extractors() == ["slim", "vgg16"]
    worker_process._register()
    assert Worker.objects.alive().get().name == rendering.worker_name()


@pytest.mark.django_db
def test_a_worker_that_was_stopped_for_good_is_counted_on_for_half_a_minute():
    register("stopped", os.getpid())
    workers.note_stopping("stopped")
    assert Worker.objects.alive().exists()
    Worker.objects.update(heartbeat_at=F("heartbeat_at") - timedelta(seconds=30))
    assert not Worker.objects.alive().exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_whose_record_an_administrator_deletes_is_known_again_at_its_next_heartbeat(settings):
    settings.CLUSTER_NAME, settings.JOB_LEASE_SECONDS = "optimize", 0.3
    heart = threading.Thread(target=worker_process._keep_heartbeat, args=(os.getppid(),))
    heart.start()
    try:
        deadline = time.monotonic() + 30
        while not Worker.objects.filter(name=rendering.worker_name()).exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert Worker.objects.alive().get().cluster == "optimize"
    finally:
        rendering.stop_requested.set()
        heart.join()
        rendering.stop_requested.clear()
    assert Worker.objects.alive().exists(), "the next one of a restart may be on its way"
