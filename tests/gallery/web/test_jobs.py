import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.models import Job, Worker
from gallery.services import jobs, turns
from gallery.services.searches import search_checkpoint

pytestmark = pytest.mark.django_db


def address(name, job):
    return reverse(f"jobs:{name}", args=[job.pk])


@pytest.fixture
def worker(db):
    now = timezone.now()
    return Worker.objects.create(
        name="w", host="h", cluster="optimize", pid=1, device="cpu", started_at=now, heartbeat_at=now
    )


def fail(job):
    jobs.fail_job(jobs.claim_next(job.queue, "w"), "out_of_memory", "The device has too little memory.")


def test_a_waiting_job_tells_its_place(as_ada, ada, job, make_artwork, worker):
    second = make_artwork(ada).latest_job
    assert "Yours is next." in as_ada.get(address("detail", job)).text
    assert "1 job before yours." in as_ada.get(address("detail", second)).text
    Job.objects.update(estimated_seconds=120.0)
    turns.kept.clear()
    page = as_ada.get(address("detail", second)).text
    assert "1 job before yours (about 2 minutes). Painting takes about 2 minutes." in page


def test_without_a_worker_the_page_says_so_and_to_those_who_run_the_gallery_what_to_do(as_ada, ada, job):
    page = as_ada.get(address("detail", job)).text
    assert "No worker for this is running" in page
    assert "manage.py" not in page
    type(ada).objects.filter(pk=ada.pk).update(is_staff=True)
    page = as_ada.get(address("detail", job)).text
    assert "manage.py start" in page
    assert "Q_CLUSTER_NAME=optimize" in page


def test_a_worker_of_another_queue_does_not_count(as_ada, job, worker):
    Worker.objects.update(cluster="interactive")
    assert "No worker for this is running" in as_ada.get(address("detail", job)).text


def test_a_running_job_shows_how_far_it_is_in_one_number_time_left_and_preview(as_ada, running):
    page = as_ada.get(address("detail", running)).text
    assert "<dt>Done</dt><dd>50 %</dd>" in page
    assert "<dt>Step</dt>" not in page
    assert "30 seconds" in page
    assert reverse("media:job_preview", args=[running.pk, 2]) in page
    assert '<polyline class="curve-line curve-total"' in page
    assert "<title>50 % · Harbour at night" in page


def test_that_the_gallery_does_not_answer_is_said_above_what_it_said_last(as_ada, running):
    page = as_ada.get(address("detail", running)).text
    assert page.index("data-job-offline") < page.index('id="job-panel"')
    assert 'class="while-answered"><dt>Time left' in page


def test_a_running_job_says_beforehand_that_cancel_keeps_nothing(as_ada, running):
    assert "Cancel keeps nothing" in as_ada.get(address("detail", running)).text
    jobs.cancel_job(running)
    assert "Cancel keeps nothing" not in as_ada.get(address("detail", running)).text


def test_a_finished_job_leads_to_its_artwork(as_ada, ada, make_painted):
    artwork = make_painted(ada)
    assert as_ada.get(address("detail", artwork.latest_job)).url == artwork.get_absolute_url()
    assert as_ada.get(address("panel", artwork.latest_job))["X-Result"] == artwork.get_absolute_url()


def test_a_failed_job_says_why_and_can_be_tried_again(as_ada, job):
    fail(job)
    assert "The device has too little memory." in as_ada.get(address("detail", job)).text
    answer = as_ada.post(address("retry", job))
    newer = job.artwork.jobs.get(state="queued")
    assert answer.url == address("detail", newer)
    assert newer.retry_of == job
    old_page = as_ada.get(address("detail", job)).text
    assert "To the latest try" in old_page
    assert "It was tried again since." in old_page
    for action in (address("retry", job), reverse("artworks:delete", args=[job.artwork_id])):
        assert action not in old_page


def test_trying_again_twice_makes_one_job(as_ada, job):
    fail(job)
    answers = {as_ada.post(address("retry", job)).url for _ in range(2)}
    assert len(answers) == 1
    assert Job.objects.count() == 2


def test_a_waiting_job_is_cancelled_at_once(as_ada, job):
    page = as_ada.post(address("cancel", job), follow=True)
    job.refresh_from_db()
    assert job.state == "cancelled"
    assert "Paint it again" in page.text


def test_what_was_to_be_painted_from_a_photo_that_was_deleted_cannot_be_tried_again(as_ada, job):
    as_ada.post(address("cancel", job))
    job.artwork.content.delete()
    page = as_ada.get(address("detail", job)).text
    assert "Its photo was deleted, so it cannot be painted again." in page
    assert "still there" not in page
    assert address("retry", job) not in page


def test_a_painting_that_has_come_far_is_cancelled_only_after_the_question(as_ada, running):
    page = as_ada.post(address("cancel", running)).text
    assert "painted to 50 %, and the rest takes about 30 seconds" in page
    assert 'name="sure"' in page
    running.refresh_from_db()
    assert not running.stop_requested
    Job.objects.update(step=1)
    as_ada.post(address("cancel", running))
    running.refresh_from_db()
    assert running.stop_requested


def test_so_is_one_that_waits_to_be_gone_on_with(as_ada, job):
    Job.objects.update(queue="optimize", step=50, total=100)
    checkpoint = search_checkpoint(job.artwork.pk)
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"x")
    assert "goes on from there or a little before" in as_ada.get(address("detail", job)).text
    page = as_ada.post(address("cancel", job)).text
    assert "painted to 50 %" in page
    assert "the work goes on" not in page
    checkpoint.unlink()
    assert "it starts once more" in as_ada.get(address("detail", job)).text
    as_ada.post(address("cancel", job))
    job.refresh_from_db()
    assert job.state == "cancelled"


def test_a_running_job_is_asked_to_stop_and_offers_no_second_cancel(as_ada, running):
    page = as_ada.post(address("cancel", running), {"sure": "yes"}, follow=True).text
    assert "Stopping" in page
    assert address("cancel", running) not in page
    assert "Time left" not in page
    assert "the work goes on" not in page


def test_cancelling_a_job_that_has_ended_is_refused_in_a_sentence(as_ada, job):
    fail(job)
    assert "already ended" in as_ada.post(address("cancel", job), follow=True).text


def test_the_job_of_a_training_leads_to_the_studio(as_ada, ada, make_training):
    run = make_training(ada)
    assert as_ada.get(address("detail", run.latest_job)).url == run.get_absolute_url()


@pytest.mark.parametrize("name", ["detail", "panel"])
def test_jobs_of_others_do_not_exist(as_ben, job, name):
    assert as_ben.get(address(name, job)).status_code == 404


def test_what_is_painted_no_more_is_not_said_to_be(as_ada, job):
    assert ", being painted" in as_ada.get(address("detail", job)).context["picture_alt"]
    jobs.cancel_job(job)
    assert "being" not in as_ada.get(address("detail", job)).context["picture_alt"]


@pytest.mark.parametrize("name", ["cancel", "retry"])
def test_jobs_of_others_cannot_be_touched(as_ben, client, job, name):
    assert as_ben.post(address(name, job)).status_code == 404
    assert client.post(address(name, job)).url.startswith(reverse("account_login"))
    job.refresh_from_db()
    assert job.state == "queued"


@pytest.mark.parametrize("name", ["cancel", "retry"])
def test_looking_at_an_address_that_takes_what_is_sent_changes_nothing_and_leads_to_its_page(as_ada, job, name):
    assert as_ada.get(address(name, job)).url == address("detail", job)
    job.refresh_from_db()
    assert job.state == "queued"
