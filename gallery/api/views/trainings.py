"""Trainings, for administrators: begun, watched, paused, ended early, done again."""

from django.db.models import Prefetch
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from gallery.api.serializers.jobs import JobSerializer
from gallery.api.serializers.trainings import (
    ArchiveSerializer,
    AskedTrainingSerializer,
    PhotoSetSerializer,
    TrainingSerializer,
)
from gallery.api.uploads import sent_file, sent_title
from gallery.api.views.base import (
    IDEMPOTENCY_KEY,
    PICTURE,
    PICTURES,
    AsAdministered,
    GalleryViewSet,
    answers,
    errors,
    example,
    may,
)
from gallery.models import PhotoSet, StyleModel, TrainingRun
from gallery.picture_files import send_file
from gallery.services.jobs import cancel_job
from gallery.services.pauses import finish_job, pause_job, resume_job
from gallery.services.photo_sets import add_photo_set, delete_photo_set
from gallery.services.trainings import delete_training, request_training, retry_training

EXAMPLES = [
    example(
        "A new style in minutes",
        {
            "title": "Waves",
            "styles": [{"name": "waves", "paintings": ["22222222-2222-4222-8222-222222222222"]}],
            "base": "33333333-3333-4333-8333-333333333333",
            "parameters": {"steps": 200, "batch_size": 2, "style_weight": 12},
        },
    )
]


def _steering(summary: str):
    """The schema of an operation that answers with the training's job."""
    return extend_schema(summary=summary, request=None, responses=answers(JobSerializer, 403, 404, 409))


@extend_schema_view(
    list=extend_schema(summary="List trainings", responses=answers(TrainingSerializer(many=True), 400, 403, 404)),
    retrieve=extend_schema(summary="Read a training", responses=answers(TrainingSerializer, 403, 404)),
    destroy=extend_schema(summary="Remove a training", responses=answers(None, 403, 404, 409, status=204)),
)
class TrainingViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """Trainings of styles; for administrators."""

    serializer_class = TrainingSerializer
    queryset = TrainingRun.objects.none()
    permission_classes = [AsAdministered]
    filterset_fields = ["base", "photo_set"]
    ordering_fields = ["created_at", "title"]

    def get_queryset(self):
        runs = TrainingRun.objects.select_related("owner").prefetch_related(
            Prefetch("styles", StyleModel.objects.visible_to(self.request.user))
        )
        return runs.with_latest_job(losses=True)

    @extend_schema(
        summary="Begin a training",
        request=AskedTrainingSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses=answers(TrainingSerializer, 400, 403, 409, 415, status=202),
        examples=EXAMPLES,
    )
    def create(self, request):
        """Queue it; its `job` says how far it is, and its styles are offered when it has ended."""
        asked = AskedTrainingSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        wish = dict(asked.validated_data)
        styles, parameters = wish.pop("styles"), wish.pop("parameters")
        taught = {style["name"]: style["paintings"] for style in styles}
        if len(taught) < len(styles):
            raise ValidationError({"styles": ["Name each style once."]})
        run = request_training(request.user, taught, parameters, request_id=self.idempotency_key(), **wish)
        return Response(self.get_serializer(run).data, status=202)

    def perform_destroy(self, instance):
        delete_training(instance)

    @_steering("Pause a training")
    @action(detail=True, methods=["post"])
    def pause(self, request, pk=None):
        """At its next report, after a checkpoint."""
        return self._steered(pause_job)

    @_steering("Resume a paused training")
    @action(detail=True, methods=["post"])
    def resume(self, request, pk=None):
        """It goes on exactly where it was."""
        return self._steered(resume_job)

    @_steering("End a training early and keep what it has learnt")
    @action(detail=True, methods=["post"])
    def finish(self, request, pk=None):
        """At its next report, as if it had been planned so."""
        return self._steered(finish_job)

    @_steering("Cancel a training")
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        """Its last checkpoint stays, and `retry` goes on from there."""
        return self._steered(cancel_job)

    @extend_schema(
        summary="Take up a failed or cancelled training again",
        request=None,
        responses=answers(JobSerializer, 400, 403, 404, 409, 507, status=201),
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk=None):
        """From its last checkpoint, where there is one."""
        job = retry_training(self.get_object(), request.user)
        return Response(JobSerializer(job, context=self.get_serializer_context()).data, status=201)

    @extend_schema(summary="Fetch the sheet of a training's styles by photos", responses=PICTURES | errors(403))
    @action(detail=True, **PICTURE)
    def sheet(self, request, pk=None):
        """A JPEG, once the training has ended well."""
        run = self.get_object()
        if not run.sheet:
            raise Http404("There is no sheet yet.")
        return send_file(request, run.sheet.name, "image/jpeg")

    def _steered(self, service) -> Response:
        job = self.get_object().latest_job
        service(job)
        return Response(JobSerializer(job, context=self.get_serializer_context()).data)


@extend_schema_view(
    list=extend_schema(summary="List photo sets", responses=answers(PhotoSetSerializer(many=True), 400, 403, 404)),
    retrieve=extend_schema(summary="Read a photo set", responses=answers(PhotoSetSerializer, 403, 404)),
    destroy=extend_schema(summary="Remove a photo set", responses=answers(None, 403, 404, 409, status=204)),
)
class PhotoSetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """Archives of photos to train on; for administrators."""

    serializer_class = PhotoSetSerializer
    queryset = PhotoSet.objects.all()
    parser_classes = [MultiPartParser]
    ordering_fields = ["created_at", "title"]

    def get_permissions(self):
        """Who trains brings photos; removing those of others takes a right of its own."""
        return [may("gallery.delete_photoset" if self.action == "destroy" else "gallery.add_trainingrun")()]

    @extend_schema(
        summary="Bring photos to train on",
        request={"multipart/form-data": ArchiveSerializer},
        responses=answers(PhotoSetSerializer, 400, 403, 409, 415, status=201),
    )
    def create(self, request):
        """A worker unpacks the archive when it is first trained on."""
        upload = sent_file(request, "archive", "Send a zip archive.")
        photos = add_photo_set(request.user, upload, sent_title(request))
        return Response(self.get_serializer(photos).data, status=201)

    def perform_destroy(self, instance):
        delete_photo_set(instance)
