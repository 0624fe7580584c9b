from django.contrib import admin
from django.utils.html import format_html

from gallery.admin.deletion import DeletedByService
from gallery.admin.watched import WatchedOnly
from gallery.models import PhotoSet, TrainingRun
from gallery.services.photo_sets import delete_photo_set


@admin.register(TrainingRun)
class TrainingRunAdmin(WatchedOnly, admin.ModelAdmin):
    """Trainings are begun, watched and removed in the studio."""

    list_display = ["title", "owner", "base", "images_per_second", "seconds", "in_studio", "created_at"]
    list_select_related = ["owner", "base"]
    search_fields = ["title", "owner__username", "id"]
    exclude = ["sheet"]

    @admin.display(description="studio")
    def in_studio(self, run):
        return format_html('<a href="{}">Open</a>', run.get_absolute_url())


@admin.register(PhotoSet)
class PhotoSetAdmin(DeletedByService, admin.ModelAdmin):
    """Archives of photos are brought in the studio, and removed here once no training remembers them."""

    list_display = ["title", "owner", "byte_size", "count", "refused", "created_at"]
    list_select_related = ["owner"]
    exclude = ["archive"]

    def delete_record(self, record, by):
        delete_photo_set(record)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
