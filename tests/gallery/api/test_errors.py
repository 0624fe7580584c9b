import uuid
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from gallery.api import throttles

pytestmark = pytest.mark.django_db
FORM = {"type", "message", "fields"}


def test_an_unknown_address_is_answered_in_the_one_form(api):
    answer = api.get("/api/v1/nothing/")
    assert (answer.status_code, set(answer.json())) == (404, FORM)


@pytest.mark.parametrize("id", ["no-uuid", "5b8f3c52-7d0a-4c0e-9d53-6f2f0b1d1c11"])
def test_a_record_that_is_not_there_is_not_taken_for_an_operation(api, id):
    answer = api.get(f"/api/v1/artworks/{id}/")
    assert (answer.status_code, set(answer.json())) == (404, FORM)
    assert "operation" not in answer.json()["message"]


def test_the_root_leads_to_what_describes_the_api(api):
    answer = api.get("/api/v1/")
    assert (answer.status_code, answer["Location"]) == (302, "/api/v1/docs/")
    assert api.get(answer["Location"]).status_code == 200


def test_the_page_that_describes_the_api_follows_the_systems_dark_theme(client):
    page = client.get(reverse("api:docs")).content.decode()
    assert "js/docs.js" in page
    assert f'href="{reverse("gallery:home")}"' in page
    style = finders.find("drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css")
    assert "html.dark-mode" in Path(style).read_text()


def test_a_body_that_is_no_json_is_named(as_ada_api):
    answer = as_ada_api.post(reverse("api:artwork-list"), b"{", content_type="application/json")
    assert (answer.status_code, set(answer.data)) == (400, FORM)


