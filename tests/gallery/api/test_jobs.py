import threading
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery.api.views.jobs import PLACES_TO_WAIT
from gallery.models import Job
from gallery.services import jobs
from gallery.services.requests import request_instant_artwork
from stylize_engine.progress import Progress

pytestmark = pytest.mark.django_db


def address(name, job):
    return reverse(f"api:job-{name}", args=[job.pk])


def test_a_waiting_job_is_cancelled_and_done_again(as_ada_api, ada, make_artwork):
    job = make_artwork(ada).latest_job
    assert as_ada_api.post(address("cancel", job)).data["state"] == "cancelled"
    again = as_ada_api.post(address("retry", job))
    assert (again.status_code, again.data["retry_of"]) == (201, job.pk)
    assert as_ada_api.post(address("cancel", job)).status_code == 409


def test_a_training_is_not_done_again_for_who_may_train_no_longer(as_ada_api, ada, make_training):
    job = make_training(ada).latest_job
    jobs.cancel_job(job)
    answer = as_ada_api.post(address("retry", job))
    assert (answer.status_code, answer.data["message"]) == (400, "Only administrators may have a training done again.")
    assert Job.objects.get() == job


def test_jobs_are_told_without_reading_what_they_work_on(as_ada_api, ada, trained, make_photo):
    request_instant_artwork(ada, make_photo(ada), [(trained[0], 1)], {"image_size": 64})
    with CaptureQueriesContext(connection) as asked:
        assert len(as_ada_api.get(reverse("api:job-list")).data["results"]) == 1
    assert not [query["sql"] for query in asked if '"row"' in query["sql"] or '"parameters"' in query["sql"]]


def test_jobs_are_filtered_by_state(as_ada_api, ada, make_artwork):
    first, second = make_artwork(ada).latest_job, make_artwork(ada).latest_job
    jobs.cancel_job(first)
    found = as_ada_api.get(reverse("api:job-list"), {"state": "queued"}).data["results"]
    assert [entry["id"] for entry in found] == [str(second.pk)]


def test_a_running_job_shows_its_preview(as_ada_api, ada, make_artwork, media_root):
    job = make_artwork(ada).latest_job
    held = jobs.claim_next(job.queue, "w")
    (media_root / "previews").mkdir(parents=True)
    (media_root / "previews" / "p.jpg").write_bytes(b"\xff\xd8 a preview")
    jobs.report_progress(
        held, Progress(1, 4), eta_seconds=2, loss_history=[{"step": 1, "total": 3.0}], preview="previews/p.jpg"
    )
    data = as_ada_api.get(address("detail", job)).data
    assert (data["progress"], data["losses"], data["eta_seconds"]) == (0.25, {"total": 3.0}, 2)
    assert b"".join(as_ada_api.get(data["preview"]).streaming_content) == b"\xff\xd8 a preview"


@pytest.mark.django_db(transaction=True)
def test_waiting_for_a_job_ends_when_it_moves_on(as_ada_api, ada, make_artwork):
    job = make_artwork(ada).latest_job

    def cancel_later():
        time.sleep(0.5)
        Job.objects.filter(pk=job.pk).update(step=2)
        from django.db import connection

        connection.close()

    thread = threading.Thread(target=cancel_later)
    thread.start()
    answer = as_ada_api.get(address("detail", job), {"wait": 20})
    thread.join()
    assert answer.data["step"] == 2


@pytest.mark.parametrize("wait", ["-1", "1000", "soon", "nan"])
def test_an_impossible_wait_is_refused(as_ada_api, ada, make_artwork, wait):
    answer = as_ada_api.get(address("detail", make_artwork(ada).latest_job), {"wait": wait})
    assert "wait" in answer.data["fields"]


def test_a_wait_for_a_job_that_has_ended_is_none(as_ada_api, ada, make_painted):
    job = make_painted(ada).latest_job
    assert as_ada_api.get(address("detail", job), {"wait": 20}).data["state"] == "succeeded"


def test_waiting_takes_half_the_threads_at_the_most_and_who_finds_no_place_is_answered_at_once(
    as_ada_api, ada, make_artwork, settings
):
    job, taken = make_artwork(ada).latest_job, 0
    while PLACES_TO_WAIT.acquire(blocking=False):
        taken += 1
    try:
        turned_away = as_ada_api.get(address("detail", job), {"wait": 20})
        not_asking = as_ada_api.get(address("detail", job))
    finally:
        PLACES_TO_WAIT.release(taken)
    assert taken == settings.WEB_THREADS // 2
    assert (turned_away.data["state"], turned_away["Retry-After"]) == ("queued", "1")
    assert "Retry-After" not in not_asking


def test_a_place_to_wait_is_free_again_afterwards(as_ada_api, ada, make_artwork):
    job = make_artwork(ada).latest_job
    held = 0
    while PLACES_TO_WAIT.acquire(blocking=False):
        held += 1
    PLACES_TO_WAIT.release()
    try:
        for _ in range(2):
            assert "Retry-After" not in as_ada_api.get(address("detail", job), {"wait": 0.1})
    finally:
        PLACES_TO_WAIT.release(held - 1)
