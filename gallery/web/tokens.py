"""Tokens for programs: making one, seeing which there are, revoking."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache

from gallery.exceptions import GalleryError
from gallery.models import ApiToken
from gallery.services.tokens import create_token, revoke_token
from gallery.web.signing_in import sent_from

app_name = "tokens"
# Where a session keeps the text of a new token until it is shown.
NEW_TOKEN = "new_token"


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="After the program that will use it.")
    days = forms.IntegerField(
        label="Valid for days",
        initial=min(90, settings.API_TOKEN_DAYS),
        min_value=1,
        max_value=settings.API_TOKEN_DAYS,
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)


@login_required
@never_cache
def show_all(request):
    """One's tokens; on POST a new one is made, whose text is shown once, on the page that follows."""
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            _, request.session[NEW_TOKEN] = create_token(request.user, **form.cleaned_data)
            return redirect("tokens:list")
        except GalleryError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
    tokens = ApiToken.objects.filter(user=request.user)
    context = {"form": form, "tokens": tokens, "text": request.session.pop(NEW_TOKEN, None)}
    return render(request, "tokens/list.html", context)


@sent_from("tokens:list")
def revoke(request, pk):
    token = get_object_or_404(ApiToken, user=request.user, public_id=pk)
    revoke_token(token)
    messages.success(request, f"“{token.name}” is revoked.")
    return redirect("tokens:list")


urlpatterns = [path("", show_all, name="list"), path("<uuid:pk>/revoke/", revoke, name="revoke")]
