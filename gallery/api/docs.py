"""The documentation of the API, for programs and as pages that need nothing from elsewhere."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from gallery.api.views.base import CountedMixin


class SchemaView(CountedMixin, SpectacularAPIView):
    """What every operation takes and answers, as OpenAPI has it."""


class DocsView(CountedMixin, SpectacularSwaggerSplitView):
    """Swagger UI, its files from a package, its script apart from the page as the content security policy wants."""

    url_name = "api:schema"
    template_name = "api/docs.html"
