"""How often programs may ask, also where they ask in parallel."""

import threading
import time

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.urls import reverse
from rest_framework.test import APIRequestFactory

from gallery.api import throttles

LIMIT = 20


@pytest.fixture
def clock(monkeypatch):
    """What time it is for those who count; six seconds of a minute are over."""
    cache.clear()
    now = [1_200_000_006.0]
    monkeypatch.setattr(throttles.HeaderThrottle, "timer", lambda self: now[0])
    return now


@pytest.fixture
def ask(monkeypatch, clock):
    """Whether a visitor may ask once more; the answer as well as what is noted on the request."""
    monkeypatch.setattr(throttles.VisitorThrottle, "rate", f"{LIMIT}/minute", raising=False)

    def ask():
        request, throttle = APIRequestFactory().get("/"), throttles.VisitorThrottle()
        request.user = AnonymousUser()
        return throttle.allow_request(request, None), request.rate_limit, throttle.wait()

    return ask


class DistantCache(LocMemCache):
    """As one on a server: what it tells is known a little later."""

    def get(self, *arguments, **options):
        told = super().get(*arguments, **options)
        time.sleep(0.001)
        return told


@pytest.fixture
def distant_cache(settings):
    settings.CACHES = {name: {"BACKEND": f"{__name__}.DistantCache"} for name in ("default", "rates")}


@pytest.mark.usefixtures("distant_cache")
def test_of_programs_that_ask_in_parallel_so_many_are_answered_as_the_rate_says(ask):
    answers, begin = [], threading.Barrier(8)

    def ask_with_the_others():
        begin.wait()
        answers.extend(ask() for _ in range(LIMIT))

    threads = [threading.Thread(target=ask_with_the_others) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8 * LIMIT
    assert sorted(left for allowed, (_, left), _ in answers if allowed) == list(range(LIMIT))


def test_who_has_asked_too_often_may_again_when_the_minute_is_over(ask, clock):
    assert [ask()[0] for _ in range(LIMIT + 1)] == [True] * LIMIT + [False]
    clock[0] += 10
    assert ask() == (False, (LIMIT, 0), 44)
    clock[0] += 44
    assert ask()[:2] == (True, (LIMIT, LIMIT - 1))


@pytest.mark.django_db
def test_a_program_is_told_to_the_second_when_to_come_back(as_ada_api, monkeypatch, clock):
    monkeypatch.setattr(throttles.PersonThrottle, "rate", "1/minute", raising=False)
    clock[0] += 0.5
    assert as_ada_api.get(reverse("api:photo-list")).status_code == 200
    assert as_ada_api.get(reverse("api:photo-list"))["Retry-After"] == "54"
