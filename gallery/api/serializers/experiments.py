"""Experiments: as they are, and as they are asked for."""

from rest_framework import serializers
from rest_framework.reverse import reverse

from gallery.api.serializers.jobs import JobSerializer
from gallery.api.serializers.pictures import FilesSerializer, PaintingsField, files_of
from gallery.api.serializers.related import RecordField
from gallery.experiment_files import has_file
from gallery.models import ContentImage, Experiment, StyleImage, StyleNetwork
from gallery.services.experiments import MAX_PICTURES
from stylize_engine.config.grids import SHEET, TABLE

FIELDS = ["id", "title", "method", "content", "pictures", "base", "parameters", "varied", "trial_count", "results",
          "sheet", "table", "job", "created_at"]  # fmt: skip


class TrialSerializer(serializers.Serializer):
    """A trial that is done. Scores are the same measure for every row, 0 the best; totals under different weights
    cannot be compared."""

    trial = serializers.IntegerField(help_text="Its number, from 1.")
    settings = serializers.DictField(help_text="The values it had of what is varied.")
    losses = serializers.DictField(child=serializers.FloatField(allow_null=True), help_text="At its last step.")
    style_score = serializers.FloatField(allow_null=True)
    content_score = serializers.FloatField(allow_null=True, help_text="Above 1.5 nobody recognises the photo.")
    judge = serializers.CharField(allow_null=True, help_text="The network that scored; scores of others differ.")
    failed = serializers.CharField(allow_null=True, help_text="Why there is no picture, where the trial failed.")
    files = FilesSerializer(allow_null=True)
    network = serializers.URLField(allow_null=True, help_text="Of a training: the network.")


class ExperimentSerializer(serializers.ModelSerializer):
    """A grid of trials. `results` holds those that are done, the lowest total loss first, failed ones last."""

    parameters = serializers.DictField(help_text="What all trials share: fields of the method's configuration.")
    varied = serializers.DictField(child=serializers.ListField(), help_text="The values tried of each setting.")
    trial_count = serializers.IntegerField(help_text="How many combinations there are.")
    results = serializers.SerializerMethodField()
    sheet = serializers.SerializerMethodField()
    table = serializers.SerializerMethodField()
    job = serializers.SerializerMethodField()

    class Meta:
        model = Experiment
        fields = FIELDS
        read_only_fields = FIELDS

    def get_results(self, experiment) -> TrialSerializer(many=True):
        return [self._trial(experiment, result) for result in experiment.results]

    def get_sheet(self, experiment) -> serializers.URLField(allow_null=True):
        """Address of all pictures on one sheet."""
        return self._address("sheet", experiment) if has_file(experiment, SHEET) else None

    def get_table(self, experiment) -> serializers.URLField(allow_null=True):
        """Address of the table as comma-separated values."""
        return self._address("table", experiment) if has_file(experiment, TABLE) else None

    def get_job(self, experiment) -> JobSerializer(allow_null=True):
        """The latest job."""
        job = experiment.latest_job
        return JobSerializer(job, context=self.context).data if job else None

    def _trial(self, experiment: Experiment, result: dict) -> dict:
        names = ("trial", "settings", "losses", "style_score", "content_score", "judge", "failed")
        trial = {name: result.get(name, {} if name == "losses" else None) for name in names}
        good, arguments = not trial["failed"], [experiment.pk, result["trial"]]
        trained = good and experiment.method == Experiment.Method.TRAINING
        return trial | {
            "files": files_of("api:experiment-trial", arguments, self.context["request"]) if good else None,
            "network": self._address("network", experiment, result["trial"]) if trained else None,
        }

    def _address(self, name: str, experiment: Experiment, *more) -> str:
        return reverse(f"api:experiment-{name}", args=[experiment.pk, *more], request=self.context["request"])


class AskedExperimentSerializer(serializers.Serializer):
    """A grid to be tried: the photo, the paintings, and the values of each setting that is varied."""

    method = serializers.ChoiceField(choices=Experiment.Method.choices, default=Experiment.Method.GATYS)
    content = RecordField(queryset=ContentImage.objects.none(), help_text="A photo's id.")
    pictures = PaintingsField(max_length=MAX_PICTURES, help_text="One to four paintings, followed together.")
    varied = serializers.DictField(
        child=serializers.ListField(), help_text="Values of fields of the method's configuration; layers are lists."
    )
    parameters = serializers.DictField(required=False, default=dict, help_text="What all trials share.")
    base = RecordField(
        queryset=StyleNetwork.objects.checked(),
        required=False,
        allow_null=True,
        default=None,
        help_text="The network that trainings begin from.",
    )
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")

    def get_fields(self):
        fields = super().get_fields()
        if request := self.context.get("request"):
            fields["content"].queryset = ContentImage.objects.visible_to(request.user)
            fields["pictures"].child.queryset = StyleImage.objects.visible_to(request.user)
        return fields
