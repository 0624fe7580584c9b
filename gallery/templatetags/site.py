"""What pages need to know about the installation."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from django import template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.forms import BoundField, Form
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from gallery.models import StyleModel

register = template.Library()

CHOOSING = ("create:create", "styles:teach", "experiments:new")


@register.simple_tag
def mail_is_sent() -> bool:
    """Whether email leaves this machine; without a mail server it goes to the log."""
    return bool(settings.EMAIL_URL)


@register.filter(is_safe=True)
def sentence_case(title: str) -> str:
    """`Sign In` -> "Sign in": allauth writes its headings and buttons as titles, the gallery as sentences."""
    return title.strip().capitalize()


@register.filter
def fields_said_once(form: Form) -> list[BoundField]:
    """The fields of a form of allauth, each named by its placeholder: that says more than the label, or the same, and
    is gone as soon as somebody types."""
    fields = form.visible_fields()
    for field in fields:
        field.label = sentence_case(field.field.widget.attrs.pop("placeholder", field.label))
    return fields


@register.filter
def said_in(messages: Iterable[Message] | None, part: str) -> list[Message]:
    """The messages that stand in a part of the page, by its id; without one those of the whole page."""
    return [message for message in messages or () if (message.extra_tags or "") == part]


@register.filter
def keeps_a_choice(address: str | None) -> bool:
    """Whether a page that signing in leads to has in its address what was chosen there before."""
    asked = urlsplit(address or "")
    return bool(asked.query) and asked.path in map(reverse, CHOOSING)


@register.simple_tag(takes_context=True)
def page_before(context) -> str:
    """The page of this gallery that a request was sent from, empty where it came from elsewhere."""
    request = context["request"]
    address = request.headers.get("Referer", "")
    return address if url_has_allowed_host_and_scheme(address, request.get_host()) else ""


@register.simple_tag
def offered_styles() -> int:
    """How many styles wait for an administrator to decide on them."""
    return StyleModel.objects.offered().count()
