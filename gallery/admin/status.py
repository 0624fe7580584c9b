from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache

from gallery.services.status import read_status


@never_cache
def status(request):
    """The status page, for administrators who may see the workers."""
    if not request.user.has_perm("gallery.view_worker"):
        raise PermissionDenied
    context = {**admin.site.each_context(request), "title": "Status", "status": read_status()}
    return TemplateResponse(request, "admin/status.html", context)
