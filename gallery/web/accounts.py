"""What the gallery does otherwise than allauth."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Signs people in through a verification stage of the gallery's own."""

    def get_login_stages(self):
        """The paths of the stages; by path, for allauth loads its adapter before it can load stages."""
        own = {"allauth.account.stages.EmailVerificationStage": "gallery.web.login_stages.VerificationExceptOfStaff"}
        return [own.get(path, path) for path in super().get_login_stages()]
