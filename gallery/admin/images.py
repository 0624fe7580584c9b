from django.contrib import admin

from gallery.admin.deletion import DeletedByService
from gallery.models import ContentImage, StyleImage
from gallery.services.uploads import delete_source_image, update_source_image


@admin.register(ContentImage, StyleImage)
class SourceImageAdmin(DeletedByService, admin.ModelAdmin):
    """Pictures come in by upload only, where they are verified; here they are described and removed. They are not
    shown: they are their owner's alone."""

    list_display = ["title", "owner", "width", "height", "byte_size", "is_example", "created_at"]
    list_filter = ["is_example", "created_at"]
    search_fields = ["title", "owner__username", "sha256"]
    fields = ["id", "title", "alt_text", "credit", "owner", "width", "height", "byte_size", "sha256",
              "is_example", "created_at"]  # fmt: skip
    readonly_fields = ["id", "owner", "width", "height", "byte_size", "sha256", "is_example", "created_at"]
    list_select_related = ["owner"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj.is_example)

    def save_model(self, request, obj, form, change):
        update_source_image(obj, title=obj.title, alt_text=obj.alt_text, credit=obj.credit)

    def delete_record(self, record, by):
        delete_source_image(record)
