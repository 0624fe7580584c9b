from django.contrib import admin

from gallery.models import Worker


@admin.register(Worker)
class WorkerAdmin(admin.ModelAdmin):
    list_display = ["name", "cluster", "device", "memory_bytes", "extractors", "speeds", "heartbeat_at"]
    list_filter = ["cluster", "host"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False
