from django.contrib import admin, messages

from gallery.admin.deletion import DeletedByService
from gallery.admin.jobs import JobsGoAlongMixin
from gallery.exceptions import Conflict
from gallery.models import Artwork, ArtworkStyle
from gallery.services.artworks import delete_artwork, rename_artwork, share_artwork


class ArtworkStyleInline(admin.TabularInline):
    model = ArtworkStyle
    extra = 0
    can_delete = False
    readonly_fields = ["style", "model", "weight", "position"]

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Artwork)
class ArtworkAdmin(DeletedByService, JobsGoAlongMixin, admin.ModelAdmin):
    list_display = ["title", "owner", "visibility", "width", "height", "is_example", "created_at", "published_at"]
    list_filter = ["visibility", "method", "is_example", "created_at"]
    search_fields = ["title", "owner__username", "id"]
    list_select_related = ["owner"]
    fields = ["id", "title", "alt_text", "owner", "visibility", "show_content", "content", "method", "parameters",
              "width", "height", "byte_size", "provenance", "parent", "is_example", "created_at",
              "published_at"]  # fmt: skip
    readonly_fields = [field for field in fields if field not in ("title", "alt_text")]
    inlines = [ArtworkStyleInline]
    actions = ["withdraw", *DeletedByService.actions]

    @admin.action(description="Withdraw from the gallery (private again)", permissions=["change"])
    def withdraw(self, request, queryset):
        withdrawn = 0
        for artwork in queryset:
            try:
                share_artwork(artwork, Artwork.Visibility.PRIVATE, show_content=artwork.show_content)
                withdrawn += 1
            except Conflict as conflict:
                self.message_user(request, f"“{artwork}”: {conflict.message}", messages.WARNING)
        if withdrawn:
            private = "1 artwork is" if withdrawn == 1 else f"{withdrawn} artworks are"
            self.message_user(request, f"{private} private now.", messages.SUCCESS)

    def save_model(self, request, obj, form, change):
        rename_artwork(obj, obj.title, obj.alt_text)

    def has_add_permission(self, request):
        return False

    def delete_record(self, record):
        delete_artwork(record)
