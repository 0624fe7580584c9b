"""Artworks: asking for them, reading, sharing, removing."""

from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.response import Response

from gallery.api.filters import GalleryFilterSet, TruthFilter
from gallery.api.serializers.artworks import ArtworkSerializer, AskedArtworkSerializer
from gallery.api.serializers.jobs import JobSerializer
from gallery.api.views.base import (
    IDEMPOTENCY_KEY,
    PICTURE,
    PICTURES,
    VARIANT,
    VARIANT_IN_PATH,
    GalleryViewSet,
    answers,
    example,
)
from gallery.finding import MAX_SEARCH, MAX_WORDS, ArtworkFinder
from gallery.models import Artwork
from gallery.picture_files import send_picture
from gallery.services.artworks import delete_artwork, rename_artwork, share_artwork
from gallery.services.requests import request_artwork, request_instant_artwork, retry_artwork

EXAMPLES = [
    example(
        "At once, with two trained styles",
        {
            "method": "network",
            "content": "11111111-1111-4111-8111-111111111111",
            "styles": [{"style": "starry-night", "share": 2}, {"style": "great-wave", "share": 1}],
            "parameters": {"strength": 0.8, "image_size": 1080},
        },
    ),
    example(
        "Stroke by stroke, after a painting",
        {
            "method": "gatys",
            "content": "11111111-1111-4111-8111-111111111111",
            "styles": [{"painting": "22222222-2222-4222-8222-222222222222"}],
            "parameters": {"image_size": 512, "num_steps": 150, "style_weight": 200},
        },
    ),
]


FOUND_BY = [
    OpenApiParameter(
        "search",
        {"type": "string", "maxLength": MAX_SEARCH},
        description=f"Up to {MAX_WORDS} words, every one of which is in what may be read about an artwork: its title, "
        "its alternative text, the names of its owner, photo and styles, and after whom these are.",
    ),
    OpenApiParameter("style", str, description="The slug of a trained style or the id of a painting it was made with."),
]


def _asks_for_own(request) -> bool:
    return request.query_params.get("scope", "mine" if request.user.is_authenticated else "public") == "mine"


class ArtworkFilter(ArtworkFinder, GalleryFilterSet):
    """`scope=mine` (with a token, the default) or `public`."""

    scope = filters.ChoiceFilter(choices=[("mine", "your own"), ("public", "what hangs in the gallery")], method="of")
    finished = TruthFilter(field_name="result", lookup_expr="gt", method="whether_finished")

    class Meta:
        model = Artwork
        fields = ["visibility", "method", "is_example"]

    @property
    def reader(self):
        """Among your own you find whatever you may read; in the gallery, everybody finds the same."""
        return self.request.user if _asks_for_own(self.request) else super().reader

    def of(self, queryset, name, value):
        return queryset

    def whether_finished(self, queryset, name, value):
        return queryset.exclude(result="") if value else queryset.filter(result="")


@extend_schema_view(
    list=extend_schema(
        summary="List artworks", parameters=FOUND_BY, responses=answers(ArtworkSerializer(many=True), 400, 404)
    ),
    retrieve=extend_schema(summary="Read an artwork", responses=answers(ArtworkSerializer, 404)),
    destroy=extend_schema(summary="Remove an artwork", responses=answers(None, 403, 404, status=204)),
)
class ArtworkViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """Your artworks and those shared with everybody."""

    serializer_class = ArtworkSerializer
    queryset = Artwork.objects.none()
    filterset_class = ArtworkFilter

    @property
    def ordering_fields(self) -> list[str]:
        """Artworks that were never published have no date to be ordered by."""
        return ["created_at", "title", *([] if _asks_for_own(self.request) else ["published_at"])]

    @property
    def ordering(self) -> list[str] | None:
        """What hangs in the gallery comes as on its wall: the newest there first."""
        return None if _asks_for_own(self.request) else ["-published_at"]

    def get_queryset(self):
        user = self.request.user
        artworks = Artwork.objects.for_cards().with_latest_job(losses=True).with_parent_shown_to(user)
        if self.action != "list":
            return artworks.visible_to(user)
        return artworks.owned_by(user) if _asks_for_own(self.request) else artworks.public().order_by()

    @extend_schema(
        summary="Ask for an artwork",
        request=AskedArtworkSerializer,
        parameters=[IDEMPOTENCY_KEY],
        responses=answers(ArtworkSerializer, 400, 409, 415, status=202),
        examples=EXAMPLES,
    )
    def create(self, request):
        """Queue an artwork; its `job` says how far it is."""
        asked = AskedArtworkSerializer(data=request.data, context=self.get_serializer_context())
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        ask = request_instant_artwork if wish["method"] == Artwork.Method.NETWORK else request_artwork
        artwork = ask(
            request.user,
            wish["content"],
            wish["shares"],
            wish["parameters"],
            title=wish["title"],
            request_id=self.idempotency_key(),
            parent=wish["parent"],
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=artwork.pk)).data, status=202)

    @extend_schema(
        summary="Rename or share an artwork",
        responses=answers(ArtworkSerializer, 400, 403, 404, 409, 415),
        examples=[example("Shared with everybody", {"title": "Bridge by night", "visibility": "public"})],
    )
    def partial_update(self, request, pk=None):
        """Change title, alternative text, and who may see it."""
        artwork = self._own()
        serializer = self.get_serializer(artwork, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        given = serializer.validated_data
        if "visibility" in given or "show_content" in given:
            share_artwork(artwork, given.get("visibility"), given.get("show_content"))
        if "title" in given or "alt_text" in given:
            rename_artwork(artwork, given.get("title"), given.get("alt_text"))
        return Response(self.get_serializer(self._own()).data)

    def perform_destroy(self, instance):
        delete_artwork(self._own())

    @extend_schema(
        summary="Paint a failed or cancelled artwork again",
        request=None,
        responses=answers(JobSerializer, 403, 404, 409, 507, status=201),
    )
    @action(detail=True, methods=["post"])
    def retry(self, request, pk=None):
        """The answer is the new job, or the one that is under way already."""
        job = retry_artwork(self._own())
        return Response(JobSerializer(job, context=self.get_serializer_context()).data, status=201)

    @extend_schema(
        operation_id="artworks_file",
        summary="Fetch a result",
        parameters=[VARIANT],
        responses=PICTURES,
    )
    @action(detail=True, url_path=VARIANT_IN_PATH, url_name="file", **PICTURE)
    def file(self, request, pk=None, variant="full"):
        """The stylized image; 404 until it is painted."""
        artwork = self.get_object()
        if not artwork.result:
            raise Http404("This artwork is not painted yet.")
        return send_picture(request, artwork.result, variant)

    @extend_schema(summary="Fetch the photo beside a result", parameters=[VARIANT], responses=PICTURES)
    @action(detail=True, url_path=f"photo/{VARIANT_IN_PATH}", url_name="photo", **PICTURE)
    def photo(self, request, pk=None, variant="full"):
        """Where the owner shows it."""
        artwork = self.get_object()
        if not artwork.content_is_visible_to(request.user):
            raise Http404("The photo of this artwork is not shown.")
        return send_picture(request, artwork.content.file, variant)

    def _own(self) -> Artwork:
        artwork = self.get_object()
        if artwork.owner_id != self.request.user.pk:
            self.permission_denied(self.request, "Only its owner may change an artwork.")
        return artwork
