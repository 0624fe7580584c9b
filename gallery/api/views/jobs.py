"""Jobs: how far they are, stopping them, trying once more."""

import threading
import time

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from gallery.api.serializers.jobs import JobSerializer
from gallery.api.views.base import PICTURE, PICTURES, GalleryViewSet, answers
from gallery.models import Job
from gallery.picture_files import send_preview
from gallery.services.jobs import cancel_job
from gallery.services.retries import retry_job

MAX_WAIT, LOOK_EVERY = 20.0, 0.25
# Who waits keeps a thread of the web server; the other half of them is for pages.
PLACES_TO_WAIT = threading.BoundedSemaphore(settings.WEB_THREADS // 2)
WAIT = OpenApiParameter(
    "wait",
    float,
    description=f"Answer only when the job has moved on or ended, or after so many seconds, 0 to {MAX_WAIT:g}. "
    "Where too many wait already, the answer comes at once, and `Retry-After` says when to ask again.",
)


@extend_schema_view(
    list=extend_schema(summary="List your jobs", responses=answers(JobSerializer(many=True), 400, 404)),
)
class JobViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, GalleryViewSet):
    """Your jobs."""

    serializer_class = JobSerializer
    queryset = Job.objects.none()
    permission_classes = [IsAuthenticated]
    filterset_fields = ["state", "kind"]
    ordering = ("-queued_at", "pk")
    ordering_fields = ["queued_at"]

    def get_queryset(self):
        return Job.objects.owned_by(self.request.user).select_related("style_model").defer("style_model__row")

    @extend_schema(
        summary="Read a job, or wait for its next step",
        parameters=[WAIT],
        responses=answers(JobSerializer, 400, 404),
    )
    def retrieve(self, request, pk=None):
        """With `wait`, ask again as soon as the answer is there: that follows a job with few requests."""
        job, wait = self.get_object(), self._wait()
        if not wait or job.is_finished:
            return Response(self.get_serializer(job).data)
        if not PLACES_TO_WAIT.acquire(blocking=False):
            return Response(self.get_serializer(job).data, headers={"Retry-After": "1"})
        try:
            job = self._next_step(job, time.monotonic() + wait)
        finally:
            PLACES_TO_WAIT.release()
        return Response(self.get_serializer(job).data)

    @extend_schema(summary="Stop a job", request=None, responses=answers(JobSerializer, 404, 409))
    @action(detail=True, methods=["post"])
    def cancel(self, request, pk=None):
        """At once where it waits, at its next step where it runs."""
        job = self.get_object()
        cancel_job(job)
        return Response(self.get_serializer(job).data)

    @extend_schema(
        summary="Do a failed or cancelled job again",
        request=None,
        responses=answers(JobSerializer, 400, 404, 409, 507, status=201),
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk=None):
        """The answer is the new job, or the one that is under way already. Trainings and checks of networks are for
        administrators."""
        job = self.get_object()
        again = retry_job(job, request.user)
        return Response(self.get_serializer(again).data, status=201)

    @extend_schema(summary="Fetch the latest preview of a running job", responses=PICTURES)
    @action(detail=True, **PICTURE)
    def preview(self, request, pk=None):
        """A JPEG; 404 before there is one and after the job has ended."""
        return send_preview(request, self.get_object())

    def _next_step(self, job: Job, until: float) -> Job:
        seen = (job.state, job.step)
        while time.monotonic() < until and not job.is_finished and (job.state, job.step) == seen:
            time.sleep(LOOK_EVERY)
            job = self.get_object()
        return job

    def _wait(self) -> float:
        try:
            wait = float(self.request.query_params.get("wait", 0))
        except ValueError:
            wait = -1.0
        if not 0 <= wait <= MAX_WAIT:
            raise ValidationError({"wait": [f"Give a number of seconds from 0 to {MAX_WAIT:g}."]})
        return wait
