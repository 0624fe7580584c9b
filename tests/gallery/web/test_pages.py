"""What holds for every page: the frame, the accounts, the errors, the content security policy."""

import re

import pytest
from django.conf import settings as project
from django.core import mail
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db
TEMPLATES = sorted((project.BASE_DIR / "templates").rglob("*.html"))
LOGIN, SIGNUP = reverse("account_login"), reverse("account_signup")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_nothing_inline_that_the_content_security_policy_forbids(template):
    text = template.read_text()
    assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<style|javascript:|hx-on", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_posts_carries_the_token(template):
    for form in re.findall(r'<form[^>]*method="post".*?</form>', template.read_text(), re.S):
        assert "{% csrf_token %}" in form


def test_pages_forbid_everything_from_elsewhere(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_visitors_are_offered_an_account_and_people_their_own_pages(client, ada):
    visitor = client.get("/").text
    assert SIGNUP in visitor
    assert reverse("artworks:mine") not in visitor
    client.force_login(ada)
    person = client.get("/").text
    assert SIGNUP not in person
    assert reverse("artworks:mine") in person
    assert reverse("account_logout") in person
    assert reverse("admin:index") not in person
    menu = [person.index(reverse(name)) for name in ("experiments:list", "tokens:list", "account_logout")]
    assert menu == sorted(menu)


def test_somebody_signs_up_signs_out_and_in_again(client, django_user_model):
    password = "a long sentence to remember"
    account = {"username": "cleo", "email": "cleo@example.org", "password1": password, "password2": password}
    assert client.post(SIGNUP, account).url == reverse("create:create")
    assert django_user_model.objects.filter(username="cleo").exists()
    assert client.post(reverse("account_logout")).url == reverse("gallery:home")
    assert client.get(reverse("artworks:mine")).status_code == 302
    assert client.post(LOGIN, {"login": "cleo@example.org", "password": password}).url == reverse("create:create")


def test_a_wrong_password_is_said_and_the_name_kept(client, ada):
    page = client.post(LOGIN, {"login": "ada", "password": "wrong"}).text
    assert "errorlist" in page
    assert 'value="ada"' in page


def test_a_weak_password_is_refused_beside_its_field(client):
    account = {"username": "cleo", "email": "cleo@example.org", "password1": "12345", "password2": "12345"}
    page = client.post(SIGNUP, account).text
    assert 'id="id_password1_error"' in page
    assert 'value="cleo"' in page


def test_without_a_mail_server_the_reset_page_says_where_the_message_goes(client, settings):
    reset = reverse("account_reset_password")
    assert "written to the server's log" in client.get(reset).text.replace("&#x27;", "'")
    settings.EMAIL_URL = "smtp://mail.example.org"
    assert "server's log" not in client.get(reset).text.replace("&#x27;", "'")


def test_a_password_is_reset_with_the_link_in_the_message(client, ada):
    client.post(reverse("account_reset_password"), {"email": ada.email})
    link = re.search(r"https?://\S+", mail.outbox[0].body).group()
    form = client.get(link, follow=True)
    password = "another sentence to remember"
    client.post(form.redirect_chain[-1][0], {"password1": password, "password2": password})
    ada.refresh_from_db()
    assert ada.check_password(password)


@pytest.mark.parametrize("name", ["account_change_password", "account_email", "account_logout"])
def test_account_pages_are_in_the_gallerys_design(as_ada, name):
    page = as_ada.get(reverse(name)).text
    assert 'class="site-header"' in page
    assert 'class="panel"' in page


def test_an_address_that_leads_nowhere_is_a_friendly_page(client):
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "There is nothing at this address" in page.text
    assert 'class="site-header"' in page.text


def test_a_form_without_its_token_is_refused_with_advice(ada):
    strict = Client(enforce_csrf_checks=True)
    before = f"http://testserver{LOGIN}?next=/artworks/"
    page = strict.post(LOGIN, {"login": "ada", "password": "correct horse"}, headers={"Referer": before})
    assert page.status_code == 403
    assert "Please send that again" in page.text
    assert 'class="site-header"' in page.text
    assert f'href="{before}"' in page.text
    elsewhere = strict.post(LOGIN, headers={"Referer": "https://elsewhere.example/"})
    assert "elsewhere" not in elsewhere.text


def test_a_failure_inside_is_a_page_without_details(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("gallery.web.home.PER_PAGE", "not a number")
    page = client.get("/")
    assert page.status_code == 500
    assert "Something broke on our side" in page.text
    assert "Traceback" not in page.text


def test_every_page_names_its_language_and_can_be_skipped_into(client):
    for address in ("/", reverse("create:create"), LOGIN, SIGNUP):
        page = client.get(address).text
        assert '<html lang="en">' in page
        assert 'href="#main"' in page
        assert page.count("<h1") == 1
