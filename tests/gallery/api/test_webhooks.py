import pytest
from django.urls import reverse
from django.utils import timezone

from gallery.models import ApiToken, Webhook
from gallery.services.tokens import revoke_token
from gallery.services.webhooks import queue_deliveries

pytestmark = pytest.mark.django_db
LIST = reverse("api:webhook-list")
URL = "http://127.0.0.1:9/told"


@pytest.fixture(autouse=True)
def own_network(settings):
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True


def test_the_secret_is_told_when_a_webhook_is_made_and_never_again(as_ada_api):
    made = as_ada_api.post(LIST, {"url": URL})
    assert made.status_code == 201
    assert made.data["secret"] == Webhook.objects.get().secret
    again = as_ada_api.post(LIST, {"url": URL})
    assert (again.status_code, again.data["id"]) == (200, made.data["id"])
    one = as_ada_api.get(reverse("api:webhook-detail", args=[made.data["id"]]))
    for answer in (again, one, as_ada_api.get(LIST)):
        assert made.data["secret"] not in answer.text


def test_a_webhook_ends_when_the_token_that_made_it_is_revoked(as_ada_api):
    as_ada_api.post(LIST, {"url": URL})
    revoke_token(ApiToken.objects.get())
    assert not Webhook.objects.exists()


def test_a_webhook_ends_when_the_token_that_made_it_expires(as_ada_api, ada):
    as_ada_api.post(LIST, {"url": URL})
    Webhook.objects.create(owner=ada, url="http://127.0.0.1:9/without-a-token")
    ApiToken.objects.update(expiry=timezone.now())
    queue_deliveries()
    assert Webhook.objects.get().url.endswith("/without-a-token")


def test_where_an_expired_token_has_made_one_another_token_makes_it_anew(as_ada_api, program_of, ada, settings):
    settings.MAX_WEBHOOKS_PER_USER = 1
    as_ada_api.post(LIST, {"url": URL})
    ApiToken.objects.update(expiry=timezone.now())
    assert program_of(ada).post(LIST, {"url": URL}).status_code == 201
    assert Webhook.objects.get().made_with == ApiToken.objects.valid().get()


def test_a_webhook_that_was_made_without_a_token_has_none_to_end_with(as_ada, ada):
    as_ada.post(LIST, {"url": URL}, content_type="application/json")
    assert Webhook.objects.get().made_with is None
