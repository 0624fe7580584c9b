"""The pictures people bring: photos to be painted and paintings to paint like."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Q

from gallery.models.uses import StyleSourceQuerySet
from gallery.models.words import has_word


def picture_path(instance, filename: str) -> str:
    """Where a picture is stored: named by its id, so nothing of the client's file name survives."""
    return f"{instance.folder}/{instance.pk}.{filename.rpartition('.')[2]}"


class SourceImageQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The bundled examples, and what `user` uploaded."""
        if not user.is_authenticated:
            return self.filter(is_example=True)
        return self.filter(Q(is_example=True) | Q(owner=user))

    def offered_to(self, user):
        """The visible ones in the order of a form: one's own before the bundled ones, the newest first."""
        return self.visible_to(user).order_by("is_example", "-created_at", "title")

    def owned_by(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def telling(self, words: Iterable[str]):
        """Those of which every one of these words is said."""
        found = self
        for word in words:
            found = found.filter(has_word(word, "title", "alt_text", "credit"))
        return found

    def examples(self):
        return self.filter(is_example=True)


ALT_TEXT_HELP = "What it shows, for those who cannot see it."


class SourceImage(models.Model):
    """A verified picture: oriented, sRGB, re-encoded, free of metadata. Sizes in pixels, `byte_size` in bytes."""

    folder: str

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    file = models.FileField(upload_to=picture_path, max_length=200)
    title = models.CharField(max_length=120)
    alt_text = models.CharField("alternative text", max_length=300, blank=True, help_text=ALT_TEXT_HELP)
    credit = models.CharField(max_length=200, blank=True, help_text="Who made it, and under which licence.")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    byte_size = models.PositiveBigIntegerField("size in bytes")
    sha256 = models.CharField("SHA-256 of the upload", max_length=64, db_index=True)
    is_example = models.BooleanField("came with the gallery", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SourceImageQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "sha256"], name="%(class)s_once_per_owner"),
            models.CheckConstraint(
                condition=Q(is_example=True, owner=None) | Q(is_example=False, owner__isnull=False),
                name="%(class)s_owned_or_example",
            ),
        ]

    def __str__(self):
        return self.title

    def is_visible_to(self, user) -> bool:
        """As `SourceImageQuerySet.visible_to`; who may see a picture may use it too."""
        return self.is_example or (user.is_authenticated and self.owner_id == user.pk)


class ContentImage(SourceImage):
    """A photo: what the stylized image shows."""

    folder = "content"

    class Meta(SourceImage.Meta):
        verbose_name = "photo"


class StyleImageQuerySet(StyleSourceQuerySet, SourceImageQuerySet):
    pass


class StyleImage(SourceImage):
    """A painting: what the stylized image looks like."""

    folder = "style"

    objects = StyleImageQuerySet.as_manager()

    class Meta(SourceImage.Meta):
        verbose_name = "painting"
