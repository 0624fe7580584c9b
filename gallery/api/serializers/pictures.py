"""Photos and paintings."""

from rest_framework import serializers
from rest_framework.reverse import reverse

from gallery.api.serializers.related import RecordField
from gallery.models import ContentImage, StyleImage
from gallery.picture_files import VARIANTS

FIELDS = ["id", "title", "alt_text", "credit", "width", "height", "byte_size", "is_example", "created_at", "files"]
EDITABLE = ("title", "alt_text")


class FilesSerializer(serializers.Serializer):
    """Addresses of a picture: 240 pixels along its long edge, 480, 1280, and as it is."""

    small = serializers.URLField()
    card = serializers.URLField()
    large = serializers.URLField()
    full = serializers.URLField()


def files_of(name: str, arguments: list, request) -> dict[str, str]:
    """The addresses of a picture's variants."""
    return {variant: reverse(name, args=[*arguments, variant], request=request) for variant in VARIANTS}


class PictureSerializer(serializers.ModelSerializer):
    files = serializers.SerializerMethodField()
    view_name: str

    def get_files(self, picture) -> FilesSerializer:
        return files_of(self.view_name, [picture.pk], self.context["request"])


class PhotoSerializer(PictureSerializer):
    """A photo to be painted."""

    view_name = "api:photo-file"

    class Meta:
        model = ContentImage
        fields = FIELDS
        read_only_fields = [name for name in FIELDS if name not in EDITABLE]


class PaintingSerializer(PictureSerializer):
    """A painting to paint like."""

    view_name = "api:painting-file"

    class Meta:
        model = StyleImage
        fields = FIELDS
        read_only_fields = [name for name in FIELDS if name not in EDITABLE]


class PaintingsField(serializers.ListField):
    """Ids of paintings; too many are refused before any is looked up."""

    child = RecordField(queryset=StyleImage.objects.none())

    def run_child_validation(self, data):
        if len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().run_child_validation(data)


class UploadSerializer(serializers.Serializer):
    """A picture file and what it is called."""

    file = serializers.FileField(help_text="JPEG, PNG, WebP, TIFF, HEIC or AVIF.")
    title = serializers.CharField(max_length=120, required=False, allow_blank=True)
