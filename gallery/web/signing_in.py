"""Who was signed out meanwhile signs in and comes back to a page, never to an address that only takes what is sent."""

from collections.abc import Callable, Iterable
from functools import wraps
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_http_methods


def sent_from(page: str, *names: str) -> Callable:
    """A view that takes what a form on `page` sends, for whoever is signed in.

    `names` are the arguments that the page's address shares with the view's. Without a session nothing is done; the
    visitor signs in, is told so and comes back to that page. Who opens the address, as from the bar of the browser
    where a refusal was shown, is led there too.
    """

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            address = resolve_url(page, **{name: kwargs[name] for name in names})
            if request.method != "POST":
                return redirect(address)
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            messages.warning(request, "You were signed out, so nothing was done. Sign in, then do it once more.")
            return redirect_to_login(address)

        return require_http_methods(["GET", "HEAD", "POST"])(checked)

    return decorate


def sign_in_first(page: str, choice: Iterable[tuple[str, str]]) -> HttpResponse:
    """To the form on `page` by way of signing in; `choice` is what was chosen there, as its address says it."""
    address = resolve_url(page)
    if chosen := urlencode(list(choice)):
        address = f"{address}?{chosen}"
    return redirect_to_login(address)
