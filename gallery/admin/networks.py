from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.shortcuts import get_object_or_404, redirect
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html

from gallery.admin.deletion import DeletedByService
from gallery.admin.jobs import JobsGoAlongMixin
from gallery.exceptions import Conflict, GalleryError
from gallery.models import StyleModel, StyleNetwork
from gallery.picture_files import send_network
from gallery.services.networks import add_network, check_upload, delete_network, describe_network, retry_check
from gallery.services.styles import base_network
from gallery.upload_limit import dropped_uploads


class NetworkForm(forms.ModelForm):
    """A new network with its file; of one that is here, what is said about it."""

    file = forms.FileField(
        help_text="A .safetensors file that train has written, or weights of pytorch/examples (.pth)."
    )

    class Meta:
        model = StyleNetwork
        fields = ["title", "file", "provenance", "licence"]
        help_texts = {
            "provenance": "Who trained it, with what pictures. Needed before its styles can be published.",
            "licence": "Of its weights. Needed before its styles can be published.",
        }

    def clean_file(self):
        """Let the service refuse it before anything is saved."""
        try:
            check_upload(self.cleaned_data["file"])
        except GalleryError as error:
            raise ValidationError(error.message) from error
        return self.cleaned_data["file"]


@admin.register(StyleNetwork)
class StyleNetworkAdmin(DeletedByService, JobsGoAlongMixin, admin.ModelAdmin):
    """Networks are brought here, checked by a worker, described, downloaded; their styles are published as others."""

    list_display = ["title", "style_count", "check_state", "owner", "is_example", "created_at"]
    fields = ["title", "provenance", "licence", "check_state", "download", "id", "sha256", "manifest", "owner",
              "is_example", "created_at"]  # fmt: skip
    readonly_fields = [field for field in fields if field not in ("title", "provenance", "licence")]
    actions = ["check_again", *DeletedByService.actions]
    goes_along = (*JobsGoAlongMixin.goes_along, StyleModel)

    def get_queryset(self, request):
        networks = super().get_queryset(request).select_related("owner").with_latest_job()
        return networks.annotate(style_count=Count("styles"))

    @admin.display(description="styles")
    def style_count(self, network):
        return network.style_count

    @admin.display(description="check")
    def check_state(self, network):
        if network.is_checked:
            return "passed"
        return network.check_failure or network.latest_job.get_state_display()

    @admin.display(description="file")
    def download(self, network):
        if not network.is_checked:
            return "not checked yet"
        return format_html('<a href="{}">Download</a>', reverse("admin_network", args=[network.pk]))

    @admin.action(description="Check again", permissions=["change"])
    def check_again(self, request, queryset):
        asked = 0
        for network in queryset:
            try:
                retry_check(network, request.user)
                asked += 1
            except Conflict as conflict:
                self.message_user(request, f"{network}: {conflict.message}", messages.WARNING)
        if asked:
            told = f"A worker checks {asked} network{pluralize(asked)} again."
            self.message_user(request, told, messages.SUCCESS)

    def get_form(self, request, obj=None, **kwargs):
        return super().get_form(request, obj, **kwargs) if obj else NetworkForm

    def get_fields(self, request, obj=None):
        return self.fields if obj else NetworkForm.Meta.fields

    def add_view(self, request, form_url="", extra_context=None):
        """What the service refuses all the same, as a file that came a second time meanwhile, is told."""
        try:
            page = super().add_view(request, form_url, extra_context)
        except GalleryError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect("admin:gallery_stylenetwork_changelist")
        for dropped in dropped_uploads(request):
            self.message_user(request, f"“{dropped.name}”: {dropped.message}", messages.ERROR)
            page.status_code = dropped.reason.status
        return page

    def save_model(self, request, obj, form, change):
        if change:
            describe_network(obj, obj.title, obj.provenance, obj.licence)
            return
        given = form.cleaned_data
        added = add_network(request.user, given["file"], given["title"], given["provenance"], given["licence"])
        obj.pk, obj._state.adding = added.pk, False

    def delete_record(self, record, by):
        delete_network(record)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not (obj and obj == base_network())


def download(request, pk):
    """A network's file, its manifest within, for administrators who may see networks."""
    if not request.user.has_perm("gallery.view_stylenetwork"):
        raise PermissionDenied
    network = get_object_or_404(StyleNetwork.objects.checked(), pk=pk)
    return send_network(request, network)
