"""The reaper as it runs beside the workers, with webhooks that do not behave."""

import contextlib
import signal
import socket
import threading
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from gallery.models import Delivery, Job, Webhook
from gallery.services import jobs
from tests.flows.conftest import database_url
from tests.processes import WAIT_SECONDS, Process, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def endless():
    """The address of a program that answers for ever without saying anything, and the event of its first message."""
    server, heard, over = socket.create_server(("127.0.0.1", 0)), threading.Event(), threading.Event()

    def answer():
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            with connection:
                heard.set()
                while not over.wait(0.1):
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}/", heard
    over.set()
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


@pytest.fixture
def reaper(tmp_path, media_root):
    process = Process(
        "reap", "--every", "0.2",
        log=tmp_path / "log",
        DATABASE_URL=database_url(),
        REDIS_URL="",
        SECRET_KEY=django_settings.SECRET_KEY,
        DATA_DIR=str(django_settings.DATA_DIR),
        MEDIA_ROOT=str(media_root),
        WEBHOOKS_TO_PRIVATE_ADDRESSES="1",
    )  # fmt: skip
    yield process
    process.kill_group()


def test_jobs_are_recovered_while_a_webhook_listens_for_ever_and_the_reaper_ends_when_told(
    ada, make_artwork, endless, reaper
):
    url, heard = endless
    Webhook.objects.create(owner=ada, url=url)
    jobs.cancel_job(make_artwork(ada).latest_job)
    assert heard.wait(WAIT_SECONDS), reaper.output
    job = make_artwork(ada).latest_job
    assert jobs.claim_next(job.queue, "a worker that dies")
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    wait_until(lambda: Job.objects.get(pk=job.pk).state == Job.State.QUEUED, "the job of the dead worker to wait again")
    assert Delivery.objects.get().last_error == ""
    reaper.popen.send_signal(signal.SIGTERM)
    assert reaper.popen.wait(WAIT_SECONDS) == 0
    assert Delivery.objects.get().last_error == "No answer within 10 seconds."
    assert "Traceback" not in reaper.output
