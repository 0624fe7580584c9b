"""Addresses to be told when jobs end."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from gallery.api.views.base import GalleryViewSet, answers, example
from gallery.models import Delivery, Webhook
from gallery.services.webhooks import add_webhook, remove_webhook


class WebhookSerializer(serializers.ModelSerializer):
    """An address; its messages carry `Gallery-Signature`, the HMAC-SHA256 with the secret that was told when it was
    made of timestamp, dot and body."""

    class Meta:
        model = Webhook
        fields = ["id", "url", "created_at"]
        read_only_fields = ["id", "created_at"]
        extra_kwargs = {"url": {"validators": []}}


class NewWebhookSerializer(WebhookSerializer):
    """A webhook and, this once, its secret."""

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class DeliverySerializer(serializers.ModelSerializer):
    """A message: how often it was sent, whether it arrived, and when it is sent again if not."""

    body = serializers.DictField()

    class Meta:
        model = Delivery
        fields = ["id", "job", "body", "attempts", "next_attempt_at", "delivered_at", "last_error", "created_at"]
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="List your webhooks", responses=answers(WebhookSerializer(many=True), 400, 404)),
    retrieve=extend_schema(summary="Read a webhook", responses=answers(WebhookSerializer, 404)),
    destroy=extend_schema(summary="Remove a webhook", responses=answers(None, 404, status=204)),
)
class WebhookViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """Your webhooks."""

    serializer_class = WebhookSerializer
    queryset = Webhook.objects.none()
    permission_classes = [IsAuthenticated]
    ordering_fields = ["created_at"]

    def get_queryset(self):
        return Webhook.objects.filter(owner=self.request.user)

    @extend_schema(
        summary="Add a webhook",
        responses={200: WebhookSerializer, **answers(NewWebhookSerializer, 400, 415, status=201)},
        examples=[example("An address of yours", {"url": "https://example.org/painted"})],
    )
    def create(self, request):
        """It is told of each job of yours that ends from now on, until the token it was made with ends. Keep its
        `secret` at once: it is told only now. A second webhook to an address is not made: the first one is given, with
        status 200 and without its secret; for a new secret remove it first."""
        asked = self.get_serializer(data=request.data)
        asked.is_valid(raise_exception=True)
        webhook, is_new = add_webhook(request.user, asked.validated_data["url"], asked_with=self.asked_with())
        if not is_new:
            return Response(self.get_serializer(webhook).data)
        return Response(NewWebhookSerializer(webhook).data, status=201)

    def perform_destroy(self, instance):
        remove_webhook(instance)

    @extend_schema(
        summary="List what a webhook was told",
        responses=answers(DeliverySerializer(many=True), 400, 404),
        filters=True,
    )
    @action(detail=True, serializer_class=DeliverySerializer)
    def deliveries(self, request, pk=None):
        """The newest first."""
        page = self.paginate_queryset(self.get_object().deliveries.all())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
