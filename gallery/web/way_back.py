"""The page of a list that somebody came from, with its filter and its search, and goes back to."""

from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def way_back(request, default) -> str:
    """The address that a link named as where it stands, so that it is found again; `default` without one, and where it
    is none of this gallery."""
    named = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(named, request.get_host(), require_https=request.is_secure())
    # Without a slash it would be the name of a view to those who redirect.
    return named if is_ours and named.startswith("/") else resolve_url(default)
