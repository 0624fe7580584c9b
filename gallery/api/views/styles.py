"""Trained styles: those on offer, teaching new ones, offering them."""

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response

from gallery.api.serializers.styles import (
    FollowedSerializer,
    LessonSerializer,
    RefusalSerializer,
    StyleSerializer,
    TaughtStyleSerializer,
)
from gallery.api.views.base import (
    IDEMPOTENCY_KEY,
    PICTURE,
    PICTURES,
    VARIANT,
    VARIANT_IN_PATH,
    GalleryViewSet,
    answers,
    example,
    may,
)
from gallery.models import StyleModel
from gallery.picture_files import send_picture
from gallery.services.moderation import moderate
from gallery.services.styles import (
    delete_style,
    follow_style,
    offer_style,
    publish_style,
    refuse_style,
    rename_style,
    retire_style,
    roll_back_style,
    withdraw_style,
)
from gallery.services.teaching import teach_style

KIND = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=["cover", "strip"])


def judging(summary: str, request=None, refusals=(403, 404, 409), examples=(), **options):
    """An operation by which an administrator decides on a style."""

    def decorate(method):
        acting = action(detail=True, methods=["post"], permission_classes=[may("gallery.change_stylemodel")], **options)
        answered = answers(StyleSerializer, *refusals)
        described = extend_schema(summary=summary, request=request, responses=answered, examples=examples)
        return described(acting(method))

    return decorate


@extend_schema_view(
    list=extend_schema(summary="List styles", responses=answers(StyleSerializer(many=True), 400, 404)),
    retrieve=extend_schema(summary="Read a style", responses=answers(StyleSerializer, 404)),
    destroy=extend_schema(
        summary="Remove a style",
        description="One of your own that was never published, while no artwork needs it.",
        responses=answers(None, 403, 404, 409, status=204),
    ),
)
class StyleViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """The gallery's trained styles and your own."""

    serializer_class = StyleSerializer
    queryset = StyleModel.objects.none()
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]+"
    filterset_fields = ["state", "is_example"]
    ordering_fields = ["created_at", "title"]

    def get_queryset(self):
        return StyleModel.objects.visible_to(self.request.user).select_related("owner")

    @extend_schema(
        summary="Teach a new style",
        request=LessonSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses=answers(TaughtStyleSerializer, 400, 409, 415, status=202),
        examples=[
            example("From one painting", {"pictures": ["22222222-2222-4222-8222-222222222222"], "title": "Waves"})
        ],
    )
    def create(self, request):
        """Queue a lesson. The style can be used once its job has succeeded."""
        asked = LessonSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        lesson = asked.validated_data
        key = self.idempotency_key()
        model = teach_style(request.user, lesson["pictures"], lesson.get("title", ""), request_id=key)
        taught = {"style": model, "job": model.latest_job}
        return Response(TaughtStyleSerializer(taught, context=self.get_serializer_context()).data, status=202)

    @extend_schema(
        summary="Rename a style",
        responses=answers(StyleSerializer, 400, 403, 404, 409, 415),
        examples=[example("With its painter", {"title": "Waves", "credit": "After Katsushika Hokusai"})],
    )
    def partial_update(self, request, slug=None):
        """Change what an own style is called and after whom; not while it is offered or in the gallery."""
        model = self._own()
        serializer = self.get_serializer(model, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        names = {"title": model.title, "credit": model.credit} | serializer.validated_data
        rename_style(model, **names, by=request.user)
        return Response(self.get_serializer(model).data)

    def perform_destroy(self, instance):
        self._own()
        delete_style(instance)

    @extend_schema(
        summary="Offer a style to the gallery",
        request=None,
        responses=answers(StyleSerializer, 403, 404, 409),
    )
    @action(detail=True, methods=["post"])
    def offer(self, request, slug=None):
        """An administrator may publish it then."""
        return self._changed(offer_style)

    @extend_schema(summary="Take an offer back", request=None, responses=answers(StyleSerializer, 403, 404, 409))
    @action(detail=True, methods=["post"])
    def withdraw(self, request, slug=None):
        """The style is its owner's alone again."""
        return self._changed(withdraw_style)

    @judging("Publish an offered style, or a retired one again")
    def publish(self, request, slug=None):
        """In place of any other version of it. For administrators."""
        return self._judged(publish_style)

    @judging(
        "Refuse an offered style",
        request=RefusalSerializer,
        refusals=(400, 403, 404, 409, 415),
        examples=[example("With a reason", {"reason": "The painter's rights have not run out yet."})],
    )
    def refuse(self, request, slug=None):
        """It is its owner's alone again, who reads the `reason`. For administrators."""
        asked = RefusalSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self._judged(refuse_style, asked.validated_data["reason"])

    @judging("Take a style out of the gallery")
    def retire(self, request, slug=None):
        """Pictures made with it stay. For administrators."""
        return self._judged(retire_style)

    @judging(
        "Make a style the next version of another",
        request=FollowedSerializer,
        refusals=(400, 403, 404, 409, 415),
        examples=[example("After a bundled one", {"earlier": "great-wave"})],
    )
    def follow(self, request, slug=None):
        """Once it is published, it stands in that one's place; null makes it a style of its own. For administrators."""
        asked = FollowedSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        return self._judged(follow_style, asked.validated_data["earlier"])

    @judging("Publish the version before a style in its place", url_path="roll-back")
    def roll_back(self, request, slug=None):
        """For administrators."""
        return self._judged(roll_back_style)

    @extend_schema(
        operation_id="styles_file",
        summary="Fetch a sample of a style",
        parameters=[KIND, VARIANT],
        responses=PICTURES,
    )
    @action(detail=True, url_path=f"(?P<kind>cover|strip)/{VARIANT_IN_PATH}", url_name="file", **PICTURE)
    def file(self, request, slug=None, kind="cover", variant="full"):
        """One photo painted in the style, or three beside one another."""
        file = getattr(self.get_object(), kind)
        if not file:
            raise Http404("This style has no sample.")
        return send_picture(request, file, variant)

    def _own(self) -> StyleModel:
        model = self.get_object()
        if model.owner_id != self.request.user.pk:
            self.permission_denied(self.request, "Only whoever has taught a style may change it.")
        return model

    def _judged(self, service, *said) -> Response:
        model = self.get_object()
        moderate(service, model, *said, by=self.request.user)
        model.refresh_from_db()
        return Response(self.get_serializer(model).data)

    def _changed(self, service) -> Response:
        model = self._own()
        service(model)
        return Response(self.get_serializer(model).data)
