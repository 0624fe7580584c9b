"""What the views share."""

import uuid

from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.viewsets import GenericViewSet

from gallery.api.errors import ErrorSerializer
from gallery.models import ApiToken
from gallery.picture_files import VARIANTS

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.UUID,
    OpenApiParameter.HEADER,
    description="Sent a second time with the same key, a request gives what the first one has made. Another request "
    "with that key, apart from its title, is refused with 409.",
)
VARIANT = OpenApiParameter("variant", str, OpenApiParameter.PATH, enum=VARIANTS)
VARIANT_IN_PATH = f"(?P<variant>{'|'.join(VARIANTS)})"


def sends(media_type: str) -> dict:
    """Options of an action that answers with a file of that type."""

    class FileRenderer(JSONRenderer):
        """Lets a client ask for the file; what is rendered here are refusals, and these are JSON."""

        format = "file"

    FileRenderer.media_type = media_type
    return {"renderer_classes": [JSONRenderer, FileRenderer], "filter_backends": [], "pagination_class": None}


PICTURE = sends("image/*")


def errors(*statuses: int) -> dict[int, OpenApiResponse]:
    """The answers of an operation that are refusals."""
    words = {
        400: "Something in the request is not right; `fields` says what.",
        401: "A valid token is needed.",
        403: "This is not for you to do.",
        404: "There is no such record, or page of a list, that you may see.",
        409: "The record is in a state that does not allow this, or the Idempotency-Key belongs to another request.",
        413: "The file or the whole request is larger than the gallery accepts.",
        415: "The body is of a type that is not understood here.",
        429: "A limit is reached; `Retry-After` says when to come back, where waiting helps.",
        507: "The gallery's disk has too little room, or cannot be written; come back later.",
    }
    return {status: OpenApiResponse(ErrorSerializer, description=words[status]) for status in statuses}


def example(name: str, body: dict) -> OpenApiExample:
    """A body that an operation takes."""
    return OpenApiExample(name, body, request_only=True)


def answers(good, *refusals: int, status: int = 200) -> dict:
    """The answers of an operation: the good one, and refusals; a wrong token and too many requests always are.

    A body that may be of a wrong type may be too large as well, or find no room.
    """
    with_body = [413, 507] if 415 in refusals else []
    return {status: good, **errors(401, *refusals, *with_body, 429)}


PICTURES = {(200, "image/*"): OpenApiTypes.BINARY, **errors(401, 404, 429)}


def may(permission: str) -> type[BasePermission]:
    """Lets those in who have a permission, "gallery.add_trainingrun"."""

    class May(BasePermission):
        def has_permission(self, request, view):
            return request.user.has_perm(permission)

    return May


class AsAdministered(BasePermission):
    """Asks for the same right as the administration: to view, add, change or delete records of the viewset's model."""

    def has_permission(self, request, view):
        rights = {"create": "add", "destroy": "delete"}
        right = "view" if request.method in SAFE_METHODS else rights.get(view.action, "change")
        return request.user.has_perm(f"gallery.{right}_{view.queryset.model._meta.model_name}")


class CountedMixin:
    """Says how many requests are left, as the throttles have counted."""

    def finalize_response(self, request, response, *args, **kwargs):
        if limit := getattr(request, "rate_limit", None):
            response["RateLimit-Limit"], response["RateLimit-Remaining"] = map(str, limit)
        return super().finalize_response(request, response, *args, **kwargs)


@method_decorator(conditional_page, name="dispatch")
class GalleryViewSet(CountedMixin, GenericViewSet):
    """With ETags: a record that has not changed is answered with 304."""

    def asked_with(self) -> ApiToken | None:
        """The token this request came with, None where it came from a page."""
        return self.request.auth if isinstance(self.request.auth, ApiToken) else None

    def idempotency_key(self) -> uuid.UUID | None:
        """The key of this request, None where it has none. Raises `ValidationError`."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return None
        try:
            return uuid.UUID(key)
        except ValueError:
            raise ValidationError({"Idempotency-Key": ["Give a UUID."]}) from None