def test_a_body_nested_more_deeply_than_can_be_read_is_none(as_ada_api):
    answer = as_ada_api.post(reverse("api:artwork-list"), b"[" * 100_000, content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (400, FORM)


def test_half_a_character_is_refused_and_not_sent_back(as_ada_api):
    answer = as_ada_api.post(reverse("api:artwork-list"), b'{"method": "\\ud800"}', content_type="application/json")
    assert (answer.status_code, set(answer.json())) == (400, FORM)
    assert "?" in answer.json()["fields"]["method"][0]


@pytest.mark.parametrize("browser", [True, False])
def test_a_body_that_is_too_large_is_named(as_ada_api, api, ada, settings, browser):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    if browser:
        api.force_login(ada)
    program = api if browser else as_ada_api
    answer = program.post(reverse("api:artwork-list"), {"title": "x" * 1000})
    assert (answer.status_code, set(answer.json()), answer.json()["type"]) == (413, FORM, "too_large")
    assert "1000" in answer.json()["message"]


@pytest.mark.parametrize("setting", ["DATA_UPLOAD_MAX_NUMBER_FILES", "DATA_UPLOAD_MAX_NUMBER_FIELDS"])
def test_a_form_of_too_many_parts_is_named(as_ada_api, settings, setting):
    setattr(settings, setting, 1)
    parts = {"file": [SimpleUploadedFile(f"{n}.png", b"x") for n in range(2)], "title": ["x", "y"]}
    answer = as_ada_api.post(reverse("api:photo-list"), parts, format="multipart")
    assert (answer.status_code, set(answer.json()), answer.json()["type"]) == (413, FORM, "too_large")


@pytest.mark.parametrize(
    ("name", "field", "wish"),
    [
        ("artwork", "styles", {"method": "gatys", "styles": [{"painting": str(uuid.uuid4())}] * 50}),
        ("experiment", "pictures", {"pictures": [str(uuid.uuid4())] * 50, "varied": {}}),
        ("style", "pictures", {"pictures": [str(uuid.uuid4())] * 50}),
        ("training", "styles", {"styles": [{"name": "a", "paintings": [str(uuid.uuid4())]}] * 101}),
        ("training", "styles.0.paintings", {"styles": [{"name": "a", "paintings": [str(uuid.uuid4())] * 101}]}),
    ],
)
def test_lists_that_are_too_long_are_refused_before_anything_in_them_is_looked_up(
    program_of, trainer, name, field, wish, django_assert_max_num_queries
):
    program = program_of(trainer)
    with django_assert_max_num_queries(12):
        answer = program.post(reverse(f"api:{name}-list"), wish)
    assert answer.status_code == 400
    assert "no more than" in answer.json()["fields"][field][0]


def test_a_body_of_another_type_is_named(as_ada_api):
    answer = as_ada_api.post(reverse("api:artwork-list"), b"a=1", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.data["type"]) == (415, "unsupported_media_type")


def test_a_method_that_is_not_there_is_named(as_ada_api):
    answer = as_ada_api.put(reverse("api:artwork-list"), {})
    assert (answer.status_code, answer.data["type"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Bearer a b", "Bearer sg_\xff\xfe"])
def test_a_wrong_token_is_refused(api, header):
    answer = api.get(reverse("api:capabilities"), headers={"Authorization": header})
    assert (answer.status_code, set(answer.data)) == (401, FORM)
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.fixture
def counted_anew(monkeypatch):
    """Nobody has asked before, and all that is asked falls into one minute."""
    cache.clear()
    monkeypatch.setattr(throttles.HeaderThrottle, "timer", lambda self: 1_200_000_000.0)


@pytest.mark.usefixtures("counted_anew")
def test_who_asks_too_often_is_told_when_to_come_back(as_ada_api, monkeypatch):
    monkeypatch.setattr(throttles.PersonThrottle, "rate", "2/minute", raising=False)
    first, second, third = (as_ada_api.get(reverse("api:photo-list")) for _ in range(3))
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert second.status_code == 200
    assert (third.status_code, third.data["type"]) == (429, "throttled")
    assert int(third["Retry-After"]) > 0


@pytest.mark.usefixtures("counted_anew")
def test_who_tries_wrong_tokens_is_soon_told_to_come_back_later(api, as_ada_api, monkeypatch):
    monkeypatch.setattr(throttles.HeaderThrottle, "rate", "2/minute", raising=False)
    address = reverse("api:photo-list")
    wrong = [api.get(address, headers={"Authorization": f"Bearer sg_{number}"}) for number in range(3)]
    assert [answer.status_code for answer in wrong] == [401, 401, 429]
    assert int(wrong[-1]["Retry-After"]) > 0
    assert api.get(address).status_code == 429
    assert as_ada_api.get(address).status_code == 200


@pytest.mark.usefixtures("counted_anew")
def test_all_addresses_of_one_visitors_network_are_counted_together(api, monkeypatch):
    monkeypatch.setattr(throttles.VisitorThrottle, "rate", "2/minute", raising=False)

    def asked_from(*addresses):
        return [api.get(reverse("api:capabilities"), REMOTE_ADDR=address).status_code for address in addresses]

    assert asked_from("2001:db8:0:1::1", "2001:db8:0:1::2", "2001:db8:0:1:9::3") == [200, 200, 429]
    assert asked_from("2001:db8:0:2::1", "192.0.2.1", "192.0.2.2") == [200, 200, 200]


@pytest.mark.usefixtures("counted_anew")
@pytest.mark.parametrize("name", ["photo-list", "capabilities", "status", "estimates", "schema", "docs"])
def test_every_answer_that_counts_says_how_much_is_left(program_of, trainer, monkeypatch, name):
    monkeypatch.setattr(throttles.PersonThrottle, "rate", "9/minute", raising=False)
    program = program_of(trainer)
    left = [program.get(reverse(f"api:{name}")).get("RateLimit-Remaining") for _ in range(2)]
    assert left == ["8", "7"]


@pytest.mark.usefixtures("counted_anew")
def test_another_address_is_believed_of_a_trusted_proxy_only(api, settings, monkeypatch):
    monkeypatch.setattr(throttles.VisitorThrottle, "rate", "2/minute", raising=False)

    def statuses():
        cache.clear()
        named = [{"X-Forwarded-For": f"10.0.0.{n}"} for n in range(3)]
        return [api.get(reverse("api:capabilities"), headers=headers).status_code for headers in named]

    assert statuses() == [200, 200, 429]
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    assert statuses() == [200, 200, 200]


def test_a_browser_signed_in_needs_the_token_of_its_form(ada):
    from rest_framework.test import APIClient

    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(ada)
    assert browser.get(reverse("api:job-list")).status_code == 200
    answer = browser.post(reverse("api:token-list"), {"name": "x"})
    assert (answer.status_code, set(answer.data)) == (403, FORM)


def test_wrong_settings_are_told_along_with_a_wrong_style(as_ada_api, ada, make_photo):
    wish = {
        "method": "network",
        "content": str(make_photo(ada).pk),
        "styles": [{"style": "nobody-knows"}],
        "parameters": {"strength": 7, "strenght": 1},
    }
    answer = as_ada_api.post(reverse("api:artwork-list"), wish)
    assert (answer.status_code, set(answer.data["fields"])) == (400, {"styles.0.style", "strength", "parameters"})
