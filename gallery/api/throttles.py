"""How often a program may ask; every answer that counts says how much is left."""

from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import SimpleRateThrottle


class HeaderThrottle(SimpleRateThrottle):
    """Counts by person, or by address where nobody has signed in, and notes what is left on the request."""

    def get_cache_key(self, request, view):
        ident = f"user-{request.user.pk}" if request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def allow_request(self, request, view):
        allowed = super().allow_request(request, view)
        if self.rate is not None and hasattr(self, "history"):
            left = max(0, self.num_requests - len(self.history))
            noted = getattr(request, "rate_limit", None)
            if noted is None or left < noted[1]:
                request.rate_limit = (self.num_requests, left)
        return allowed


class PersonThrottle(HeaderThrottle):
    scope = "person"

    def get_cache_key(self, request, view):
        return super().get_cache_key(request, view) if request.user.is_authenticated else None


class VisitorThrottle(HeaderThrottle):
    scope = "visitor"

    def get_cache_key(self, request, view):
        return None if request.user.is_authenticated else super().get_cache_key(request, view)


class WriteThrottle(HeaderThrottle):
    """For what creates, changes or removes."""

    scope = "write"

    def get_cache_key(self, request, view):
        return None if request.method in SAFE_METHODS else super().get_cache_key(request, view)
