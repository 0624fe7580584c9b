"""The public gallery."""

from django.core.paginator import Paginator
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import path
from django.utils.cache import patch_vary_headers

from gallery.models import Artwork

app_name = "gallery"
PER_PAGE = 24


def home(request):
    """What people have published, newest first; htmx asks for the next pictures alone."""
    works = Artwork.objects.public().for_walls().select_related("owner")
    page = Paginator(works, PER_PAGE).get_page(request.GET.get("page"))
    template = "home/_works.html" if request.htmx else "home/home.html"
    response = render(request, template, {"page": page})
    patch_vary_headers(response, ["HX-Request"])
    return response


def favicon(request):
    """Where browsers look for it on pages that do not name it, as those of the administration."""
    return redirect(static("img/favicon.svg"), permanent=True)


urlpatterns = [path("", home, name="home"), path("favicon.ico", favicon, name="favicon")]
