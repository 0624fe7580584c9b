"""The pages, each subject with its own list."""

from django.urls import include, path

urlpatterns = [
    path("", include("gallery.web.home")),
    path("create/", include("gallery.web.create")),
    path("styles/", include("gallery.web.styles")),
    path("pictures/", include("gallery.web.uploads")),
    path("jobs/", include("gallery.web.jobs")),
    path("leave/", include("gallery.web.leaving")),
    path("tokens/", include("gallery.web.tokens")),
    path("artworks/", include("gallery.web.artworks")),
    path("experiments/", include("gallery.web.experiments")),
]
