"""What lets programs act for a person, and tells them of it: looked at here, and ended."""

from django.contrib import admin

from gallery.admin.deletion import DeletedByService
from gallery.admin.jobs import JobsGoAlongMixin
from gallery.admin.watched import WatchedOnly
from gallery.models import ApiToken, Delivery, Webhook
from gallery.services.tokens import revoke_token
from gallery.services.webhooks import remove_webhook


class EndedOnly(DeletedByService, JobsGoAlongMixin):
    """People and their programs make them; an administrator only ends them, with the messages that belong to them."""

    goes_along = (Delivery,)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(ApiToken)
class ApiTokenAdmin(EndedOnly, admin.ModelAdmin):
    list_display = ["name", "user", "created", "expiry"]
    list_filter = ["created", "expiry"]
    search_fields = ["name", "user__username"]
    list_select_related = ["user"]
    # Not the hash, nor the beginning of the token, which is kept to find it.
    fields = ["public_id", "name", "user", "created", "expiry", "made_with"]
    goes_along = (*EndedOnly.goes_along, Webhook)

    def delete_record(self, record, by):
        revoke_token(record)


@admin.register(Webhook)
class WebhookAdmin(EndedOnly, admin.ModelAdmin):
    list_display = ["url", "owner", "created_at"]
    list_filter = ["created_at"]
    search_fields = ["url", "owner__username"]
    list_select_related = ["owner"]
    fields = ["id", "url", "owner", "created_at", "made_with"]

    def delete_record(self, record, by):
        remove_webhook(record)


@admin.register(Delivery)
class DeliveryAdmin(WatchedOnly, admin.ModelAdmin):
    list_display = ["webhook", "job", "attempts", "created_at", "delivered_at", "next_attempt_at", "last_error"]
    list_filter = ["created_at", "delivered_at"]
    search_fields = ["webhook__url", "webhook__owner__username", "job__id", "last_error"]
    list_select_related = ["webhook", "job"]
