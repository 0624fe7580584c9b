"""How the gallery is doing, for administrators."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from gallery.api.serializers.jobs import JobSerializer
from gallery.api.views.base import CountedMixin, answers, may
from gallery.models import Worker
from gallery.services.status import read_status


class QueueSerializer(serializers.Serializer):
    name = serializers.CharField()
    waiting = serializers.IntegerField()
    running = serializers.IntegerField()
    workers = serializers.IntegerField()
    oldest_waiting = serializers.DateTimeField(allow_null=True)


class WorkerSerializer(serializers.ModelSerializer):
    speeds = serializers.DictField(child=serializers.FloatField(), help_text="Megapixel steps a second, by extractor.")
    extractors = serializers.ListField(child=serializers.CharField())
    loaded = serializers.ListField(child=serializers.CharField(), help_text="Networks it keeps in memory.")

    class Meta:
        model = Worker
        fields = [
            "name",
            "host",
            "cluster",
            "device",
            "memory_bytes",
            "extractors",
            "loaded",
            "speeds",
            "started_at",
            "heartbeat_at",
        ]


class DiskSerializer(serializers.Serializer):
    path = serializers.CharField()
    free = serializers.IntegerField()
    total = serializers.IntegerField()


class StatusSerializer(serializers.Serializer):
    """What the status page tells, and in words what should be done."""

    warnings = serializers.ListField(child=serializers.CharField())
    queues = QueueSerializer(many=True)
    workers = WorkerSerializer(many=True)
    last_hour = serializers.DictField(child=serializers.IntegerField())
    last_day = serializers.DictField(child=serializers.IntegerField())
    failures = JobSerializer(many=True)
    disks = DiskSerializer(many=True)
    extractors = serializers.DictField(child=serializers.BooleanField(allow_null=True))
    reaped_at = serializers.DateTimeField(allow_null=True)
    offered_styles = serializers.IntegerField()
    training_bytes = serializers.IntegerField(help_text="What the checkpoints and samples of trainings take.")
    photo_set_bytes = serializers.IntegerField(help_text="What photos to train on take, packed and unpacked.")


class StatusView(CountedMixin, APIView):
    permission_classes = [may("gallery.view_worker")]

    @extend_schema(
        summary="Read how the gallery is doing", responses=answers(StatusSerializer, 403), tags=["administration"]
    )
    def get(self, request):
        """For administrators."""
        return Response(StatusSerializer(read_status(), context={"request": request}).data)
