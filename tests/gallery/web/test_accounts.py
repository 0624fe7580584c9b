import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from gallery.models import Webhook
from gallery.services.tokens import create_token
from gallery.web.accounts import NOT_SENT, NOT_SENT_AT_SIGN_UP

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
    ("server", "told"), [("", "no email was sent"), ("smtp://mail.example.org", "address was sent to eve@example.org")]
)
def test_whether_a_message_to_confirm_an_address_was_really_sent_is_told(client, settings, server, told):
    sign_up(client)
    settings.EMAIL_URL = server
    cache.clear()  # a second message so soon would be kept back
    sent = {"action_send": "", "email": "eve@example.org"}
    assert told in client.post(reverse("account_email"), sent, follow=True).text


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


@pytest.mark.parametrize("counts", [(1, 0), (2, 1)])
def test_who_changes_a_password_is_told_which_tokens_and_webhooks_still_work(as_ada, ada, counts):
    tokens, webhooks = counts
    for number in range(tokens):
        create_token(ada, f"program {number}")
    for number in range(webhooks):
        Webhook.objects.create(owner=ada, url=f"https://example.org/{number}")
    data = {"oldpassword": "correct horse", "password1": PASSWORD, "password2": PASSWORD}
    page = as_ada.post(reverse("account_change_password"), data, follow=True)
    counted = "1 API token" if counts == (1, 0) else "2 API tokens and 1 webhook"
    assert f"still works: {counted}." in page.text
    assert f'<a href="{reverse("tokens:list")}">End what' in page.text


