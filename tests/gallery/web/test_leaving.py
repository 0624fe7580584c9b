import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from gallery.services.leaving import delete_account
from gallery.web import leaving

pytestmark = pytest.mark.django_db
PAGE = reverse("leaving:delete")


@pytest.fixture(autouse=True)
def no_downloads_of_other_tests():
    cache.clear()


def exists(person) -> bool:
    return get_user_model().objects.filter(pk=person.pk).exists()


def test_the_menu_leads_to_a_page_that_says_what_is_lost_and_what_stays(as_ada, ada):
    assert f'href="{PAGE}"' in as_ada.get(reverse("account_email")).text
    page = as_ada.get(PAGE).text
    assert "cannot be brought back" in page
    assert "stay in the gallery" in page
    assert exists(ada)


def test_where_nothing_can_be_taken_along_just_now_the_browser_shows_why(as_ada, ada, make_painted):
    """A link that says `download` makes browsers save whatever page is answered, as a file."""
    make_painted(ada)
    for page in (PAGE, reverse("artworks:mine")):
        assert f'href="{reverse("leaving:take_along")}">' in as_ada.get(page).text


def test_an_account_is_deleted_with_its_password_and_signs_out(as_ada, ada):
    response = as_ada.post(PAGE, {"password": "correct horse"}, follow=True)
    assert not exists(ada)
    assert "Your account is deleted" in response.text
    assert not response.wsgi_request.user.is_authenticated


def test_a_second_click_that_comes_while_the_account_goes_is_told_the_same(as_ada, ada, monkeypatch):
    delete = "gallery.web.leaving.delete_account"
    monkeypatch.setattr(delete, lambda person: [delete_account(ada), delete_account(person)])
    page = as_ada.post(PAGE, {"password": "correct horse"}, follow=True)
    assert "Your account is deleted" in page.text
    assert not page.wsgi_request.user.is_authenticated


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_password_nothing_is_deleted(as_ada, ada, password):
    page = as_ada.post(PAGE, {"password": password})
    assert page.status_code == 400
    assert page.context["form"].errors["password"]
    assert exists(ada)


def test_passwords_cannot_be_guessed_here_without_end(as_ada, ada, settings):
    settings.ACCOUNT_RATE_LIMITS = {}
    cache.clear()
    answers = [as_ada.post(PAGE, {"password": "wrong"}).status_code for _ in range(12)]
    assert answers[-1] == 429
    refused = as_ada.post(PAGE, {"password": "correct horse"})
    assert refused.status_code == 429
    assert "There were too many attempts" in refused.text
    assert reverse("gallery:home") in refused.text
    assert exists(ada)
    cache.clear()


def test_a_visitor_signs_in_first_and_an_administrator_is_sent_elsewhere(client, trainer):
    assert reverse("account_login") in client.get(PAGE).url
    client.force_login(trainer)
    assert "by another administrator" in client.post(PAGE, {"password": "correct horse"}).text
    assert exists(trainer)


def test_who_leaves_may_take_everything_along(as_ada, ada, make_painted):
    make_painted(ada)
    address = reverse("leaving:take_along")
    assert f'href="{address}"' in as_ada.get(PAGE).text
    assert f'href="{address}"' in as_ada.get(reverse("artworks:mine")).text
    answer = as_ada.get(address)
    written = b"".join(answer.streaming_content)
    assert written.startswith(b"PK")
    assert int(answer["Content-Length"]) == len(written)
    assert "no-store" in answer["Cache-Control"]


def test_nobody_takes_anything_along_without_signing_in(client):
    assert client.get(reverse("leaving:take_along")).status_code == 302


def test_one_archive_is_sent_at_a_time_and_the_next_once_it_has_arrived(as_ada, ada):
    address = reverse("leaving:take_along")
    under_way = as_ada.get(address)
    refused = as_ada.get(address, follow=True)
    assert "Your download is still under way" in refused.text
    b"".join(under_way.streaming_content)
    assert as_ada.get(address)["Content-Type"] == "application/zip"


def test_a_download_that_is_refused_reads_no_artworks(as_ada, ada):
    address = reverse("leaving:take_along")
    as_ada.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert as_ada.get(address).status_code == 302
    assert not [query for query in queries if "gallery_artwork" in query["sql"]]


def test_a_download_that_goes_on_keeps_the_next_one_waiting(as_ada, ada, make_painted, monkeypatch):
    monkeypatch.setattr(leaving, "RENEWED_SECONDS", 0)
    make_painted(ada)
    pieces = iter(as_ada.get(reverse("leaving:take_along")).streaming_content)
    next(pieces)
    cache.clear()
    next(pieces)
    assert as_ada.get(reverse("leaving:take_along")).status_code == 302


def test_a_download_that_nobody_takes_any_more_lets_the_next_one_begin(as_ada, ada, monkeypatch):
    monkeypatch.setattr(leaving, "SILENT_SECONDS", 0)
    for _ in range(2):
        assert as_ada.get(reverse("leaving:take_along"))["Content-Type"] == "application/zip"
