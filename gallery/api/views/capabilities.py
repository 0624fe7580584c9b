"""What this gallery can do, and how long it would take."""

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from gallery.api.serializers.artworks import AskedArtworkSerializer
from gallery.api.views.artworks import EXAMPLES
from gallery.api.views.base import CountedMixin, answers
from gallery.models import Artwork, Experiment
from gallery.services.estimates import (
    check_fits_in_turn,
    estimate_lesson_seconds,
    estimate_seconds,
    queue_of,
)
from gallery.services.experiments import MAX_PICTURES
from gallery.services.grids import default_parameters
from gallery.services.requests import MAX_BLENDED, checked_settings, config_on_offer
from gallery.services.turns import queue_before_new
from gallery.services.workers import usable_extractors, workers_alive
from stylize_engine.config import MAX_STYLES
from stylize_engine.layers import EXTRACTORS

GIVEN_BY_STYLES = {"styles", "style_weights", "tile_size"}


class MethodSerializer(serializers.Serializer):
    """A way to paint: how many styles at once, and the defaults of what `parameters` may hold."""

    name = serializers.CharField()
    max_styles = serializers.IntegerField()
    parameters = serializers.DictField()


class ExtractorSerializer(serializers.Serializer):
    """A network that some worker can compare pictures with, and its layers."""

    name = serializers.CharField()
    layers = serializers.ListField(child=serializers.CharField())


class CapabilitiesSerializer(serializers.Serializer):
    methods = MethodSerializer(many=True)
    experiments = MethodSerializer(many=True, help_text="What experiments may vary, with its defaults.")
    extractors = ExtractorSerializer(many=True)
    limits = serializers.DictField(child=serializers.IntegerField())
    lesson_seconds = serializers.FloatField(allow_null=True, help_text="How long a style takes to learn, once known.")
    workers_alive = serializers.BooleanField()


class EstimateSerializer(serializers.Serializer):
    seconds = serializers.FloatField(allow_null=True, help_text="Of painting; null until a worker was measured.")
    wait_seconds = serializers.FloatField(help_text="Until it begins, roughly.")
    workers_alive = serializers.BooleanField()


class CapabilitiesView(CountedMixin, APIView):
    @extend_schema(
        summary="Read what this gallery can do",
        responses=answers(CapabilitiesSerializer),
        tags=["capabilities"],
    )
    def get(self, request):
        """Methods with their settings and defaults, extractors present, limits."""
        return Response(
            {
                "methods": [
                    _method(Artwork.Method.NETWORK, MAX_BLENDED),
                    _method(Artwork.Method.GATYS, MAX_STYLES),
                ],
                "experiments": [
                    {"name": method, "max_styles": MAX_PICTURES, "parameters": default_parameters(method)}
                    for method in Experiment.Method.values
                ],
                "extractors": [{"name": name, "layers": EXTRACTORS[name].names} for name in usable_extractors()],
                "limits": {
                    "upload_bytes": settings.MAX_UPLOAD_BYTES,
                    "upload_pixels": settings.MAX_UPLOAD_PIXELS,
                    "upload_ratio": settings.MAX_UPLOAD_RATIO,
                    "image_size": settings.MAX_ARTWORK_SIZE,
                    "num_steps": settings.MAX_ARTWORK_STEPS,
                    "unfinished_jobs": settings.MAX_UNFINISHED_JOBS_PER_USER,
                    "styles": settings.MAX_STYLES_PER_USER,
                    "trials": settings.MAX_TRIALS,
                },
                "lesson_seconds": estimate_lesson_seconds(settings.LESSON_STEPS),
                "workers_alive": workers_alive(),
            }
        )


class EstimateView(CountedMixin, APIView):
    @extend_schema(
        summary="Estimate how long an artwork would take",
        request=AskedArtworkSerializer,
        responses=answers(EstimateSerializer, 400, 415),
        examples=EXAMPLES,
        tags=["capabilities"],
    )
    def post(self, request):
        """Takes what asking for an artwork takes, and queues nothing."""
        asked = AskedArtworkSerializer(data=request.data, context={"request": request})
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        config = config_on_offer(request.user, wish["method"], wish["shares"], wish["parameters"])
        photo = wish["content"]
        seconds = estimate_seconds(wish["method"], config.to_dict(), photo.width, photo.height)
        queue = queue_of(wish["method"], seconds)
        check_fits_in_turn("Painting this", seconds, queue)
        return Response(
            {
                "seconds": seconds,
                "wait_seconds": queue_before_new(request.user, queue)["wait"],
                "workers_alive": workers_alive(queue),
            }
        )


def _method(name: str, most: int) -> dict:
    defaults = checked_settings(name, {}).to_dict().items()
    parameters = {field: value for field, value in defaults if field not in GIVEN_BY_STYLES}
    return {"name": name, "max_styles": most, "parameters": parameters}
