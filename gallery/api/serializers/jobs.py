"""Work in the queue."""

from rest_framework import serializers
from rest_framework.reverse import reverse

from gallery.models import Job

FIELDS = ["id", "kind", "queue", "state", "artwork", "style", "network", "training", "experiment", "step", "total",
          "progress", "eta_seconds", "estimated_seconds", "losses", "preview", "attempt", "stop_requested", "wish",
          "error_code", "error_message", "retry_of", "queued_at", "started_at", "finished_at"]  # fmt: skip


class JobSerializer(serializers.ModelSerializer):
    """A job: what it works on, how far it is, and why it ended where it failed."""

    style = serializers.SlugRelatedField(source="style_model", slug_field="slug", read_only=True, allow_null=True)
    training = serializers.PrimaryKeyRelatedField(source="training_run", read_only=True, allow_null=True)
    wish = serializers.CharField(read_only=True, help_text="What the worker is asked for: pause, finish, or empty.")
    progress = serializers.FloatField(help_text="Share of the steps done, 0 to 1.")
    losses = serializers.SerializerMethodField()
    preview = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = FIELDS
        read_only_fields = FIELDS

    def get_losses(self, job) -> dict[str, float]:
        """The losses at the last step reported."""
        return {name: value for name, value in (job.loss_history or [{}])[-1].items() if name != "step"}

    def get_preview(self, job) -> str | None:
        """Address of the latest preview of a running job."""
        if not job.preview or job.state != Job.State.RUNNING:
            return None
        return reverse("api:job-preview", args=[job.pk], request=self.context["request"])
