import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from rest_framework.test import APIClient

from gallery.models import ApiToken, Delivery, Webhook
from gallery.services.tokens import create_token
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db
PASSWORD = {"password1": "a long and odd sentence", "password2": "a long and odd sentence", "usable_password": "true"}


def works(text):
    return APIClient().get(reverse("api:job-list"), headers={"Authorization": f"Bearer {text}"}).status_code == 200


def person_page(name, person):
    return reverse(f"admin:auth_user_{name}", args=[person.pk])


@pytest.fixture
def stolen(ada):
    """The text of a token of Ada's, who has a webhook as well."""
    Webhook.objects.create(owner=ada, url="https://example.org/hook")
    return create_token(ada, "thief")[1]


def test_who_sets_a_password_is_told_what_does_not_end_with_the_old_one_and_where_to_end_it(as_admin, ada, stolen):
    page = as_admin.post(person_page("password_change", ada), PASSWORD, follow=True).text
    assert "still works: 1 API token and 1 webhook." in page
    assert f'<a href="{person_page("programs", ada)}">' in page
    assert works(stolen)
    ApiToken.objects.all().delete()
    Webhook.objects.all().delete()
    assert "still works" not in as_admin.post(person_page("password_change", ada), PASSWORD, follow=True).text


def test_all_that_lets_programs_in_is_shown_ended_after_a_question_and_noted(as_admin, ada, ben, stolen):
    kept = create_token(ben, "kept")[1]
    assert "1 API token and 1 webhook" in as_admin.get(person_page("change", ada)).text
    asked = as_admin.get(person_page("programs", ada)).text
    assert all(words in asked for words in ("thief", "https://example.org/hook", "End all"))
    assert works(stolen)
    told = as_admin.post(person_page("programs", ada), follow=True).text
    assert "Ended: 1 API token and 1 webhook." in told
    assert (works(stolen), works(kept), Webhook.objects.exists()) == (False, True, False)
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.change_message) == ("root", "Ended 1 API token and 1 webhook.")
    assert entry.change_message in as_admin.get(person_page("history", ada)).text


def test_who_may_not_change_people_ends_nothing(as_clerk, ada, stolen):
    clerk = as_clerk("view_apitoken")
    assert clerk.post(person_page("programs", ada)).status_code == 403
    assert works(stolen)


@pytest.mark.parametrize("model", [ApiToken, Webhook, Delivery])
def test_tokens_webhooks_and_their_messages_are_found_without_what_is_secret(
    as_admin, ada, stolen, make_artwork, model
):
    token, webhook = ApiToken.objects.get(), Webhook.objects.get()
    Delivery.objects.create(webhook=webhook, job=make_artwork(ada).latest_job, body={"event": "job.failed"})
    assert as_admin.get(admin_url(model, "changelist"), {"q": "ada"}).context["cl"].result_count == 1
    page = as_admin.get(admin_url(model, "change", model.objects.get().pk)).text
    assert not any(secret in page for secret in (token.token_key, webhook.secret))
    assert as_admin.get(admin_url(model, "add")).status_code == 403


@pytest.mark.parametrize("model", [ApiToken, Webhook])
def test_one_token_or_webhook_is_ended_by_itself(as_admin, ada, stolen, make_artwork, model):
    Webhook.objects.update(made_with=ApiToken.objects.get())
    Delivery.objects.create(webhook=Webhook.objects.get(), job=make_artwork(ada).latest_job, body={})
    as_admin.post(admin_url(model, "delete", model.objects.get().pk), {"post": "yes"})
    assert (works(stolen), Webhook.objects.exists()) == (model is Webhook, False)


def test_a_person_with_tokens_and_webhooks_is_deleted_with_them(as_admin, ada, stolen, make_artwork):
    Delivery.objects.create(webhook=Webhook.objects.get(), job=make_artwork(ada).latest_job, body={})
    as_admin.post(person_page("delete", ada), {"post": "yes"})
    assert not ApiToken.objects.exists()
