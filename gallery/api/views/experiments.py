"""Experiments: grids of settings, what their trials have come to, and their files."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from gallery.api.serializers.experiments import AskedExperimentSerializer, ExperimentSerializer
from gallery.api.serializers.jobs import JobSerializer
from gallery.api.views.base import (
    IDEMPOTENCY_KEY,
    PICTURE,
    PICTURES,
    VARIANT,
    VARIANT_IN_PATH,
    GalleryViewSet,
    answers,
    errors,
    example,
    sends,
)
from gallery.experiment_files import send_network, send_sheet, send_table, send_trial
from gallery.models import Experiment
from gallery.services.experiments import delete_experiment, keep_trial, request_experiment, retry_experiment

TRIAL = OpenApiParameter("trial", int, OpenApiParameter.PATH, description="The number of the trial, from 1.")
EXAMPLE = example(
    "Three style weights by two layers",
    {
        "method": "gatys",
        "content": "11111111-1111-4111-8111-111111111111",
        "pictures": ["22222222-2222-4222-8222-222222222222"],
        "parameters": {"image_size": 384, "num_steps": 50},
        "varied": {"style_weight": [20, 200, 2000], "content_layers": [["relu2_2"], ["relu3_2"]]},
    },
)


@extend_schema_view(
    list=extend_schema(summary="List your experiments", responses=answers(ExperimentSerializer(many=True), 400, 404)),
    retrieve=extend_schema(summary="Read an experiment", responses=answers(ExperimentSerializer, 404)),
    destroy=extend_schema(summary="Remove an experiment", responses=answers(None, 404, status=204)),
)
class ExperimentViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """Your experiments."""

    serializer_class = ExperimentSerializer
    queryset = Experiment.objects.none()
    permission_classes = [IsAuthenticated]
    filterset_fields = ["method"]
    ordering_fields = ["created_at", "title"]

    def get_queryset(self):
        own = Experiment.objects.owned_by(self.request.user)
        return own.select_related("content").prefetch_related("pictures").with_latest_job(losses=True)

    @extend_schema(
        summary="Ask for an experiment",
        request=AskedExperimentSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses=answers(ExperimentSerializer, 400, 409, 415, status=202),
        examples=[EXAMPLE],
    )
    def create(self, request):
        """Queue every combination of the varied settings; `results` fills as the trials are done. Trainings are for
        administrators."""
        asked = AskedExperimentSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        experiment = request_experiment(request.user, **asked.validated_data, request_id=self.idempotency_key())
        return Response(self.get_serializer(experiment).data, status=202)

    def perform_destroy(self, instance):
        delete_experiment(instance)

    @extend_schema(
        summary="Go on with an experiment",
        request=None,
        responses=answers(JobSerializer, 400, 404, 409, 507, status=201),
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk=None):
        """Where it failed, was cancelled or has trials that failed; the answer is the new job, or the one under way."""
        return self._job(retry_experiment(self.get_object()))

    @extend_schema(
        operation_id="experiments_trial",
        summary="Fetch the picture of a trial",
        parameters=[TRIAL, VARIANT],
        responses=PICTURES,
    )
    @action(
        detail=True,
        url_path=f"trials/(?P<trial>[0-9]{{1,3}})/{VARIANT_IN_PATH}",
        url_name="trial",
        **PICTURE,
    )
    def trial(self, request, pk=None, trial="1", variant="full"):
        """404 until the trial is done, and where it failed."""
        return send_trial(request, self.get_object(), int(trial), variant)

    @extend_schema(summary="Fetch all pictures on one sheet", responses=PICTURES)
    @action(detail=True, **PICTURE)
    def sheet(self, request, pk=None):
        """The lowest loss first; 404 until the last trial is done."""
        return send_sheet(request, self.get_object())

    @extend_schema(
        summary="Fetch the table",
        responses={(200, "text/csv"): OpenApiTypes.STR, **errors(401, 404, 429)},
    )
    @action(detail=True, **sends("text/csv"))
    def table(self, request, pk=None):
        """Comma-separated values, a row a trial; 404 until the last trial is done."""
        return send_table(request, self.get_object())

    @extend_schema(
        summary="Fetch the network of a trial",
        parameters=[TRIAL],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **errors(401, 404, 429)},
    )
    @action(
        detail=True,
        url_path="trials/(?P<trial>[0-9]{1,3})/network",
        url_name="network",
        **sends("application/octet-stream"),
    )
    def network(self, request, pk=None, trial="1"):
        """Of a training: safetensors, the manifest within."""
        return send_network(request, self.get_object(), int(trial))

    @extend_schema(
        summary="Keep the network of a trial",
        request=None,
        parameters=[TRIAL],
        responses=answers(JobSerializer, 400, 404, 409, 507, status=201),
    )
    @action(detail=True, methods=["post"], url_path="trials/(?P<trial>[0-9]{1,3})/keep", url_name="keep")
    def keep(self, request, pk=None, trial="1"):
        """For administrators: it is one of the gallery's networks once the job, a worker's check, has succeeded."""
        return self._job(keep_trial(self.get_object(), int(trial)).latest_job)

    def _job(self, job) -> Response:
        return Response(JobSerializer(job, context=self.get_serializer_context()).data, status=201)
