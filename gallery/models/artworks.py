"""Stylized images, from the request on."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from gallery.models.images import ALT_TEXT_HELP, ContentImage, StyleImage
from gallery.models.styles import StyleModel
from gallery.models.subjects import JobSubject, JobSubjectQuerySet
from gallery.models.words import has_word


def result_path(instance, filename: str) -> str:
    """Where a result is stored; the name is made by the worker and holds the attempt."""
    return f"results/{filename}"


def _told(word: str, reader) -> Q:
    """That the page of an artwork tells `reader` this word: in its title or description, as its maker's name, or in the
    name of a photo or style that `reader` may see."""
    trained = StyleModel.objects.visible_to(reader).filter(has_word(word, "title", "credit"))
    paintings = StyleImage.objects.visible_to(reader).filter(has_word(word, "title"))
    uses = ArtworkStyle.objects.values("artwork")
    # As `Artwork.content_is_visible_to`.
    photo_shown = Q(show_content=True) | Q(content__is_example=True)
    if reader.is_authenticated:
        photo_shown |= Q(owner=reader)
    return (
        has_word(word, "title", "alt_text", "owner__username")
        | (has_word(word, "content__title") & photo_shown)
        | Q(pk__in=uses.filter(model__in=trained))
        | Q(pk__in=uses.filter(style__in=paintings))
    )


class ArtworkQuerySet(JobSubjectQuerySet):
    def owned_by(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def finished(self):
        return self.exclude(result="")

    def public(self):
        """What the gallery shows to everybody, newest first."""
        return self.finished().filter(visibility=Artwork.Visibility.PUBLIC).order_by("-published_at", "id")

    def visible_to(self, user):
        """What `user` may open when given the address: own work, and what its owner shared."""
        shared = Q(visibility__in=[Artwork.Visibility.PUBLIC, Artwork.Visibility.UNLISTED]) & ~Q(result="")
        return self.filter(shared | Q(owner=user)) if user.is_authenticated else self.filter(shared)

    def telling(self, words: Iterable[str], reader):
        """Those whose pages tell `reader` every one of these words."""
        found = self
        for word in words:
            found = found.filter(_told(word, reader))
        return found

    def painted_with(self, style: StyleImage | StyleModel):
        return self.filter(**{"artworkstyle__model" if isinstance(style, StyleModel) else "artworkstyle__style": style})

    def for_walls(self):
        """Without what the page of an artwork alone tells, and what is long."""
        return self.defer("parameters", "loss_history", "provenance")

    def with_parent_shown_to(self, user):
        """With `shows_parent`: whether `user` may be told what each was remixed from. An unlisted one is told only to
        who remixed it, and so has its address."""
        parent = Artwork.objects.filter(pk=OuterRef("parent"))
        shown = Exists(parent.public())
        if user.is_authenticated:
            shown |= Exists(parent.owned_by(user)) | Q(owner=user) & Exists(parent.visible_to(user))
        return self.annotate(shows_parent=shown)

    def latest_asked_first(self):
        """In the order of their newest jobs: what is painted again comes first, like what is new."""
        jobs = self.model._meta.get_field("jobs").related_model.objects.filter(artwork=OuterRef("pk"))
        asked_at = Coalesce(Subquery(jobs.order_by("-queued_at").values("queued_at")[:1]), "created_at")
        return self.order_by(asked_at.desc(), "id")

    def for_cards(self):
        """With what was chosen for each, in a fixed number of queries."""
        return self.select_related("owner", "content").prefetch_related(
            # By their own manager, which leaves their numbers out.
            "artworkstyle_set__style",
            Prefetch("artworkstyle_set__model", StyleModel.objects.all()),
        )


class Artwork(JobSubject, models.Model):
    """One stylized image: what was asked for, and, once painted, the result.

    `parameters` are the fields of the engine's configuration, which `method` names; `loss_history` is a list of
    `{"step": int, "total": float, ...}`; `byte_size` is that of the result; `provenance` says what made the result, so
    that it can be made again.
    """

    class Method(models.TextChoices):
        GATYS = "gatys", "Any painting, step by step"
        NETWORK = "network", "Trained styles, at once"

    class Visibility(models.TextChoices):
        PRIVATE = "private", "Only me"
        UNLISTED = "unlisted", "Anyone with the link"
        PUBLIC = "public", "Everyone, in the gallery"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    title = models.CharField(max_length=120)
    alt_text = models.CharField("alternative text", max_length=300, blank=True, help_text=ALT_TEXT_HELP)
    content = models.ForeignKey(ContentImage, on_delete=models.SET_NULL, null=True, verbose_name="photo")
    styles = models.ManyToManyField(StyleImage, through="ArtworkStyle")
    method = models.CharField(max_length=20, choices=Method, default=Method.GATYS)
    parameters = models.JSONField("settings", default=dict)
    result = models.FileField(upload_to=result_path, max_length=200, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    byte_size = models.PositiveBigIntegerField("size in bytes", default=0)
    loss_history = models.JSONField("losses", default=list, blank=True)
    provenance = models.JSONField("how it was made", default=dict, blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility, default=Visibility.PRIVATE)
    show_content = models.BooleanField("show the photo beside it", default=False)
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="remixes", verbose_name="remix of"
    )
    request_id = models.UUIDField(default=uuid.uuid4, editable=False)
    is_example = models.BooleanField("came with the gallery", default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField("withdrawn by an administrator", null=True, blank=True)

    objects = ArtworkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "id"]
        indexes = [models.Index(fields=["visibility", "-published_at"])]
        constraints = [
            models.UniqueConstraint(fields=["owner", "request_id"], name="artwork_once_a_request"),
            models.CheckConstraint(
                condition=Q(visibility="private") | ~Q(result=""), name="artwork_shared_only_when_finished"
            ),
            models.CheckConstraint(
                condition=~Q(visibility="public") | Q(published_at__isnull=False), name="artwork_public_has_a_date"
            ),
            models.CheckConstraint(
                condition=Q(visibility="private") | Q(withdrawn_at=None), name="artwork_withdrawn_is_private"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("artworks:detail", args=[self.pk])

    @property
    def shares(self) -> list[tuple[StyleImage | StyleModel, float]]:
        """Its styles, in order, each with its share."""
        return [(share.source, share.weight) for share in self.artworkstyle_set.select_related("style", "model")]

    def content_is_visible_to(self, user) -> bool:
        """Whether the photo may be shown beside the result to somebody who may see the result."""
        if self.content is None:
            return False
        return self.show_content or self.content.is_example or (user.is_authenticated and self.owner_id == user.pk)


class ArtworkStyle(models.Model):
    """One of an artwork's styles, a picture or a trained one, and its share, a weight above 0."""

    artwork = models.ForeignKey(Artwork, on_delete=models.CASCADE)
    style = models.ForeignKey(StyleImage, on_delete=models.RESTRICT, null=True, blank=True, verbose_name="painting")
    model = models.ForeignKey(
        StyleModel, on_delete=models.RESTRICT, null=True, blank=True, verbose_name="trained style"
    )
    weight = models.FloatField("share", default=1.0)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "style of an artwork"
        verbose_name_plural = "styles of the artwork"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["artwork", "style"], name="artworkstyle_once"),
            models.UniqueConstraint(fields=["artwork", "model"], name="artworkstyle_model_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="artworkstyle_weight_positive"),
            models.CheckConstraint(
                condition=Q(style=None, model__isnull=False) | Q(style__isnull=False, model=None),
                name="artworkstyle_picture_or_model",
            ),
        ]

    def __str__(self):
        return f"{self.source} ({self.weight:g})"

    @property
    def source(self) -> StyleImage | StyleModel:
        return self.style or self.model

    def is_usable_by(self, user) -> bool:
        """Whether `user` may see this style and paint with it too."""
        return self.model.is_usable_by(user) if self.model else self.style.is_visible_to(user)
