"""Deleting records through the services, which may refuse."""

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse

from gallery.exceptions import Conflict


class DeletedByService:
    """What the service refuses to delete stays, and the page says why. Of several records, all are deleted or none."""

    actions = ["delete_selected"]

    def delete_record(self, record, by) -> None:
        """Call the service that deletes a record for the administrator `by`; it may raise `Conflict`."""
        raise NotImplementedError

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except Conflict as conflict:
            self.message_user(request, conflict.message, messages.ERROR)
            return redirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id]))

    @admin.action(description=delete_selected.short_description, permissions=["delete"])
    def delete_selected(self, request, queryset):
        try:
            # Together with the entries of the log, which are written before.
            with transaction.atomic():
                return delete_selected(self, request, queryset)
        except Conflict as conflict:
            self.message_user(request, f"Nothing was deleted. {conflict.message}", messages.ERROR)

    def delete_model(self, request, obj):
        self.delete_record(obj, request.user)

    def delete_queryset(self, request, queryset):
        for record in queryset:
            try:
                self.delete_record(record, request.user)
            except Conflict as conflict:
                raise Conflict(f"“{record}” stays: {conflict.message}") from conflict
