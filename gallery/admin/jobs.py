from django.contrib import admin, messages
from django.template.defaultfilters import pluralize

from gallery.admin.watched import WatchedOnly
from gallery.exceptions import Conflict
from gallery.models import Job
from gallery.services.jobs import cancel_job
from gallery.services.moderation import moderate


class JobsGoAlongMixin:
    """Jobs are not deleted by themselves, but together with the artwork or the person they belong to."""

    goes_along = (Job,)

    def get_deleted_objects(self, objs, request):
        deletable, counts, lacking_permission, protected = super().get_deleted_objects(objs, request)
        along = {model._meta.verbose_name for model in self.goes_along}
        return deletable, counts, lacking_permission - along, protected


@admin.register(Job)
class JobAdmin(WatchedOnly, admin.ModelAdmin):
    """Jobs are written by services and workers; here they are watched and cancelled."""

    list_display = ["id", "kind", "queue", "state", "owner", "percent", "attempt", "error_code", "queued_at"]
    list_filter = ["state", "queue", "kind", "error_code", "queued_at"]
    search_fields = ["id", "owner__username", "worker_name", "error_message"]
    list_select_related = ["owner"]
    date_hierarchy = "queued_at"
    actions = ["cancel"]

    @admin.action(description="Cancel", permissions=["cancel"])
    def cancel(self, request, queryset):
        cancelled = 0
        for job in queryset:
            try:
                moderate(cancel_job, job, by=request.user)
                cancelled += 1
            except Conflict as conflict:
                self.message_user(request, f"{job}: {conflict.message}", messages.WARNING)
        if cancelled:
            told = f"{cancelled} job{pluralize(cancelled)} cancelled; what is being worked on ends in a moment."
            self.message_user(request, told, messages.SUCCESS)

    def has_cancel_permission(self, request):
        return request.user.has_perm("gallery.change_job")
