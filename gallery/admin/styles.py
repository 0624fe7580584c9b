from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db.models import Exists, OuterRef
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html

from gallery.admin.jobs import JobsGoAlongMixin
from gallery.exceptions import GalleryError
from gallery.models import StyleModel
from gallery.services.gate import gate_failures
from gallery.services.moderation import moderate
from gallery.services.styles import publish_style, refuse_style, rename_style, retire_style, roll_back_style

State = StyleModel.State
# What may be decided on a style's own page.
DECISIONS = {
    State.DRAFT: (),
    State.PRIVATE: (),
    State.OFFERED: ("publish", "refuse"),
    State.PUBLISHED: ("retire", "roll_back"),
    State.RETIRED: ("publish",),
}


class DecisionForm(ActionForm):
    """Beside the choice of an action: what the owner of a refused style reads."""

    reason = forms.CharField(label="Reason, if you refuse:", max_length=300, required=False)


@admin.register(StyleModel)
class StyleModelAdmin(JobsGoAlongMixin, admin.ModelAdmin):
    """What people offer comes into the gallery here, and out of it again. Their paintings stay private."""

    list_display = [
        "title",
        "version",
        "cover_picture",
        "owner",
        "state",
        "network",
        "is_example",
        "created_at",
        "published_at",
    ]
    list_filter = ["state", "is_example", "network", "created_at"]
    search_fields = ["title", "slug", "credit", "owner__username", "id"]
    list_select_related = ["owner", "network"]
    fields = ["id", "title", "credit", "position", "slug", "owner", "state", "refusal", "network", "version",
              "strip_picture", "gate_passed", "gate", "provenance", "is_example", "created_at",
              "published_at"]  # fmt: skip
    readonly_fields = [field for field in fields if field not in ("title", "credit", "position")]
    action_form = DecisionForm
    actions = ["publish", "refuse", "retire", "roll_back"]

    class Media:
        css = {"all": ["css/decisions.css"]}

    def get_queryset(self, request):
        """With what may be shown of each: samples of private styles are their owners' alone."""
        shown = StyleModel.objects.visible_to(request.user).filter(pk=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_shown=Exists(shown))

    @admin.display(description="cover")
    def cover_picture(self, model):
        return _sample(model, "cover", 80) if model.cover else "-"

    @admin.display(description="samples")
    def strip_picture(self, model):
        return _sample(model, "strip", 180) if model.strip else "-"

    @admin.display(description="may be published")
    def gate_passed(self, model):
        return " ".join(gate_failures(model)) or "yes"

    @admin.action(description="Take into the gallery", permissions=["change"])
    def publish(self, request, queryset):
        self._apply(request, queryset, publish_style, "in the gallery now")

    @admin.action(description="Refuse the offer (private again)", permissions=["change"])
    def refuse(self, request, queryset):
        reason = request.POST.get("reason", "")
        self._apply(request, queryset, refuse_style, "private again", reason)

    @admin.action(description="Take out of the gallery", permissions=["change"])
    def retire(self, request, queryset):
        self._apply(request, queryset, retire_style, "out of the gallery")

    @admin.action(description="Back to the version before", permissions=["change"])
    def roll_back(self, request, queryset):
        self._apply(request, queryset, roll_back_style, "back at the version before")

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj is not None and self.has_change_permission(request, obj):
            possible = [name for name in DECISIONS[obj.state] if name != "roll_back" or obj.version_before()]
            context["decisions"] = [(name, getattr(self, name).short_description) for name in possible]
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def response_change(self, request, obj):
        """Saved, and then decided on where one of the buttons for that was pressed."""
        for name in {name for names in DECISIONS.values() for name in names}:
            if f"_decision_{name}" in request.POST:
                getattr(self, name)(request, [obj])
                return redirect(request.path)
        if reason := request.POST.get("reason", "").strip():
            message = f"The style is still offered; to refuse it for the reason “{reason}”, press “Refuse the offer”."
            self.message_user(request, message, messages.WARNING)
        return super().response_change(request, obj)

    def _apply(self, request, queryset, service, done: str, *said: str) -> None:
        changed = 0
        for model in queryset:
            try:
                moderate(service, model, *said, by=request.user)
                changed += 1
            except GalleryError as error:
                self.message_user(request, error.message, messages.WARNING)
        if changed:
            self.message_user(request, f"{changed} style{'' if changed == 1 else 's'} {done}.", messages.SUCCESS)

    def save_model(self, request, obj, form, change):
        rename_style(obj, obj.title, obj.credit, by=request.user)
        obj.save(update_fields=["position"])

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        """Styles are taken out of the gallery, not deleted: artworks remember what they were made with."""
        return False


def _sample(model: StyleModel, kind: str, height: int) -> str:
    if not model.is_shown:
        return "private"
    width, full = StyleModel.COVER if kind == "cover" else StyleModel.STRIP
    address = reverse("media:trained", args=[model.pk, kind, "card"])
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="Painted in the style {}">',
        address,
        width * height // full,
        height,
        model.title,
    )
