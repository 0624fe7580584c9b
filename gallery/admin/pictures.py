"""Pictures in the administration, shown to those who may see their records there."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html

from gallery.picture_files import send_picture

HEIGHT = 240


class ShowsPicture:
    """Adds `picture`, a field to read, and the view that sends it; `picture_field` names the file."""

    picture_field = "file"

    @admin.display(description="picture")
    def picture(self, record):
        if not getattr(record, self.picture_field):
            return "-"
        return format_html(
            '<a href="{}"><img src="{}" width="{}" height="{}" alt="{}"></a>',
            self._picture_address(record, "full"),
            self._picture_address(record, "card"),
            round(record.width * HEIGHT / record.height),
            HEIGHT,
            record.alt_text or record.title,
        )

    def get_urls(self):
        view = self.admin_site.admin_view(self.send_picture)
        return [path("<uuid:pk>/picture/<slug:variant>/", view, name=self._picture_name), *super().get_urls()]

    def send_picture(self, request, pk, variant):
        """A record's picture, also a private one, for who may see the record here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        file = getattr(get_object_or_404(self.model, pk=pk), self.picture_field)
        if not file:
            raise Http404("There is no picture yet.")
        return send_picture(request, file, variant)

    @property
    def _picture_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_picture"

    def _picture_address(self, record, variant: str) -> str:
        return reverse(f"admin:{self._picture_name}", args=[record.pk, variant])
