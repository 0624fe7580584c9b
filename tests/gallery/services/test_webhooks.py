import json
import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from gallery.exceptions import InvalidRequest, QuotaExceeded
from gallery.models import Delivery, Job, Webhook
from gallery.services import jobs, public_http, webhooks

pytestmark = pytest.mark.django_db


def deliver():
    webhooks.queue_deliveries()
    return webhooks.send_due()


def make_due():
    Delivery.objects.filter(next_attempt_at__isnull=False).update(next_attempt_at=timezone.now())


def test_a_job_that_ends_is_told_once_and_signed(ada, listener, make_artwork):
    webhook, _ = webhooks.add_webhook(ada, listener.url)
    job = make_artwork(ada).latest_job
    assert deliver() == 0
    jobs.cancel_job(job)
    assert (deliver(), deliver()) == (1, 0)
    ((path, headers, body),) = listener.received
    assert path == "/hook?x=1"
    assert json.loads(body)["event"] == "job.cancelled"
    assert json.loads(body)["job"] == str(job.pk)
    expected = webhooks.signature(webhook.secret, int(headers["Gallery-Timestamp"]), body)
    assert headers["Gallery-Signature"] == expected
    assert Delivery.objects.get().delivered_at


def test_jobs_of_others_and_from_before_are_not_told(ada, ben, listener, make_artwork):
    jobs.cancel_job(make_artwork(ada).latest_job)
    webhooks.add_webhook(ada, listener.url)
    jobs.cancel_job(make_artwork(ben).latest_job)
    assert deliver() == 0
    assert listener.received == []


def test_what_is_not_taken_is_sent_again_later_and_then_given_up(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    jobs.cancel_job(make_artwork(ada).latest_job)
    listener.answers[:] = [500]
    for attempt in range(1, len(webhooks.PAUSES) + 2):
        assert deliver() == 0
        delivery = Delivery.objects.get()
        assert (delivery.attempts, delivery.last_error) == (attempt, "The answer was 500.")
        assert deliver() == 0
        make_due()
    assert delivery.next_attempt_at is None
    assert len(listener.received) == len(webhooks.PAUSES) + 1


def test_a_second_attempt_that_succeeds_is_the_last(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    jobs.cancel_job(make_artwork(ada).latest_job)
    listener.answers[:] = [500, 204]
    deliver()
    make_due()
    assert deliver() == 1
    assert Delivery.objects.get().last_error == ""


def test_a_job_that_ended_while_no_reaper_ran_for_days_is_told_once(ada, listener, make_artwork):
    webhook, _ = webhooks.add_webhook(ada, listener.url)
    job = make_artwork(ada).latest_job
    jobs.cancel_job(job)
    long_ago = timezone.now() - webhooks.KEPT
    Webhook.objects.update(created_at=long_ago)
    Job.objects.update(finished_at=long_ago + timedelta(hours=1))
    assert (deliver(), deliver()) == (1, 0)
    assert Delivery.objects.get().webhook == webhook


def test_the_webhooks_of_somebody_blocked_are_told_nothing(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    told_later = make_artwork(ada).latest_job
    jobs.cancel_job(make_artwork(ada).latest_job)
    webhooks.queue_deliveries()
    type(ada).objects.update(is_active=False)
    jobs.cancel_job(told_later)
    assert (webhooks.queue_deliveries(), webhooks.send_due()) == (0, 0)
    type(ada).objects.update(is_active=True)
    assert deliver() == 2


def test_redirects_are_not_followed(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    jobs.cancel_job(make_artwork(ada).latest_job)
    listener.answers[:] = [302]
    assert deliver() == 0
    assert len(listener.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://[::1]/", "https://10.1.2.3/", "https://169.254.169.254/latest/meta-data/",
        "https://localhost/", "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/", "https://2130706433/",
        "http://93.184.216.34/", "ftp://93.184.216.34/", "https://", "https://[", "https://93.184.216.34:99999/",
        "https://user:password@93.184.216.34/", "https://@93.184.216.34/",
    ],
)  # fmt: skip
def test_private_and_insecure_addresses_are_refused(ada, url):
    with pytest.raises(InvalidRequest) as refusal:
        webhooks.add_webhook(ada, url)
    assert refusal.value.field == "url"


def test_a_name_that_leads_to_a_private_address_later_is_told_nothing(ada, listener, make_artwork, settings):
    Webhook.objects.create(owner=ada, url=listener.url.replace("http:", "https:"))
    jobs.cancel_job(make_artwork(ada).latest_job)
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    assert deliver() == 0
    assert "There is no public machine called" in Delivery.objects.get().last_error
    assert listener.received == []


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(monkeypatch, listener):
    """A name that is asked twice may lead to a public machine first and to a private one then."""
    asked = []

    def look_up(host, port, *args, **options):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))]

    monkeypatch.setattr(public_http.socket, "getaddrinfo", look_up)
    url = listener.url.replace("127.0.0.1", "hooks.example.org")
    assert public_http.post(url, b"{}", {"Content-Length": "2"}) == 204
    assert [host for host in asked if host != "127.0.0.1"] == ["hooks.example.org"]


def test_the_number_of_webhooks_is_limited_and_the_same_one_counts_once(ada, listener, settings):
    settings.MAX_WEBHOOKS_PER_USER = 2
    first, _ = webhooks.add_webhook(ada, listener.url)
    assert webhooks.add_webhook(ada, listener.url) == (first, False)
    webhooks.add_webhook(ada, listener.url + "&y=2")
    with pytest.raises(QuotaExceeded, match="remove one first"):
        webhooks.add_webhook(ada, listener.url + "&z=3")


def test_at_the_limit_the_same_one_is_still_given(ada, listener, settings):
    settings.MAX_WEBHOOKS_PER_USER = 1
    first, _ = webhooks.add_webhook(ada, listener.url)
    assert webhooks.add_webhook(ada, listener.url) == (first, False)


def test_the_message_names_what_the_job_worked_on(ada, listener, make_training):
    webhooks.add_webhook(ada, listener.url)
    run = make_training(ada)
    jobs.cancel_job(run.latest_job)
    deliver()
    told = json.loads(listener.received[0][2])
    assert (told["kind"], told["training"], told["artwork"]) == ("training", str(run.pk), None)


def test_old_messages_are_forgotten(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    jobs.cancel_job(make_artwork(ada).latest_job)
    deliver()
    Delivery.objects.update(created_at=timezone.now() - webhooks.KEPT - timedelta(days=1))
    webhooks.send_due()
    assert not Delivery.objects.exists()
