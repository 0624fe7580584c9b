from django.contrib import admin

from gallery.admin.watched import WatchedOnly
from gallery.models import Experiment


@admin.register(Experiment)
class ExperimentAdmin(WatchedOnly, admin.ModelAdmin):
    """Experiments are made and removed by the people who own them; here they are looked at."""

    list_display = ["title", "owner", "method", "trial_count", "state", "created_at"]
    list_filter = ["method", "created_at"]
    search_fields = ["title", "owner__username", "id"]
    list_select_related = ["owner"]

    @admin.display(description="state")
    def state(self, experiment):
        job = experiment.latest_job
        return (job.error_message or job.get_state_display()) if job else "-"

    def get_queryset(self, request):
        return super().get_queryset(request).with_latest_job()
