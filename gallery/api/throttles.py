"""How often a program may ask; every answer that counts says how much is left."""

from allauth.core.internal.ratelimit import truncate_ip
from django.core.cache import caches
from rest_framework.permissions import SAFE_METHODS
from rest_framework.throttling import SimpleRateThrottle


class HeaderThrottle(SimpleRateThrottle):
    """Counts by person, or by address where nobody has signed in, and notes what is left on the request.

    Counted is in windows of the rate's length, one after the other, by a number that the cache itself adds to: requests
    that come together are each counted, where a list that is read and written again would lose some.
    """

    seconds_left = 0.0

    @property
    def cache(self):
        return caches["rates"]

    def get_ident(self, request):
        """The address; of IPv6 the network that a visitor has all addresses of, as where people sign in."""
        return truncate_ip(super().get_ident(request))

    def get_cache_key(self, request, view):
        ident = f"user-{request.user.pk}" if request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}

    def allow_request(self, request, view):
        key = self.get_cache_key(request, view)
        if key is None:
            return True
        window, passed = divmod(self.timer(), self.duration)
        self.seconds_left = self.duration - passed
        count = self._count(f"{key}_{window:.0f}")
        left = max(0, self.num_requests - count)
        noted = getattr(request, "rate_limit", None)
        if noted is None or left < noted[1]:
            request.rate_limit = (self.num_requests, left)
        return count <= self.num_requests

    def wait(self):
        return self.seconds_left

    def _count(self, key: str) -> int:
        """Which request of its window this is. Kept for longer than that, so that none is added to as it goes."""
        self.cache.add(key, 0, 2 * self.duration)
        try:
            return self.cache.incr(key)
        except ValueError:  # thrown out at once, for want of room
            return 1


class PersonThrottle(HeaderThrottle):
    scope = "person"

    def get_cache_key(self, request, view):
        return super().get_cache_key(request, view) if request.user.is_authenticated else None


class VisitorThrottle(HeaderThrottle):
    scope = "visitor"

    def get_cache_key(self, request, view):
        return None if request.user.is_authenticated else super().get_cache_key(request, view)


class StrangerThrottle(HeaderThrottle):
    """For visitors who come with a wrong token, before anything is known of who asks."""

    scope = "visitor"

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class WriteThrottle(HeaderThrottle):
    """For what creates, changes or removes."""

    scope = "write"

    def get_cache_key(self, request, view):
        return None if request.method in SAFE_METHODS else super().get_cache_key(request, view)
