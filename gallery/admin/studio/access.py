"""Who may enter the studio."""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied


def studio_view(right: str) -> Callable:
    """A view for administrators who have a right of the gallery, as `change_trainingrun`."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            if not request.user.has_perm(f"gallery.{right}"):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return admin.site.admin_view(checked)

    return decorate
