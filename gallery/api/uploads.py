"""Files that programs send."""

from django.core.files.uploadedfile import UploadedFile
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from gallery.upload_limit import dropped_uploads


def sent_file(request, field: str, missing: str) -> UploadedFile:
    """The file of a request; raises why it was dropped, and `ValidationError` with the words for one that is
    `missing`."""
    sent = request.data if hasattr(request.data, "get") else {}
    # Known only once the body was read.
    for dropped in dropped_uploads(request._request):
        raise dropped.reason
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
