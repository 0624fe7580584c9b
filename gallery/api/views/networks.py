"""Networks, for administrators: brought, described, downloaded."""

from django.http import Http404
from drf_spectacular.utils import OpenApiTypes, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from gallery.api.parsing import Json
from gallery.api.serializers.jobs import JobSerializer
from gallery.api.serializers.trainings import NetworkFileSerializer, NetworkSerializer
from gallery.api.uploads import sent_file
from gallery.api.views.base import AsAdministered, GalleryViewSet, answers, errors, example, sends
from gallery.models import StyleNetwork
from gallery.picture_files import send_network
from gallery.services.networks import add_network, delete_network, describe_network, retry_check


@extend_schema_view(
    list=extend_schema(summary="List networks", responses=answers(NetworkSerializer(many=True), 400, 403, 404)),
    retrieve=extend_schema(summary="Read a network", responses=answers(NetworkSerializer, 403, 404)),
    destroy=extend_schema(summary="Remove a network", responses=answers(None, 403, 404, 409, status=204)),
)
class NetworkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """The networks that trained styles share; for administrators."""

    serializer_class = NetworkSerializer
    queryset = StyleNetwork.objects.none()
    permission_classes = [AsAdministered]
    parser_classes = [MultiPartParser, Json]
    filterset_fields = ["is_example"]
    ordering_fields = ["created_at", "title"]

    def get_queryset(self):
        return StyleNetwork.objects.with_latest_job().with_styles_shown_to(self.request.user)

    @extend_schema(
        summary="Bring a network",
        request={"multipart/form-data": NetworkFileSerializer},
        responses=answers(NetworkSerializer, 400, 403, 415, status=202),
    )
    def create(self, request):
        """A worker checks it, never running anything in the file, and makes its styles, which are then offered."""
        upload = sent_file(request, "file", "Send a network's file.")
        asked = NetworkFileSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        words = {name: value for name, value in asked.validated_data.items() if name != "file"}
        network = add_network(request.user, upload, **words)
        return Response(self.get_serializer(self.get_queryset().get(pk=network.pk)).data, status=202)

    @extend_schema(
        summary="Describe a network",
        responses=answers(NetworkSerializer, 400, 403, 404, 409, 415),
        examples=[example("Ready to publish", {"provenance": "Trained by us on our own photos", "licence": "CC0 1.0"})],
    )
    def partial_update(self, request, pk=None):
        """Say where it comes from and under which licence, before any of its styles is published."""
        network = self.get_object()
        serializer = self.get_serializer(network, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        words = {name: getattr(network, name) for name in ("title", "provenance", "licence")}
        describe_network(network, **words | serializer.validated_data)
        return Response(self.get_serializer(network).data)

    def perform_destroy(self, instance):
        delete_network(instance)

    @extend_schema(
        summary="Check a network again", request=None, responses=answers(JobSerializer, 403, 404, 409, status=201)
    )
    @action(detail=True, methods=["post"])
    def check(self, request, pk=None):
        """After its check has failed, was cancelled or was lost."""
        job = retry_check(self.get_object(), request.user)
        return Response(JobSerializer(job, context=self.get_serializer_context()).data, status=201)

    @extend_schema(
        summary="Download a network",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **errors(401, 403, 404, 429)},
    )
    @action(detail=True, **sends("application/octet-stream"))
    def file(self, request, pk=None):
        """A safetensors file, its manifest within."""
        network = self.get_object()
        if not network.is_checked:
            raise Http404("This network has not been checked yet.")
        return send_network(request, network)
