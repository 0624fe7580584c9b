"""Whose messages are sent when, where many wait and some are not taken."""

import json

import pytest

from gallery.models import Delivery
from gallery.services import jobs, webhooks
from tests.gallery.services.test_webhooks import deliver, make_due

pytestmark = pytest.mark.django_db


def test_people_take_turns_and_each_is_told_the_oldest_message_first(ada, ben, listener, make_artwork, monkeypatch):
    monkeypatch.setattr(webhooks, "AT_ONCE", 1)
    for owner, count in ((ada, 3), (ben, 1)):
        webhooks.add_webhook(owner, f"{listener.url}&of={owner}")
        for _ in range(count):
            jobs.cancel_job(make_artwork(owner).latest_job)
            webhooks.queue_deliveries()
    oldest_first = [str(delivery.job_id) for delivery in Delivery.objects.order_by("next_attempt_at")]
    assert webhooks.send_due() == 4
    told = [json.loads(body)["job"] for _, _, body in listener.received]
    first, second, third, of_ben = oldest_first
    assert told == [first, of_ben, second, third]


def test_a_webhook_that_does_not_listen_hears_nothing_until_its_message_is_due_again(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    for _ in range(2):
        jobs.cancel_job(make_artwork(ada).latest_job)
    listener.answers[:] = [500]
    deliver()
    deliver()
    assert len(listener.received) == 1
    failed, other = Delivery.objects.order_by("-attempts")
    assert (failed.attempts, other.attempts) == (1, 0)
    assert failed.next_attempt_at == other.next_attempt_at


def test_a_message_that_is_never_taken_does_not_stop_the_others(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    for _ in range(2):
        jobs.cancel_job(make_artwork(ada).latest_job)
        webhooks.queue_deliveries()
    listener.answers[:] = [500, 204, 500]
    webhooks.send_due()
    make_due()
    assert webhooks.send_due() == 1
    first, second, third = (json.loads(body)["job"] for _, _, body in listener.received)
    assert first == third != second


def test_a_webhook_that_answers_late_does_not_keep_those_of_others_waiting(ada, ben, listener, make_artwork):
    for owner, path in ((ada, "/waits"), (ben, "/hook")):
        webhooks.add_webhook(owner, listener.url.replace("/hook?x=1", path))
        jobs.cancel_job(make_artwork(owner).latest_job)
        webhooks.queue_deliveries()
    assert webhooks.send_due() == 2
    assert {path for path, _, _ in listener.received} == {"/waits", "/hook"}


def test_webhooks_of_one_person_are_told_one_after_another(ada, listener, make_artwork, monkeypatch):
    most, send, under_way = [], webhooks._send, []

    def send_noting_how_many(delivery):
        under_way.append(delivery)
        most.append(len(under_way))
        send(delivery)
        under_way.remove(delivery)

    monkeypatch.setattr(webhooks, "_send", send_noting_how_many)
    for path in "abcd":
        webhooks.add_webhook(ada, listener.url + path)
    jobs.cancel_job(make_artwork(ada).latest_job)
    assert deliver() == 4
    assert most == [1, 1, 1, 1]


def test_what_a_round_has_no_time_for_is_told_in_the_next_one(ada, listener, make_artwork, monkeypatch):
    webhooks.add_webhook(ada, listener.url)
    jobs.cancel_job(make_artwork(ada).latest_job)
    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "ROUND_SECONDS", 0)
        assert deliver() == 0
    assert deliver() == 1


def test_one_person_hears_so_many_messages_a_round(ada, listener, make_artwork, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST_OF_ONE", 2)
    webhooks.add_webhook(ada, listener.url)
    for _ in range(3):
        jobs.cancel_job(make_artwork(ada).latest_job)
    assert (deliver(), deliver()) == (2, 1)


def test_sending_ends_where_the_reaper_is_told_to_stop(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    for _ in range(2):
        jobs.cancel_job(make_artwork(ada).latest_job)
    webhooks.queue_deliveries()
    assert webhooks.send_due(stopping=lambda: bool(listener.received)) == 1


def test_two_reapers_send_a_message_once(ada, listener, make_artwork):
    webhooks.add_webhook(ada, listener.url)
    jobs.cancel_job(make_artwork(ada).latest_job)
    webhooks.queue_deliveries()
    found = []

    def another_looks():
        if Delivery.objects.get().attempts:
            found.append(webhooks.send_due())
        return False

    assert webhooks.send_due(another_looks) == 1
    assert set(found) == {0}
    assert len(listener.received) == 1
