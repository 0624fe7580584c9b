"""Who was signed out meanwhile signs in and comes back to a page, never to an address that only takes what is sent."""

from collections.abc import Callable, Iterable
from functools import wraps
from urllib.parse import urlencode, urlsplit

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.views.decorators.http import require_http_methods

# Where a session notes what was typed without being signed in, how much of a field, and for how many seconds: anybody
# may send anything.
TYPED, MOST_TYPED, TYPED_SECONDS = "typed", 2000, 3600


def sent_from(page: str, *names: str, keeps: type[Form] | None = None) -> Callable:
    """A view that takes what a form on `page` sends, for whoever is signed in.

    `names` are the arguments that the page's address shares with the view's. Without a session nothing is done; the
    visitor signs in, is told so and comes back to that page, where `typed_on` has what was typed in a form that
    `keeps`. Who opens the address, as from the bar of the browser where a refusal was shown, is led there too.
    """

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            address = resolve_url(page, **{name: kwargs[name] for name in names})
            if request.method != "POST":
                return redirect(address)
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            return send_to_sign_in(request, address, keeps)

        return require_http_methods(["GET", "HEAD", "POST"])(checked)

    return decorate


def signed_in_to_send(keeps: type[Form] | None = None) -> Callable:
    """As `sent_from`, for a view that shows its form itself."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            if request.user.is_authenticated:
                return view(request, *args, **kwargs)
            if request.method != "POST":
                return redirect_to_login(request.get_full_path())
            return send_to_sign_in(request, request.get_full_path(), keeps)

        return checked

    return decorate


def send_to_sign_in(request, address: str, keeps: type[Form] | None = None) -> HttpResponse:
    """To `address` by way of signing in, since what was sent was not done; what somebody who was signed in before typed
    in a form that `keeps` is there again."""
    if keeps and _may_keep(request):
        said = {name: request.POST[name][:MOST_TYPED] for name in keeps.base_fields if name in request.POST}
        request.session[TYPED] = {"on": urlsplit(address).path, "said": said}
        # Signing in sets it anew.
        request.session.set_expiry(TYPED_SECONDS)
        messages.warning(request, "You were signed out, so nothing was saved. Sign in: what you typed is kept.")
    else:
        messages.warning(request, "You were signed out, so nothing was done. Sign in, then do it once more.")
    return redirect_to_login(address)


def _may_keep(request) -> bool:
    """Whether a browser had a session, and strangers who only say so have not stored much from the same address."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and ratelimit.consume(request, action="keep_typed")


def typed_on(request, form: type[Form]) -> dict[str, str | None] | None:
    """What somebody typed in a `form` of this page before signing in, by its fields; told once, and None where there is
    nothing to tell."""
    typed = request.session.get(TYPED)
    if request.method != "GET" or not typed or typed["on"] != request.path:
        return None
    del request.session[TYPED]
    messages.info(request, "What you typed before you were signed out is here again; it is not saved yet.")
    return {name: typed["said"].get(name) for name in form.base_fields}


def sign_in_first(page: str, choice: Iterable[tuple[str, str]]) -> HttpResponse:
    """To the form on `page` by way of signing in; `choice` is what was chosen there, as its address says it."""
    address = resolve_url(page)
    if chosen := urlencode(list(choice)):
        address = f"{address}?{chosen}"
    return redirect_to_login(address)
