"""What pages need to know about the installation."""

from django import template
from django.conf import settings

from gallery.models import StyleModel

register = template.Library()


@register.simple_tag
def mail_is_sent() -> bool:
    """Whether e-mail leaves this machine; without a mail server it goes to the log."""
    return bool(settings.EMAIL_URL)


@register.simple_tag
def offered_styles() -> int:
    """How many styles wait for an administrator to decide on them."""
    return StyleModel.objects.offered().count()
