"""Artworks: as they are, and as they are asked for."""

from rest_framework import serializers
from rest_framework.fields import empty

from gallery.api.serializers.jobs import JobSerializer
from gallery.api.serializers.pictures import FilesSerializer, files_of
from gallery.api.serializers.related import RecordField, SlugField
from gallery.exceptions import InvalidRequest
from gallery.models import Artwork, ContentImage, StyleImage, StyleModel
from gallery.services.requests import checked_settings
from stylize_engine.config import MAX_STYLES

FIELDS = ["id", "title", "alt_text", "owner", "method", "parameters", "content", "styles", "parent", "width", "height",
          "files", "photo_files", "visibility", "show_content", "losses", "job", "is_example", "created_at",
          "published_at"]  # fmt: skip
EDITABLE = ("title", "alt_text", "visibility", "show_content")


class UsedStyleSerializer(serializers.Serializer):
    """A style of an artwork and its share. Neither painting nor style is told to who may not see it."""

    painting = serializers.UUIDField(allow_null=True)
    style = serializers.SlugField(allow_null=True)
    title = serializers.CharField(allow_null=True)
    share = serializers.FloatField()


class LossSerializer(serializers.Serializer):
    """The weighted loss at a step."""

    step = serializers.IntegerField()
    total = serializers.FloatField()


class ArtworkSerializer(serializers.ModelSerializer):
    """A stylized image. `files` is null until it is painted; `job` is its latest job, for its owner."""

    owner = serializers.SlugRelatedField(slug_field="username", read_only=True, allow_null=True)
    parameters = serializers.JSONField(read_only=True, help_text="Fields of the configuration that `method` has.")
    content = serializers.SerializerMethodField()
    styles = serializers.SerializerMethodField()
    parent = serializers.SerializerMethodField()
    files = serializers.SerializerMethodField()
    photo_files = serializers.SerializerMethodField()
    losses = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField()

    class Meta:
        model = Artwork
        fields = FIELDS
        read_only_fields = [name for name in FIELDS if name not in EDITABLE]

    @property
    def _user(self):
        return self.context["request"].user

    def get_content(self, artwork) -> serializers.UUIDField(allow_null=True):
        return str(artwork.content_id) if artwork.content_is_visible_to(self._user) else None

    def get_styles(self, artwork) -> UsedStyleSerializer(many=True):
        return [self._used(share) for share in artwork.artworkstyle_set.all()]

    def _used(self, share) -> dict:
        shown = share.source.is_visible_to(self._user)
        return {
            "painting": str(share.style_id) if shown and share.style else None,
            "style": share.model.slug if shown and share.model else None,
            "title": share.source.title if shown else None,
            "share": share.weight,
        }

    def get_parent(self, artwork) -> serializers.UUIDField(allow_null=True):
        # As `with_parent_shown_to` has found it.
        return str(artwork.parent_id) if artwork.shows_parent else None

    def get_files(self, artwork) -> FilesSerializer(allow_null=True):
        return files_of("api:artwork-file", [artwork.pk], self.context["request"]) if artwork.result else None

    def get_photo_files(self, artwork) -> FilesSerializer(allow_null=True):
        shown = artwork.content_is_visible_to(self._user)
        return files_of("api:artwork-photo", [artwork.pk], self.context["request"]) if shown else None

    def get_losses(self, artwork) -> LossSerializer(many=True):
        return [{"step": entry["step"], "total": entry["total"]} for entry in artwork.loss_history]

    def get_job(self, artwork) -> JobSerializer(allow_null=True):
        own = self._user.is_authenticated and artwork.owner_id == self._user.pk
        job = artwork.latest_job if own else None
        return JobSerializer(job, context=self.context).data if job else None


class AskedStyleSerializer(serializers.Serializer):
    """A painting by its id or a trained style by its slug, and its share."""

    painting = RecordField(queryset=StyleImage.objects.none(), required=False)
    style = SlugField(slug_field="slug", queryset=StyleModel.objects.none(), required=False)
    share = serializers.FloatField(default=1.0, help_text="A number above 0; shares need not add up to anything.")

    def get_fields(self):
        fields = super().get_fields()
        if request := self.context.get("request"):
            fields["painting"].queryset = StyleImage.objects.visible_to(request.user)
            fields["style"].queryset = StyleModel.objects.known_to(request.user)
        return fields


class AskedArtworkSerializer(serializers.Serializer):
    """An artwork to be painted. With `network`, `styles` are trained ones; with `gatys`, paintings."""

    method = serializers.ChoiceField(choices=Artwork.Method.choices)
    content = RecordField(queryset=ContentImage.objects.none(), help_text="A photo's id.")
    styles = AskedStyleSerializer(many=True, max_length=MAX_STYLES)
    parameters = serializers.DictField(
        required=False,
        default=dict,
        help_text="Fields of the method's configuration; see capabilities. A refusal names all that are "
        "wrong, each by its own name alone: `strength`.",
    )
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    parent = RecordField(
        queryset=Artwork.objects.none(), required=False, allow_null=True, default=None, help_text="What this remixes."
    )

    def get_fields(self):
        fields = super().get_fields()
        if request := self.context.get("request"):
            fields["content"].queryset = ContentImage.objects.visible_to(request.user)
            fields["parent"].queryset = Artwork.objects.visible_to(request.user)
        return fields

    def run_validation(self, data=empty):
        try:
            return super().run_validation(data)
        except serializers.ValidationError as error:
            raise serializers.ValidationError(_refused_settings(data) | error.detail) from None

    def validate(self, asked):
        kind, other = ("style", "painting") if asked["method"] == Artwork.Method.NETWORK else ("painting", "style")
        for index, style in enumerate(asked["styles"]):
            if kind not in style or other in style:
                raise serializers.ValidationError(
                    {"styles": {index: [f"With {asked['method']}, name a {kind} and no {other}."]}}
                )
        asked["shares"] = [(style[kind], style["share"]) for style in asked["styles"]]
        return asked


def _refused_settings(asked) -> dict[str, list[str]]:
    """What is wrong with the settings of a request that is refused for something else, so that all is told at once."""
    method, parameters = (asked.get(name) for name in ("method", "parameters")) if isinstance(asked, dict) else ("", "")
    if method not in Artwork.Method.values or not isinstance(parameters, dict):
        return {}
    try:
        checked_settings(method, parameters)
    except InvalidRequest as refusal:
        return {field: [sentence] for field, sentence in refusal.fields.items()}
    return {}
