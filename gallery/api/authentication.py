"""Who asks: a program with a token, or the browser of somebody signed in."""

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled

from gallery.api.throttles import StrangerThrottle


class ApiTokenAuthentication(TokenAuthentication):
    """`Authorization: Bearer TOKEN`."""

    def authenticate(self, request):
        """As knox does; a wrong token counts as a request of a visitor, which no throttle would see any more."""
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            throttle = StrangerThrottle()
            if not throttle.allow_request(request, None):
                raise Throttled(throttle.wait()) from None
            raise

    def authenticate_credentials(self, token):
        if not token.isascii():
            raise AuthenticationFailed("Invalid token.")
        return super().authenticate_credentials(token)


class ApiTokenScheme(KnoxTokenScheme):
    """How the schema describes it."""

    target_class = ApiTokenAuthentication
    name = "token"
