from django.contrib import admin, messages
from django.utils.html import format_html

from gallery.admin.watched import WatchedOnly
from gallery.exceptions import Conflict
from gallery.models import PhotoSet, TrainingRun
from gallery.services.photo_sets import delete_photo_set


@admin.register(TrainingRun)
class TrainingRunAdmin(WatchedOnly, admin.ModelAdmin):
    """Trainings are begun, watched and removed in the studio."""

    list_display = ["title", "owner", "base", "images_per_second", "seconds", "in_studio", "created_at"]
    list_select_related = ["owner", "base"]
    search_fields = ["title", "owner__username", "id"]

    @admin.display(description="studio")
    def in_studio(self, run):
        return format_html('<a href="{}">Open</a>', run.get_absolute_url())


@admin.register(PhotoSet)
class PhotoSetAdmin(admin.ModelAdmin):
    """Archives of photos are brought in the studio, and removed here once no training remembers them."""

    list_display = ["title", "owner", "byte_size", "count", "refused", "created_at"]
    list_select_related = ["owner"]

    def delete_model(self, request, obj):
        try:
            delete_photo_set(obj)
        except Conflict as conflict:
            self.message_user(request, conflict.message, messages.ERROR)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions
