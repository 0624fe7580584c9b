"""The page where people delete their account."""

from allauth.account.forms import ReauthenticateForm
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache

from gallery.exceptions import GalleryError
from gallery.services.leaving import delete_account

app_name = "leaving"


@login_required
@never_cache
def delete(request):
    """Say what is lost and what stays and, on POST with the right password, delete the account."""
    form = ReauthenticateForm(request.POST or None, user=request.user, label_suffix="")
    if request.method == "POST":
        # As many wrong passwords as where allauth asks for one again.
        if refused := ratelimit.consume_or_429(request, action="reauthenticate", user=request.user):
            return refused
        if form.is_valid():
            try:
                delete_account(request.user)
            except GalleryError as error:
                form.add_error(None, error.message)
            else:
                logout(request)
                messages.success(request, "Your account is deleted, and with it all that was yours alone.")
                return redirect("gallery:home")
    return render(request, "leaving/delete.html", {"form": form})


urlpatterns = [path("", delete, name="delete")]
