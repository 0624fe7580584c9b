"""Photos and paintings: bringing, naming, removing."""

from django.core.files.uploadhandler import SkipFile
from drf_spectacular.utils import OpenApiTypes, extend_schema, extend_schema_view
from rest_framework import mixins, parsers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from gallery.api.parsing import Json
from gallery.api.serializers.pictures import PaintingSerializer, PhotoSerializer, UploadSerializer
from gallery.api.uploads import sent_file, sent_title
from gallery.api.views.base import PICTURE, PICTURES, VARIANT, VARIANT_IN_PATH, GalleryViewSet, answers, example
from gallery.models import ContentImage, StyleImage
from gallery.picture_files import send_picture
from gallery.services.uploads import add_content_image, add_style_image, delete_source_image, update_source_image


class RawPicture(parsers.FileUploadParser):
    """A picture as the whole body; `Content-Disposition: attachment; filename=photo.jpg` names it."""

    media_type = "image/*"

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            return super().parse(stream, media_type, parser_context)
        except SkipFile:
            return parsers.DataAndFiles({}, {})

    def get_filename(self, stream, media_type, parser_context):
        return super().get_filename(stream, media_type, parser_context) or "picture"


class PictureViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, mixins.DestroyModelMixin, GalleryViewSet):
    """Your own pictures and the gallery's."""

    parser_classes = [parsers.MultiPartParser, RawPicture, Json]
    filterset_fields = ["is_example"]
    ordering_fields = ["created_at", "title"]
    add = None

    def get_queryset(self):
        return self.serializer_class.Meta.model.objects.visible_to(self.request.user)

    def create(self, request):
        """Bring a picture: as a multipart form, or as the body itself. The same file again gives the first record."""
        upload = sent_file(request, "file", "Send a picture file.")
        picture = type(self).add(request.user, upload, sent_title(request))
        return Response(self.get_serializer(picture).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request, pk=None):
        """Change the title or the alternative text of an own picture."""
        picture = self._own()
        serializer = self.get_serializer(picture, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        words = {"title": picture.title, "alt_text": picture.alt_text} | serializer.validated_data
        update_source_image(picture, **words)
        return Response(self.get_serializer(picture).data)

    def perform_destroy(self, instance):
        self._own()
        delete_source_image(instance)

    @action(detail=True, url_path=VARIANT_IN_PATH, url_name="file", **PICTURE)
    def file(self, request, pk=None, variant="full"):
        """The picture itself."""
        return send_picture(request, self.get_object().file, variant)

    def _own(self):
        picture = self.get_object()
        if picture.owner_id != self.request.user.pk:
            self.permission_denied(self.request, "The gallery's own pictures cannot be changed.")
        return picture


UPLOAD = {"multipart/form-data": UploadSerializer, "image/*": OpenApiTypes.BINARY}


def described(serializer: type, what: str):
    """The schema of a picture's operations."""
    return extend_schema_view(
        list=extend_schema(summary=f"List {what}s", responses=answers(serializer(many=True), 400, 404)),
        retrieve=extend_schema(summary=f"Read a {what}", responses=answers(serializer, 404)),
        create=extend_schema(
            summary=f"Bring a {what}",
            request=UPLOAD,
            responses=answers(serializer, 400, 415, status=201),
        ),
        partial_update=extend_schema(
            summary=f"Rename a {what}",
            request={"application/json": serializer},
            responses=answers(serializer, 400, 403, 404, 409, 415),
            examples=[example("Named", {"title": "The bay", "alt_text": "A bay with a bridge, at dusk"})],
        ),
        destroy=extend_schema(summary=f"Remove a {what}", responses=answers(None, 403, 404, 409, status=204)),
        file=extend_schema(
            operation_id=f"{what}s_file",
            summary=f"Fetch a {what}",
            parameters=[VARIANT],
            responses=PICTURES,
        ),
    )


@described(PhotoSerializer, "photo")
class PhotoViewSet(PictureViewSet):
    serializer_class = PhotoSerializer
    queryset = ContentImage.objects.none()
    add = staticmethod(add_content_image)


@described(PaintingSerializer, "painting")
class PaintingViewSet(PictureViewSet):
    serializer_class = PaintingSerializer
    queryset = StyleImage.objects.none()
    add = staticmethod(add_style_image)
