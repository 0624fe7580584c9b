"""Files that programs send."""

from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError

from gallery.upload_limit import limit_of


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def sent_file(request, field: str, missing: str) -> UploadedFile:
    """The file of a request; raises `TooLarge`, and `ValidationError` with the words for one that is `missing`."""
    sent = request.data if hasattr(request.data, "get") else {}
    # Known only once the body was read.
    if getattr(request._request, "oversized_uploads", None):
        raise TooLarge(f"The file is larger than {filesizeformat(limit_of(request._request))}; send a smaller one.")
    upload = sent.get(field)
    if not hasattr(upload, "chunks"):
        raise ValidationError({field: [missing]})
    return upload


class TitleSerializer(serializers.Serializer):
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


def sent_title(request) -> str:
    """The title that came with a file, empty without one; raises `ValidationError` for one that cannot be kept."""
    asked = TitleSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked.validated_data["title"]
