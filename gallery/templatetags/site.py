"""What pages need to know about the installation."""

from django import template
from django.conf import settings

from gallery.models import StyleModel

register = template.Library()


@register.simple_tag
def mail_is_sent() -> bool:
    """Whether email leaves this machine; without a mail server it goes to the log."""
    return bool(settings.EMAIL_URL)


@register.filter(is_safe=True)
def sentence_case(title: str) -> str:
    """`Sign In` -> "Sign in": allauth writes its headings and buttons as titles, the gallery as sentences."""
    return title.strip().capitalize()


@register.simple_tag
def offered_styles() -> int:
    """How many styles wait for an administrator to decide on them."""
    return StyleModel.objects.offered().count()
