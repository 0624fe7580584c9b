from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.urls import reverse

from gallery.models import Artwork, Experiment
from gallery.services.tokens import create_token

pytestmark = pytest.mark.django_db


def page_after_signing_in(answer):
    address = urlsplit(answer.url)
    assert address.path == reverse("account_login")
    return parse_qs(address.query)["next"][0]


@pytest.fixture
def lapse(client, ben):
    """Leave the browser of somebody whose session has ended: it still has the cookie."""

    def lapse():
        client.force_login(ben)
        Session.objects.all().delete()

    return lapse


@pytest.fixture
def painted(ada, make_artwork, run_jobs):
    artwork = make_artwork(ada, title="Harbour")
    run_jobs()
    return artwork


def test_what_is_sent_after_the_session_has_ended_does_nothing_and_leads_back_to_its_page(client, lapse, painted):
    lapse()
    answer = client.post(reverse("artworks:edit", args=[painted.pk]), {"title": "Storm", "visibility": "public"})
    page = page_after_signing_in(answer)
    assert page == painted.get_absolute_url()
    assert [str(message) for message in get_messages(answer.wsgi_request)] == [
        "You were signed out, so nothing was saved. Sign in: what you typed is kept."
    ]
    painted.refresh_from_db()
    assert (painted.title, painted.visibility) == ("Harbour", "private")
    back = client.post(answer.url, {"login": "ada", "password": "correct horse", "next": page}, follow=True)
    assert back.status_code == 200
    assert back.context["artwork"] == painted


@pytest.fixture
def sign_in_again(client):
    """Follow an answer through the form that signs in."""

    def sign_in_again(answer, name="ada"):
        page = page_after_signing_in(answer)
        return client.post(answer.url, {"login": name, "password": "correct horse", "next": page}, follow=True)

    return sign_in_again


def typed_in(page, said):
    return {name: page.context["form"][name].value() for name in said}


def test_what_was_typed_about_an_artwork_is_there_again_after_signing_in_once(client, lapse, painted, sign_in_again):
    lapse()
    said = {"title": "Storm", "alt_text": "Boats under dark clouds", "visibility": "unlisted", "seen": "private"}
    back = sign_in_again(client.post(reverse("artworks:edit", args=[painted.pk]), said))
    assert typed_in(back, said) == said
    assert "is here again; it is not saved yet" in back.text
    assert "Your changes are still here; press Save." in back.text
    again = client.get(painted.get_absolute_url())
    assert again.context["form"]["title"].value() == "Harbour"
    assert "here again" not in again.text


def test_what_was_typed_about_a_picture_a_style_or_a_token_is_there_again(
    client, lapse, ada, make_photo, learnt, sign_in_again
):
    for address, said in (
        (reverse("uploads:edit", args=["content", make_photo(ada).pk]), {"title": "Storm", "alt_text": "Boats"}),
        (reverse("styles:rename", args=[learnt.slug]), {"title": "Storm", "credit": "Ada, 2026"}),
        (reverse("tokens:list"), {"name": "sorter", "days": "7"}),
    ):
        lapse()
        answer = client.post(address, said)
        assert "what you typed is kept" in str(list(get_messages(answer.wsgi_request))[-1])
        assert typed_in(sign_in_again(answer), said) == said
        client.logout()


def test_what_somebody_typed_is_told_to_nobody_else(client, lapse, painted, sign_in_again):
    lapse()
    answer = client.post(reverse("artworks:edit", args=[painted.pk]), {"title": "Storm"})
    assert sign_in_again(answer, "ben").status_code == 404
    Artwork.objects.filter(pk=painted.pk).update(visibility="unlisted")
    assert "Storm" not in client.get(painted.get_absolute_url()).text


def test_of_strangers_nothing_is_kept(client):
    answer = client.post(reverse("tokens:list"), {"name": "x" * 2000})
    assert "nothing was done" in str(next(iter(get_messages(answer.wsgi_request))))
    assert page_after_signing_in(answer) == reverse("tokens:list")
    assert not Session.objects.exists()


def test_what_is_kept_ends_soon_and_signing_in_lasts_as_ever(client, lapse, sign_in_again):
    lapse()
    answer = client.post(reverse("tokens:list"), {"name": "sorter"})
    assert client.session.get_expiry_age() <= 3600
    sign_in_again(answer, "ben")
    assert client.session.get_expiry_age() > 7 * 24 * 3600


def test_whoever_only_says_to_have_been_signed_in_fills_no_table(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"keep_typed": "3/h/ip"}
    cache.clear()
    for number in range(5):
        client.cookies[settings.SESSION_COOKIE_NAME] = f"made-up-{number}"
        client.post(reverse("tokens:list"), {"name": "sorter"})
    assert Session.objects.count() == 3