def test_who_resets_a_password_is_told_as_well_and_who_has_neither_is_told_nothing(client, ada):
    for made in (False, True):
        if made:
            create_token(ada, "program")
        client.post(reverse("account_reset_password"), {"email": ada.email})
        link = re.search(r"https?://[^/]+(/\S+)", mail.outbox[-1].body)[1]
        form = client.get(link, follow=True).redirect_chain[-1][0]
        page = client.post(form, {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
        assert "Password successfully changed" in page.text
        assert ("still works: 1 API token." in page.text) == made


def test_the_mail_comes_from_the_gallery_by_its_name(client, ada):
    client.post(reverse("account_reset_password"), {"email": ada.email})
    assert mail.outbox[0].body.startswith("Hello from the Style Gallery!")
    assert "Thank you for using the Style Gallery!" in mail.outbox[0].body


@pytest.mark.parametrize("mail_server", ["", "smtp://mail.example.org"])
def test_who_forgot_a_password_is_told_of_an_email_or_of_the_log_but_not_of_both(client, settings, mail_server):
    settings.EMAIL_URL = mail_server
    page = client.get(reverse("account_reset_password_done")).text
    assert ("spam folder" in page) == bool(mail_server)
    assert ("no mail server" in page) != bool(mail_server)


def test_nobody_learns_from_a_reset_which_addresses_have_an_account(client, ada):
    known = client.post(reverse("account_reset_password"), {"email": ada.email})
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


@pytest.fixture
def dead_mail_server(settings):
    """A mail server at a port where nobody listens, and addresses that must be confirmed; mails are kept apart."""
    settings.EMAIL_URL, settings.ACCOUNT_EMAIL_VERIFICATION = "smtp://127.0.0.1:9", "mandatory"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()


def told(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


@pytest.mark.usefixtures("dead_mail_server")
def test_who_signs_up_while_the_mail_server_is_down_is_told_and_gets_the_mail_when_signing_in_later(client, settings):
    page = client.get(sign_up(client).url)
    assert page.request["PATH_INFO"] == reverse("account_login")
    assert told(page) == [NOT_SENT_AT_SIGN_UP]
    signing_in = {"login": "eve", "password": PASSWORD}
    page = client.post(reverse("account_login"), signing_in, follow=True)
    assert (page.redirect_chain, told(page)) == ([(reverse("account_login"), 302)], [NOT_SENT])
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    client.post(reverse("account_login"), signing_in)
    assert mail.outbox[0].to == ["eve@example.org"]


@pytest.mark.usefixtures("dead_mail_server")
@pytest.mark.parametrize("address", ["ada@example.org", "nobody@example.org"])
def test_a_reset_while_the_mail_server_is_down_says_so_whoever_asks(client, ada, address):
    page = client.post(reverse("account_reset_password"), {"email": address}, follow=True)
    assert page.redirect_chain == [(reverse("account_reset_password"), 302)]
    assert told(page) == [NOT_SENT]


@pytest.mark.usefixtures("dead_mail_server")
def test_a_further_address_stays_when_its_mail_could_not_be_sent(as_ada):
    data = {"action_add": "", "email": "ada@work.example"}
    as_ada.post(reverse("account_email"), data)
    again = {"password": "correct horse", "next": reverse("account_email")}
    page = as_ada.post(reverse("account_reauthenticate"), again, follow=True)
    assert page.request["PATH_INFO"] == reverse("account_email")
    assert told(page) == [NOT_SENT]
    assert "ada@work.example" in page.text


@pytest.mark.usefixtures("dead_mail_server")
def test_a_password_is_changed_though_no_mail_can_tell_of_it(as_ada, ada):
    data = {"oldpassword": "correct horse", "password1": PASSWORD, "password2": PASSWORD}
    EmailAddress.objects.create(user=ada, email=ada.email, primary=True, verified=True)
    page = as_ada.post(reverse("account_change_password"), data, follow=True)
    assert told(page) == ["Password successfully changed."]
    ada.refresh_from_db()
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_account_pages_look_like_the_rest(client, name):
    page = client.get(reverse(name)).content.decode()
    assert "Style Gallery" in page
    assert "site-header" in page


def test_account_pages_are_worded_like_the_rest(as_ada, client):
    page = as_ada.get(reverse("account_email")).text
    assert "<h1>Email addresses</h1>" in page
    assert page.count("Email addresses") == 3  # the menu, the title, the heading
    assert page.index("<fieldset>") < page.index("Your addresses</legend>") < page.index('type="radio"')
    client.logout()
    page = client.get(reverse("account_login")).text
    assert "<title>Sign in ·" in page
    assert "<h1>Sign in</h1>" in page
    assert "Sign In" not in page


def test_every_page_carries_a_strict_content_security_policy(client):
    policy = client.get(reverse("gallery:home"))["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_administration_is_entered_by_the_page_that_counts_wrong_passwords(client, trainer, settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()
    door = client.get(reverse("studio:new"), follow=True).redirect_chain[-1][0]
    wrong = {"login": "root", "username": "root", "password": "wrong"}
    pages = [client.post(door, wrong, follow=True).text for _ in range(6)]
    right = wrong | {"password": "correct horse"}
    assert "Too many failed login attempts" in pages[-1]
    assert "Too many failed login attempts" in client.post(door, right, follow=True).text
    cache.clear()
    assert client.post(door, right).url == reverse("studio:new")


def test_the_door_of_the_administration_lets_staff_on_and_nobody_else(client, trainer, ada):
    door = reverse("admin:login")
    assert reverse("account_login") in client.post(door, {"username": "root", "password": "correct horse"}).url
    client.force_login(trainer)
    assert client.get(door).url == reverse("admin:index")
    client.force_login(ada)
    assert client.get(door).status_code == 403


def test_an_administrator_signs_in_without_an_address_where_others_must_verify_theirs(client, make_user, ada, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    root = make_user("root", is_staff=True)
    type(root).objects.filter(pk=root.pk).update(email="")
    for name, next_page in (("root", reverse("admin:index")), ("ada", reverse("account_email_verification_sent"))):
        address = f"{reverse('account_login')}?next={reverse('admin:index')}"
        assert client.post(address, {"login": name, "password": "correct horse"}).url == next_page
        client.logout()


def test_the_page_to_sign_up_is_called_so(client):
    page = client.get(reverse("account_signup")).text
    assert "<title>Sign up ·" in page
    assert "Signup" not in page


def test_an_only_address_cannot_be_made_the_primary_one_and_of_two_one_can(as_ada, ada):
    page = as_ada.get(reverse("account_email")).text
    assert "Re-send verification" in page
    assert "Make primary" not in page
    EmailAddress.objects.create(user=ada, email="ada@work.example")
    assert "Make primary" in as_ada.get(reverse("account_email")).text
