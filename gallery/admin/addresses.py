"""Addresses of the administration that ask for what no record can hold."""

from django.core.exceptions import BadRequest
from django.urls import reverse


def refuse_null_characters(get_response):
    """Lists of the administration look up whatever their addresses say, and PostgreSQL refuses to look up this."""

    def answer(request):
        if "%00" in request.META["QUERY_STRING"] and request.path.startswith(reverse("admin:index")):
            raise BadRequest("Null characters are not allowed.")
        return get_response(request)

    return answer
