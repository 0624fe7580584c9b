"""What the gallery does otherwise than allauth."""

import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed, password_reset
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib import messages
from django.dispatch import receiver
from django.shortcuts import redirect, resolve_url
from django.utils.html import format_html

from gallery.services.tokens import programs_of

NOT_SENT = "The mail could not be sent; try again later."
NOT_SENT_AT_SIGN_UP = "The mail to confirm your address could not be sent; sign in later, and it is sent again."
logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Signs people in through a verification stage of the gallery's own, and tells of mails that could not be sent."""

    _is_notification = False

    def get_login_stages(self):
        """The paths of the stages; by path, for allauth loads its adapter before it can load stages."""
        own = {"allauth.account.stages.EmailVerificationStage": "gallery.web.login_stages.VerificationExceptOfStaff"}
        return [own.get(path, path) for path in super().get_login_stages()]

    def send_mail(self, template_prefix, email, context):
        """Raises `ImmediateHttpResponse` where the mail server takes no mail: what allauth would answer says that one
        was sent. Whatever address was asked for, the answer is the same. What a notification tells of is done, and the
        answer as if it had been sent."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:
            logger.exception("A mail could not be sent; look at EMAIL_URL and the mail server.")
            if self._is_notification:
                return
            # Else the next mail would be kept back for minutes, as if this one had arrived.
            ratelimit.clear(self.request, action="confirm_email", key=email.lower())
            asked_at = self.request.resolver_match.url_name
            messages.error(self.request, NOT_SENT_AT_SIGN_UP if asked_at == "account_signup" else NOT_SENT)
            # With the password again, what was asked for on the page of addresses goes on.
            page = {"account_signup": "account_login", "account_reauthenticate": "account_email"}.get(asked_at)
            raise ImmediateHttpResponse(redirect(page or self.request.get_full_path())) from error

    def send_notification_mail(self, *args, **kwargs):
        self._is_notification = True
        try:
            super().send_notification_mail(*args, **kwargs)
        finally:
            self._is_notification = False


@receiver([password_changed, password_reset])
def tell_what_still_works(request, user, **kwargs):
    """Whoever changes a password because somebody else knew it learns what else that one may have made.

    Connected in time, for allauth loads its adapter from this module before it changes a password.
    """
    if counted := programs_of(user):
        told = 'What does not end with the old password still works: {}. <a href="{}">End what you do not know.</a>'
        messages.warning(request, format_html(told, counted, resolve_url("tokens:list")))
