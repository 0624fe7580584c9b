"""The public gallery."""

from django.core.paginator import Paginator
from django.db.models.functions import Lower
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import path
from django.utils.cache import patch_vary_headers
from django_filters import ChoiceFilter

from gallery.finding import ArtworkFinder, words_of
from gallery.models import Artwork, StyleImage, StyleModel

app_name = "gallery"
PER_PAGE = 24
ORDERS = {
    "newest": ("Newest first", ["-published_at", "id"]),
    "oldest": ("Oldest first", ["published_at", "id"]),
    "title": ("By title", [Lower("title"), "id"]),
}


class WallFinder(ArtworkFinder):
    """What visitors may ask the wall for."""

    order = ChoiceFilter(
        label="Order",
        method="in_order",
        empty_label=None,
        choices=[(name, label) for name, (label, _) in ORDERS.items()],
        error_messages={"invalid_choice": "There is no such order; the newest come first."},
    )

    def in_order(self, queryset, name, value):
        return queryset.order_by(*ORDERS[value][1])

    @property
    def asked(self) -> dict:
        """What the pictures are narrowed to: the `words` as they were written, and the `style`."""
        cleaned = self.form.cleaned_data
        style = cleaned.get("style")
        return {"words": cleaned.get("search", ""), "style": self.styles[style] if style else None}

    @property
    def styles_so_called(self) -> list[StyleImage | StyleModel]:
        """Those whose titles hold all the words, for who searched in vain for artworks in them."""
        words = [word.lower() for word in words_of(self.asked["words"])]
        return [style for style in self.styles.values() if words and all(word in style.title.lower() for word in words)]


def home(request):
    """What people have published, newest first or as it is asked for; htmx asks for the next pictures alone."""
    works = Artwork.objects.public().for_walls().select_related("owner")
    finder = WallFinder(request.GET, works, request=request)
    page = Paginator(finder.qs, PER_PAGE).get_page(request.GET.get("page"))
    template = "home/_works.html" if request.htmx else "home/home.html"
    response = render(request, template, {"page": page, "finder": finder, **finder.asked})
    patch_vary_headers(response, ["HX-Request"])
    return response


def favicon(request):
    """Where browsers look for it on pages that do not name it, as those of the administration."""
    return redirect(static("img/favicon.svg"), permanent=True)


urlpatterns = [path("", home, name="home"), path("favicon.ico", favicon, name="favicon")]
