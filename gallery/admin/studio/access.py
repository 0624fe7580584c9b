"""Who may enter the studio."""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render


def studio_view(right: str) -> Callable:
    """A view for administrators who have a right of the gallery, as `change_trainingrun`."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            if not request.user.has_perm(f"gallery.{right}"):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        page = admin.site.admin_view(checked)

        @wraps(page)
        def entered(request, *args, **kwargs):
            # Signing in has a page of its own, which would be put where a part of this one is loaded anew.
            if request.htmx and not request.user.is_authenticated:
                return render(request, "studio/_signed_out.html")
            return page(request, *args, **kwargs)

        return entered

    return decorate


def studio_action(right: str) -> Callable:
    """A view that takes what a form on the page of a training sends, from administrators who have that right. Who opens
    its address, as after signing in again, is led to that page."""

    def decorate(view):
        @wraps(view)
        def taken(request, pk, *args, **kwargs):
            if request.method != "POST":
                return redirect("studio:run", pk)
            return view(request, pk, *args, **kwargs)

        return studio_view(right)(taken)

    return decorate
