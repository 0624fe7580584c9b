"""Tokens for programs and webhooks to them: making a token, seeing which there are, ending them."""

import uuid

from django import forms
from django.conf import settings
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.cache import never_cache

from gallery.exceptions import Conflict, GalleryError
from gallery.models import ApiToken, Webhook
from gallery.services.tokens import create_token, revoke_token
from gallery.services.webhooks import remove_webhook
from gallery.web.signing_in import sent_from, signed_in_to_send, typed_on

app_name = "tokens"


class TokenForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="After the program that will use it.")
    days = forms.IntegerField(
        label="Valid for days",
        initial=min(90, settings.API_TOKEN_DAYS),
        min_value=1,
        max_value=settings.API_TOKEN_DAYS,
    )

    request_id = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)


@signed_in_to_send(keeps=TokenForm)
@never_cache
def show_all(request):
    """One's tokens and webhooks; on POST also a new token. Its text is shown on this page alone, for it is kept
    nowhere."""
    typed = typed_on(request, TokenForm)
    form, text = TokenForm(request.POST or None, initial=typed or {"request_id": uuid.uuid4()}), None
    status = 400 if form.is_bound else 200
    if form.is_valid():
        try:
            _, text = create_token(request.user, **form.cleaned_data)
            form, status = TokenForm(initial={"request_id": uuid.uuid4()}), 200
        except Conflict as conflict:
            messages.warning(request, conflict.message)
            return redirect("tokens:list")
        except GalleryError as error:
            status = error.status
            form.add_error(error.field if error.field in form.fields else None, error.message)
    tokens = ApiToken.objects.filter(user=request.user)
    webhooks = Webhook.objects.filter(owner=request.user).with_last_delivery()
    context = {"form": form, "tokens": tokens, "text": text, "webhooks": webhooks}
    return render(request, "tokens/list.html", context, status=status)


@sent_from("tokens:list")
def revoke(request, pk):
    token = get_object_or_404(ApiToken, user=request.user, public_id=pk)
    revoke_token(token)
    messages.success(request, f"“{token.name}” is revoked.")
    return redirect("tokens:list")


@sent_from("tokens:list")
def remove(request, pk):
    webhook = get_object_or_404(Webhook, owner=request.user, pk=pk)
    remove_webhook(webhook)
    messages.success(request, f"{webhook.url} is told nothing any more.")
    return redirect("tokens:list")


urlpatterns = [
    path("", show_all, name="list"),
    path("<uuid:pk>/revoke/", revoke, name="revoke"),
    path("webhooks/<uuid:pk>/delete/", remove, name="remove_webhook"),
]
