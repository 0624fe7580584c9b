import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.urls import reverse

pytestmark = pytest.mark.django_db
PASSWORD = "a long and odd sentence"


def sign_up(client, **changes):
    data = {"username": "eve", "email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD} | changes
    return client.post(reverse("account_signup"), data)


def test_signing_up_signs_in_without_a_mail_server(client):
    response = sign_up(client)
    assert response.url == reverse("create:create")
    assert client.get(reverse("artworks:mine")).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"password2": "another"}, {"password1": "12345678", "password2": "12345678"}, {"email": "no address"}],
    ids=["unequal", "common", "address"],
)
def test_a_sign_up_that_will_not_do_says_why_and_keeps_the_name(client, changes):
    response = sign_up(client, **changes)
    assert response.status_code == 200
    assert 'value="eve"' in response.content.decode()
    assert not get_user_model().objects.exists()


def test_signing_in_works_by_name_and_by_address_and_ends_with_signing_out(client, ada):
    for name in ("ada", "ada@example.org"):
        response = client.post(reverse("account_login"), {"login": name, "password": "correct horse"})
        assert response.url == reverse("create:create")
        client.post(reverse("account_logout"))
        assert client.get(reverse("artworks:mine")).status_code == 302


def test_a_password_is_changed(as_ada):
    data = {"oldpassword": "correct horse", "password1": PASSWORD, "password2": PASSWORD}
    as_ada.post(reverse("account_change_password"), data)
    as_ada.logout()
    assert as_ada.login(username="ada", password=PASSWORD)


def test_a_forgotten_password_is_reset_by_mail(client, ada):
    client.post(reverse("account_reset_password"), {"email": ada.email})
    link = re.search(r"https?://[^/]+(/\S+)", mail.outbox[0].body)[1]
    form = client.get(link, follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    assert client.login(username="ada", password=PASSWORD)


def test_nobody_learns_from_a_reset_which_addresses_have_an_account(client, ada):
    known = client.post(reverse("account_reset_password"), {"email": ada.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_account_pages_look_like_the_rest(client, name):
    page = client.get(reverse(name)).content.decode()
    assert "Style Gallery" in page
    assert "site-header" in page


def test_every_page_carries_a_strict_content_security_policy(client):
    policy = client.get(reverse("gallery:home"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