def test_who_was_signed_out_is_told_that_nothing_was_deleted_and_asked_again(client, painted, sign_in_again):
    answer = client.post(reverse("artworks:delete", args=[painted.pk]))
    assert "nothing was done" in str(next(iter(get_messages(answer.wsgi_request))))
    assert "Delete it" in sign_in_again(answer).text
    assert Artwork.objects.filter(pk=painted.pk).exists()


def test_every_page_that_only_takes_what_is_sent_leads_back_to_one_that_can_be_opened(
    client, ada, painted, trained, make_experiment
):
    experiment, job, (token, _) = make_experiment(ada), painted.latest_job, create_token(ada, "sorter")
    pages = {
        reverse("jobs:cancel", args=[job.pk]): reverse("jobs:detail", args=[job.pk]),
        reverse("jobs:retry", args=[job.pk]): reverse("jobs:detail", args=[job.pk]),
        reverse("experiments:keep", args=[experiment.pk, 1]): experiment.get_absolute_url(),
        reverse("tokens:revoke", args=[token.public_id]): reverse("tokens:list"),
    } | {
        reverse(f"styles:{name}", args=[trained[0].slug]): trained[0].get_absolute_url()
        for name in ("rename", "offer", "withdraw")
    }
    for address, page in pages.items():
        assert page_after_signing_in(client.post(address)) == page
        assert client.get(address).url == page
        assert client.put(address).status_code == 405


def test_a_lesson_asked_for_after_the_session_has_ended_is_not_forgotten(client, ada, make_painting):
    painting = make_painting(ada)
    answer = client.post(reverse("styles:teach"), {"pictures": [str(painting.pk)], "title": "Dusk & dawn"})
    client.force_login(ada)
    form = client.get(page_after_signing_in(answer)).context["form"]
    assert form["title"].value() == "Dusk & dawn"
    assert [str(value) for value in form["pictures"].value()] == [str(painting.pk)]


def test_an_experiment_asked_for_after_the_session_has_ended_is_not_forgotten(client, ada, make_photo, make_painting):
    wish = {
        "content": str(make_photo(ada).pk), "pictures": [str(make_painting(ada).pk)], "title": "By weight",
        "vary_style_weight": "20, 200", "csrfmiddlewaretoken": "x", "request_id": "y", "action": "try",
    }  # fmt: skip
    page = page_after_signing_in(client.post(reverse("experiments:new"), wish))
    assert "csrfmiddlewaretoken" not in page
    client.force_login(ada)
    form = client.get(page).context["form"]
    assert {name: form[name].value() for name in ("content", "title", "vary_style_weight")} == {
        name: wish[name] for name in ("content", "title", "vary_style_weight")
    }
    assert form["pictures"].value() == wish["pictures"]
    assert not Experiment.objects.exists()


def test_the_estimate_of_an_experiment_tells_who_was_signed_out(client):
    answer = client.get(reverse("experiments:estimate"), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "You are signed out." in answer.text
    assert "<html" not in answer.text


def test_parts_of_the_studio_tell_who_was_signed_out(client):
    current = {"HX-Request": "true", "HX-Current-URL": "http://testserver/admin/studio/new/"}
    answer = client.get(reverse("studio:estimate"), headers=current)
    assert "You were signed out." in answer.text
    assert "<html" not in answer.text
    assert f"{reverse('admin:login')}?next=/admin/studio/new/" in answer.text


def test_a_visitor_who_wants_a_photo_of_their_own_keeps_the_style_that_was_chosen(client, trained):
    create = reverse("create:create")
    assert 'name="action" value="upload" formnovalidate' in client.get(create).text
    page = page_after_signing_in(client.post(create, {"method": "network", "model": trained[1].pk, "action": "upload"}))
    assert client.get(page).context["form"]["model"].value() == [trained[1].pk]
    assert not Artwork.objects.exists()


def test_who_signs_in_to_paint_is_told_that_the_choice_is_kept_also_when_signing_up(client, trained):
    choice = {"method": "network", "model": trained[1].pk, "action": "paint"}
    page = client.post(reverse("create:create"), choice, follow=True)
    assert "your photo, style and settings are kept" in page.text
    sign_up = client.get(page.context["signup_url"])
    assert "your photo, style and settings are kept" in sign_up.text
    for link in (page.context["signup_url"], sign_up.context["login_url"]):
        assert f"model%3D{trained[1].pk}" in link
    assert "are kept" not in client.get(reverse("account_login")).text
    teach = reverse("styles:teach")
    assert "what you chose is kept" in client.get(teach, {"title": "Waves"}, follow=True).text
    assert "kept" not in client.get(teach, follow=True).text


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_forms_of_accounts_say_each_label_once(client, name):
    page = client.get(reverse(name)).text
    assert "placeholder" not in page
    assert ">Login<" not in page
