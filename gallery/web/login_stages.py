"""What somebody passes through between the right password and being signed in."""

from allauth.account.stages import EmailVerificationStage


class VerificationExceptOfStaff(EmailVerificationStage):
    """Asks for a verified address, but not of staff: the first administrator may have none, and has no other door."""

    def handle(self):
        if self.login.user and self.login.user.is_staff:
            return None, True
        return super().handle()
