import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from gallery.models import ApiToken, Delivery, Webhook
from gallery.services.tokens import create_token, revoke_token

pytestmark = pytest.mark.django_db
PAGE = reverse("tokens:list")


def works(text):
    return APIClient().get(reverse("api:job-list"), headers={"Authorization": f"Bearer {text}"}).status_code == 200


def test_a_token_is_made_shown_once_used_and_revoked(as_ada):
    page = as_ada.post(PAGE, {"name": "phone", "days": 30}).text
    text = re.search(r'id="token" [^>]*value="([^"]+)"', page).group(1)
    assert 'data-copy="token"' in page
    assert works(text)
    assert text not in as_ada.get(PAGE).text
    assert text not in str(ApiToken.objects.values_list())
    as_ada.post(reverse("tokens:revoke", args=[ApiToken.objects.get().public_id]))
    assert not works(text)


def test_what_the_form_sends_unseen_has_no_label(as_ada):
    page = as_ada.get(PAGE).text
    assert 'type="hidden" name="request_id"' in page
    assert "Request id" not in page


def test_loading_the_page_of_a_new_token_again_makes_no_second_one(as_ada):
    request_id = as_ada.get(PAGE).context["form"]["request_id"].value()
    sent = {"name": "phone", "days": 30, "request_id": request_id}
    assert as_ada.post(PAGE, sent).context["text"]
    assert "This form was sent before" in as_ada.post(PAGE, sent, follow=True).text
    assert ApiToken.objects.count() == 1
    assert as_ada.post(PAGE, sent | {"request_id": uuid.uuid4()}).context["text"]


@pytest.mark.django_db(transaction=True)
def test_of_a_form_that_is_sent_twice_at_the_same_time_one_token_is_made(ada):
    programs, begin = [Client(), Client()], threading.Barrier(2)
    for program in programs:
        program.force_login(ada)
    sent = {"name": "phone", "days": 30, "request_id": uuid.uuid4()}

    def send(program):
        begin.wait()
        try:
            return program.post(PAGE, sent).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(send, programs)) == [200, 302]
    assert ApiToken.objects.count() == 1


def test_a_form_that_was_refused_can_be_sent_again(as_ada, ada, settings):
    settings.MAX_TOKENS_PER_USER = 1
    token, _ = create_token(ada, "one")
    sent = {"name": "two", "days": 3, "request_id": uuid.uuid4()}
    refused = as_ada.post(PAGE, sent)
    assert (refused.status_code, "revoke one first" in refused.text) == (429, True)
    assert as_ada.post(PAGE, sent | {"name": ""}).status_code == 400
    revoke_token(token)
    assert as_ada.post(PAGE, sent).context["text"]


def test_tokens_of_others_are_neither_shown_nor_revoked(as_ben, ada):
    token, text = create_token(ada, "mine alone")
    assert "mine alone" not in as_ben.get(PAGE).text
    assert as_ben.post(reverse("tokens:revoke", args=[token.public_id])).status_code == 404
    assert works(text)


def test_an_expired_token_is_refused(ada):
    token, text = create_token(ada, "old")
    ApiToken.objects.update(expiry=token.created)
    assert not works(text)


def test_the_token_of_somebody_blocked_is_refused(ada):
    _, text = create_token(ada, "mine")
    type(ada).objects.update(is_active=False)
    assert not works(text)


@pytest.mark.parametrize("sent", [{"name": "", "days": 3}, {"name": "x", "days": 0}, {"name": "x", "days": 99999}])
def test_what_is_wrong_is_said_and_nothing_made(as_ada, sent):
    assert "errorlist" in as_ada.post(PAGE, sent).text
    assert not ApiToken.objects.exists()


def test_the_number_of_tokens_is_limited(as_ada, ada, settings):
    settings.MAX_TOKENS_PER_USER = 1
    create_token(ada, "one")
    assert "revoke one first" in as_ada.post(PAGE, {"name": "two", "days": 3}).text


def ask_for_another(text, **wish):
    program = APIClient(headers={"Authorization": f"Bearer {text}"})
    return program.post(reverse("api:token-list"), {"name": "longer"} | wish)


def test_a_token_that_a_token_has_made_ends_with_it(ada):
    token, text = create_token(ada, "found", days=3)
    assert ask_for_another(text, days=365).status_code == 400
    made = ask_for_another(text)
    assert made.status_code == 201
    later = ApiToken.objects.get(name="longer").expiry - token.expiry
    assert later.total_seconds() == pytest.approx(0, abs=5)


def test_it_ends_with_that_token_when_that_is_revoked(ada):
    token, text = create_token(ada, "found", days=3)
    made = ask_for_another(text).data["token"]
    assert works(made)
    revoke_token(token)
    assert not works(made)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({}, "none yet"),
        ({"delivered_at": datetime(2026, 3, 4, tzinfo=UTC)}, "arrived 4 Mar 2026"),
        ({"last_error": "The answer was 500."}, "did not arrive: The answer was 500."),
    ],
)
def test_webhooks_are_listed_with_what_became_of_their_last_message(as_ada, ada, as_ben, make_artwork, sent, told):
    webhook = Webhook.objects.create(owner=ada, url="https://example.org/hook")
    Delivery.objects.create(webhook=webhook, job=make_artwork(ada).latest_job, body={}, **sent)
    page = as_ada.get(PAGE).text
    assert "https://example.org/hook" in page
    assert told in page
    assert webhook.secret not in page
    assert "https://example.org/hook" not in as_ben.get(PAGE).text


def test_webhooks_are_deleted_by_their_owner_alone(as_ada, as_ben, ada):
    webhook = Webhook.objects.create(owner=ada, url="https://example.org/hook")
    address = reverse("tokens:remove_webhook", args=[webhook.pk])
    assert as_ben.post(address).status_code == 404
    assert as_ada.get(address).url == PAGE
    assert f'action="{address}"' in as_ada.get(PAGE).text
    assert "is told nothing any more" in as_ada.post(address, follow=True).text
    assert not Webhook.objects.exists()
