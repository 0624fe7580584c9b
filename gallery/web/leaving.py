"""The page where people delete their account, and what they may take along."""

import time

from allauth.account.forms import ReauthenticateForm
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gallery.exceptions import GalleryError
from gallery.services.belongings import Archive, belongings_of
from gallery.services.leaving import delete_account
from gallery.web.signing_in import signed_in_to_send

app_name = "leaving"
# So long another download is refused where a web server ended before it could say that one was done, or a visitor has
# stopped taking; and how often a download under way says that it is.
SILENT_SECONDS, RENEWED_SECONDS = 120, 10


@signed_in_to_send()
@never_cache
def delete(request):
    """Say what is lost and what stays and, on POST with the right password, delete the account."""
    form, status = ReauthenticateForm(request.POST or None, user=request.user, label_suffix=""), 200
    if request.method == "POST":
        # As many wrong passwords as where allauth asks for one again.
        if refused := ratelimit.consume_or_429(request, action="reauthenticate", user=request.user):
            return refused
        status = 400
        if form.is_valid():
            try:
                delete_account(request.user)
            except GalleryError as error:
                form.add_error(None, error.message)
                status = error.status
            else:
                logout(request)
                messages.success(request, "Your account is deleted, and with it all that was yours alone.")
                return redirect("gallery:home")
    return render(request, "leaving/delete.html", {"form": form}, status=status)


class Download:
    """An archive as it is sent; `key` is noted in the cache until it has arrived."""

    def __init__(self, archive: Archive, key: str):
        self._archive, self._key = archive, key

    def __len__(self):
        return len(self._archive)

    def __iter__(self):
        renewed = time.monotonic()
        for piece in self._archive:
            yield piece
            if time.monotonic() - renewed >= RENEWED_SECONDS:
                cache.set(self._key, True, SILENT_SECONDS)
                renewed = time.monotonic()

    def close(self):
        """Called by Django where the response ends, also before its time."""
        cache.delete(self._key)


@login_required
@require_safe
@never_cache
def take_along(request):
    """What is a person's own, as one zip, one at a time: each keeps a thread of the web server until it has arrived."""
    key = f"taking-along:{request.user.pk}"
    if not cache.add(key, True, SILENT_SECONDS):
        messages.error(request, "Your download is still under way; wait until it has ended.")
        return redirect("artworks:mine")
    download = Download(belongings_of(request.user), key)
    headers = {"Content-Disposition": 'attachment; filename="style-gallery.zip"', "Content-Length": len(download)}
    return StreamingHttpResponse(download, content_type="application/zip", headers=headers)


urlpatterns = [path("", delete, name="delete"), path("take-along/", take_along, name="take_along")]
