"""One's tokens."""

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from gallery.api.views.base import GalleryViewSet, answers, example
from gallery.models import ApiToken
from gallery.services.tokens import create_token, revoke_token


class TokenSerializer(serializers.ModelSerializer):
    """A token; its text was told when it was made."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = ApiToken
        fields = ["id", "name", "created", "expiry"]
        read_only_fields = fields


class AskedTokenSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=80, help_text="After the program that will use it.")
    days = serializers.IntegerField(required=False, allow_null=True, default=None, help_text="How long it is valid.")


class NewTokenSerializer(TokenSerializer):
    """A token and, this once, its text."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="List your tokens", responses=answers(TokenSerializer(many=True), 400, 404)),
    destroy=extend_schema(summary="Revoke a token", responses=answers(None, 404, status=204)),
)
class TokenViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """Your tokens."""

    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()
    permission_classes = [IsAuthenticated]
    lookup_field = "public_id"
    lookup_url_kwarg = "id"
    ordering = ("-created", "pk")
    ordering_fields = ["created"]

    def get_queryset(self):
        return ApiToken.objects.filter(user=self.request.user)

    @extend_schema(
        summary="Make a token",
        request=AskedTokenSerializer,
        responses=answers(NewTokenSerializer, 400, 415, status=201),
        examples=[example("For a month", {"name": "holiday script", "days": 30})],
    )
    def create(self, request):
        """Keep its text at once: only a hash of it stays here. One made with another ends with that at the latest."""
        asked = AskedTokenSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        token, text = create_token(request.user, **asked.validated_data, asked_with=self.asked_with())
        return Response(TokenSerializer(token).data | {"token": text}, status=201)

    def perform_destroy(self, instance):
        revoke_token(instance)
