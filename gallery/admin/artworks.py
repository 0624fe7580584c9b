from django.contrib import admin, messages

from gallery.admin.deletion import DeletedByService
from gallery.admin.jobs import JobsGoAlongMixin
from gallery.exceptions import Conflict
from gallery.models import Artwork, ArtworkStyle
from gallery.services.artworks import allow_artwork, delete_artwork, rename_artwork, withdraw_artwork
from gallery.services.moderation import moderate


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
    list_filter = ["visibility", ("withdrawn_at", admin.EmptyFieldListFilter), "method", "is_example", "created_at"]
    search_fields = ["title", "owner__username", "id"]
    list_select_related = ["owner"]
    fields = ["id", "title", "alt_text", "owner", "visibility", "show_content", "content", "method", "parameters",
              "width", "height", "byte_size", "provenance", "parent", "is_example", "created_at",
              "published_at", "withdrawn_at"]  # fmt: skip
    readonly_fields = [field for field in fields if field not in ("title", "alt_text")]
    inlines = [ArtworkStyleInline]
    actions = ["withdraw", "allow", *DeletedByService.actions]

    @admin.action(description="Withdraw from the gallery (private until allowed again)", permissions=["change"])
    def withdraw(self, request, queryset):
        self._change_all(request, queryset, withdraw_artwork, ("is private now", "are private now"))

    @admin.action(description="Allow to be shared again", permissions=["change"])
    def allow(self, request, queryset):
        withdrawn = queryset.exclude(withdrawn_at=None)
        if not withdrawn:
            self.message_user(request, "None of these was withdrawn.", messages.WARNING)
        self._change_all(request, withdrawn, allow_artwork, ("may be shared again", "may be shared again"))

    def _change_all(self, request, queryset, change, said):
        changed = 0
        for artwork in queryset:
            try:
                moderate(change, artwork, by=request.user)
                changed += 1
            except Conflict as conflict:
                self.message_user(request, f"“{artwork}”: {conflict.message}", messages.WARNING)
        if changed:
            told = f"1 artwork {said[0]}." if changed == 1 else f"{changed} artworks {said[1]}."
            self.message_user(request, told, messages.SUCCESS)

    def save_model(self, request, obj, form, change):
        rename_artwork(obj, obj.title, obj.alt_text)

    def has_add_permission(self, request):
        return False

    def delete_record(self, record, by):
        delete_artwork(record)
