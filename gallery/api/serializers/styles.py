"""Trained styles."""

from rest_framework import serializers

from gallery.api.serializers.jobs import JobSerializer
from gallery.api.serializers.pictures import FilesSerializer, PaintingsField, files_of
from gallery.api.serializers.related import SlugField
from gallery.models import StyleImage, StyleModel
from gallery.services.teaching import MAX_LESSON_PICTURES

FIELDS = ["id", "slug", "title", "credit", "state", "owner", "network", "version", "refusal", "cover", "strip",
          "is_example", "created_at", "published_at"]  # fmt: skip


class StyleSerializer(serializers.ModelSerializer):
    """A trained style. Styles can be blended where `network` is the same."""

    owner = serializers.SlugRelatedField(slug_field="username", read_only=True, allow_null=True)
    cover = serializers.SerializerMethodField()
    strip = serializers.SerializerMethodField()

    class Meta:
        model = StyleModel
        fields = FIELDS
        read_only_fields = [name for name in FIELDS if name not in ("title", "credit")]

    def get_cover(self, model) -> FilesSerializer(allow_null=True):
        return self._files(model, "cover")

    def get_strip(self, model) -> FilesSerializer(allow_null=True):
        return self._files(model, "strip")

    def _files(self, model, kind: str) -> dict[str, str] | None:
        arguments = [model.slug, kind]
        return files_of("api:style-file", arguments, self.context["request"]) if getattr(model, kind) else None


class LessonSerializer(serializers.Serializer):
    """What teaches a new style."""

    pictures = PaintingsField(
        max_length=MAX_LESSON_PICTURES, help_text="One to four paintings that teach the style together."
    )
    title = serializers.CharField(max_length=120, required=False, allow_blank=True)

    def get_fields(self):
        fields = super().get_fields()
        if request := self.context.get("request"):
            fields["pictures"].child.queryset = StyleImage.objects.visible_to(request.user)
        return fields


class TaughtStyleSerializer(serializers.Serializer):
    """A style that waits to be learnt, and the job that will."""

    style = StyleSerializer()
    job = JobSerializer()


class RefusalSerializer(serializers.Serializer):
    """Why a style is not taken into the gallery, for its owner to read."""

    reason = serializers.CharField(max_length=300)


class FollowedSerializer(serializers.Serializer):
    """The style in whose place another shall stand; null for a style of its own."""

    earlier = SlugField(slug_field="slug", queryset=StyleModel.objects.none(), allow_null=True)

    def get_fields(self):
        fields = super().get_fields()
        if request := self.context.get("request"):
            fields["earlier"].queryset = StyleModel.objects.visible_to(request.user)
        return fields
