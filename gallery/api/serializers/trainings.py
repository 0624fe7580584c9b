"""Trainings, the photos they practise on, and networks."""

from rest_framework import serializers
from rest_framework.reverse import reverse

from gallery.api.serializers.jobs import JobSerializer
from gallery.api.serializers.pictures import PaintingsField
from gallery.api.serializers.related import RecordField
from gallery.models import PhotoSet, StyleImage, StyleNetwork, TrainingRun

# Styles of a training, and paintings of a style: each is looked up by itself.
MOST_AT_ONCE = 100


class PhotoSetSerializer(serializers.ModelSerializer):
    """An archive of photos; `count` and `refused` are known once a training has unpacked it."""

    class Meta:
        model = PhotoSet
        fields = ["id", "title", "byte_size", "count", "refused", "created_at"]
        read_only_fields = fields


class ArchiveSerializer(serializers.Serializer):
    """A zip archive of JPEG, PNG or WebP files."""

    archive = serializers.FileField()
    title = serializers.CharField(max_length=120, required=False, allow_blank=True)


class NetworkSerializer(serializers.ModelSerializer):
    """A fast network. Its styles can be published once `provenance` and `licence` are told."""

    manifest = serializers.DictField(read_only=True)
    styles = serializers.SerializerMethodField()
    check_failed = serializers.CharField(
        source="check_failure", read_only=True, help_text="Why its check has failed, empty where it has not."
    )

    class Meta:
        model = StyleNetwork
        fields = ["id", "title", "provenance", "licence", "sha256", "manifest", "styles", "checked_at", "check_failed",
                  "is_example", "created_at"]  # fmt: skip
        read_only_fields = [name for name in fields if name not in ("title", "provenance", "licence")]

    def get_styles(self, network) -> list[str]:
        """The styles of it that you may see."""
        # As `with_styles_shown_to` has found them.
        return [style.slug for style in network.shown_styles]


class NetworkFileSerializer(serializers.Serializer):
    """A .safetensors file that training has written, or weights of pytorch/examples (.pth)."""

    file = serializers.FileField()
    title = serializers.CharField(max_length=120)
    provenance = serializers.CharField(max_length=500, required=False, allow_blank=True)
    licence = serializers.CharField(max_length=200, required=False, allow_blank=True)


class TaughtSerializer(serializers.Serializer):
    """A style by its name, and the paintings that teach it."""

    name = serializers.SlugField(max_length=100)
    paintings = PaintingsField(max_length=MOST_AT_ONCE)

    def get_fields(self):
        fields = super().get_fields()
        if request := self.context.get("request"):
            fields["paintings"].child.queryset = StyleImage.objects.visible_to(request.user)
        return fields


class AskedTrainingSerializer(serializers.Serializer):
    """A training to be done: new styles of the network `base`, or without one a network of its own."""

    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    styles = TaughtSerializer(many=True, max_length=MOST_AT_ONCE)
    base = RecordField(queryset=StyleNetwork.objects.checked(), required=False, allow_null=True, default=None)
    photo_set = RecordField(queryset=PhotoSet.objects.all(), required=False, allow_null=True, default=None)
    folder = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="A folder of the server that TRAINING_FOLDERS names."
    )
    parameters = serializers.DictField(
        required=False, default=dict, help_text="Fields of the engine's TrainingConfig; what is left out is as usual."
    )


class TrainingSerializer(serializers.ModelSerializer):
    """A training: what it was told, its curves, and what came out."""

    owner = serializers.SlugRelatedField(slug_field="username", read_only=True)
    parameters = serializers.DictField(read_only=True)
    losses = serializers.SerializerMethodField()
    styles = serializers.SlugRelatedField(slug_field="slug", many=True, read_only=True)
    scores = serializers.SerializerMethodField()
    sheet = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField()

    class Meta:
        model = TrainingRun
        fields = ["id", "title", "owner", "base", "photo_set", "folder", "parameters", "losses", "styles", "scores",
                  "sheet", "network", "photo_count", "images_per_second", "seconds", "job", "created_at",
                  "finished_at"]  # fmt: skip
        read_only_fields = fields

    def get_losses(self, run) -> list[dict[str, float]]:
        """A row a report: its step, the weighted losses, the style loss by layer, the last validation."""
        return run.losses or run.latest_job.loss_history

    def get_scores(self, run) -> dict[str, dict]:
        """By style: what was measured for the gate."""
        return {style.slug: style.gate for style in run.styles.all()}

    def get_sheet(self, run) -> str | None:
        """Address of the sheet of styles by photos."""
        return reverse("api:training-sheet", args=[run.pk], request=self.context["request"]) if run.sheet else None

    def get_job(self, run) -> JobSerializer:
        return JobSerializer(run.latest_job, context=self.context).data
