"""Where the operations are."""

from django.urls import path, re_path
from django.views.generic import RedirectView
from rest_framework.routers import SimpleRouter

from gallery.api.docs import DocsView, SchemaView
from gallery.api.missing import Missing
from gallery.api.views.artworks import ArtworkViewSet
from gallery.api.views.capabilities import CapabilitiesView, EstimateView
from gallery.api.views.experiments import ExperimentViewSet
from gallery.api.views.jobs import JobViewSet
from gallery.api.views.networks import NetworkViewSet
from gallery.api.views.pictures import PaintingViewSet, PhotoViewSet
from gallery.api.views.status import StatusView
from gallery.api.views.styles import StyleViewSet
from gallery.api.views.tokens import TokenViewSet
from gallery.api.views.trainings import PhotoSetViewSet, TrainingViewSet
from gallery.api.views.webhooks import WebhookViewSet

app_name = "api"
router = SimpleRouter()
router.register("photos", PhotoViewSet, "photo")
router.register("paintings", PaintingViewSet, "painting")
router.register("styles", StyleViewSet, "style")
router.register("artworks", ArtworkViewSet, "artwork")
router.register("experiments", ExperimentViewSet, "experiment")
router.register("jobs", JobViewSet, "job")
router.register("trainings", TrainingViewSet, "training")
router.register("photo-sets", PhotoSetViewSet, "photoset")
router.register("networks", NetworkViewSet, "network")
router.register("tokens", TokenViewSet, "token")
router.register("webhooks", WebhookViewSet, "webhook")

urlpatterns = [
    *router.urls,
    path("capabilities/", CapabilitiesView.as_view(), name="capabilities"),
    path("status/", StatusView.as_view(), name="status"),
    path("estimates/", EstimateView.as_view(), name="estimates"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("", RedirectView.as_view(pattern_name="api:docs")),
    re_path("", Missing.as_view()),
]
