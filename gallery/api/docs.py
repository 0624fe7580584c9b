"""The documentation of the API as pages that need nothing from elsewhere."""

from drf_spectacular.views import SpectacularSwaggerSplitView


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, its files from a package, its script apart from the page as the content security policy wants."""

    url_name = "api:schema"
    template_name = "api/docs.html"
