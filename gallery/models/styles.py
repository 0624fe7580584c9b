"""Trained styles: for each the numbers by which a network paints like it."""

import uuid
from collections.abc import Iterable

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, When
from django.urls import reverse
from django.utils.text import slugify

from gallery.examples import COVER_SIZE, STRIP_SIZE
from gallery.models.images import StyleImage
from gallery.models.networks import StyleNetwork
from gallery.models.subjects import JobSubject, JobSubjectQuerySet
from gallery.models.uses import StyleSourceQuerySet


def sample_path(instance, filename: str) -> str:
    """Where a rendered sample is stored; the name is made by who renders it and is never used twice."""
    return f"samples/{filename}"


def _states_shown_to(user) -> list[str]:
    """The states in which `user` may see styles whoever taught them."""
    decides = user.has_perm("gallery.change_stylemodel")
    return [StyleModel.State.PUBLISHED, *([StyleModel.State.OFFERED, StyleModel.State.RETIRED] if decides else [])]


class StyleModelQuerySet(StyleSourceQuerySet, JobSubjectQuerySet):
    def visible_to(self, user):
        """The published ones and what `user` taught the gallery; also what is or was offered, for who decides on it."""
        shown = Q(state__in=_states_shown_to(user))
        return self.filter(shown | Q(owner=user)) if user.is_authenticated else self.filter(shown)

    def usable_by(self, user):
        """The visible ones that have been learnt and not been taken away."""
        return self.visible_to(user).filter(state__in=StyleModel.USABLE)

    def known_to(self, user):
        """The visible ones and those that `user` has painted with, though they may have been taken away since."""
        if not user.is_authenticated:
            return self.visible_to(user)
        return self.visible_to(user) | self.filter(pk__in=self.filter(artworkstyle__artwork__owner=user).values("pk"))

    def owned_by(self, user):
        return self.filter(owner=user) if user.is_authenticated else self.none()

    def own_first(self, user):
        """In the order of every page: what `user` taught the gallery, then the others."""
        if not user.is_authenticated:
            return self.order_by(*self.model._meta.ordering)
        return self.order_by(Case(When(owner=user, then=0), default=1), *self.model._meta.ordering)

    def unrefinable(self):
        """Those without `reference_files`."""
        return self.filter(texture="", pictures=None)

    def offered(self):
        return self.filter(state=StyleModel.State.OFFERED)


class StyleModelManager(models.Manager.from_queryset(StyleModelQuerySet)):
    def get_queryset(self):
        """Without the rows: a list has no use for them, and each is as large as a thumbnail."""
        return super().get_queryset().defer("row")


def hand_over(collector, field, styles, using):
    """What becomes of a deleted person's styles; an `on_delete`.

    Those that were ever published stay. So do those that somebody else has painted with, as an administrator may with
    what is offered, but nobody is offered them any longer, and the reaper removes them after those pictures. All others
    go.
    """
    uses = apps.get_model("gallery", "ArtworkStyle").objects.using(using).filter(model=OuterRef("pk"))
    shared = Q(published_at__isnull=False) | Q(Exists(uses.exclude(artwork__owner=OuterRef("owner"))))
    # In this order: once they have no owner, they are no longer found as that person's.
    unseen = styles.filter(shared, published_at=None)
    collector.add_field_update(field.model._meta.get_field("state"), StyleModel.State.PRIVATE, unseen)
    models.SET_NULL(collector, field, styles.filter(shared), using)
    models.CASCADE(collector, field, styles.exclude(shared), using)


class StyleModel(JobSubject, models.Model):
    """A style that paints at once.

    What was published belongs to the gallery: when its owner is deleted, it stays without one; see `hand_over`.
    draft -> private -> offered -> published -> retired; a refused offer goes back to private. `row` holds the style's
    numbers for `network`, float32, little-endian. `cover` and `strip`, rendered samples, may be shown where paintings
    may not; `texture`, never shown, has the strokes of the painting of a bundled style. `refusal` is why the last offer
    was refused. Styles of one `family` are versions of one another, of which one is published at the most. `gate` holds
    what was measured before it may be published; see `services.gate`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "Not learnt yet"
        PRIVATE = "private", "Only me"
        OFFERED = "offered", "Offered to the gallery"
        PUBLISHED = "published", "In the gallery"
        RETIRED = "retired", "Taken away"

    COVER, STRIP = COVER_SIZE, STRIP_SIZE
    USABLE = (State.PRIVATE, State.OFFERED, State.PUBLISHED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    network = models.ForeignKey(StyleNetwork, on_delete=models.CASCADE, related_name="styles")
    slug = models.SlugField("name in addresses", max_length=140, unique=True)
    title = models.CharField(max_length=120)
    credit = models.CharField(max_length=200, blank=True, help_text="After whom, shown beside the title.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=hand_over, null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    pictures = models.ManyToManyField(StyleImage, blank=True, related_name="taught")
    row = models.BinaryField(null=True, editable=False)
    texture = models.FileField(upload_to=sample_path, max_length=200, blank=True, editable=False)
    cover = models.FileField(upload_to=sample_path, max_length=200, blank=True)
    strip = models.FileField("strip of samples", upload_to=sample_path, max_length=200, blank=True)
    provenance = models.JSONField("how it was learnt", default=dict, blank=True)
    gate = models.JSONField("what was measured", default=dict, blank=True)
    family = models.UUIDField(default=uuid.uuid4, editable=False, db_index=True)
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    training_run = models.ForeignKey(
        "TrainingRun", on_delete=models.SET_NULL, null=True, blank=True, related_name="styles"
    )
    position = models.PositiveSmallIntegerField(default=1000, help_text="Styles with smaller numbers come first.")
    is_example = models.BooleanField("came with the gallery", default=False)
    request_id = models.UUIDField(default=uuid.uuid4, editable=False)
    refusal = models.CharField("why its offer was refused", max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = StyleModelManager()

    class Meta:
        verbose_name = "style"
        ordering = ["position", "-created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(state="draft") | Q(row__isnull=False), name="stylemodel_learnt"),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="stylemodel_published_has_a_date"
            ),
            models.CheckConstraint(
                condition=Q(is_example=True, owner=None) | Q(is_example=False), name="stylemodel_example_has_no_owner"
            ),
            models.UniqueConstraint(fields=["owner", "request_id"], name="stylemodel_once_a_request"),
            models.UniqueConstraint(fields=["family", "version"], name="stylemodel_versions_differ"),
            models.UniqueConstraint(
                fields=["family"], condition=Q(state="published"), name="stylemodel_one_published_version"
            ),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("styles:detail", args=[self.slug])

    def paintings(self) -> list[StyleImage]:
        """The paintings that it was learnt from, as far as they are here."""
        return list(self.pictures.order_by("created_at", "pk"))

    def reference_files(self) -> list:
        """The pictures that what it paints can be refined by, none where they are gone or never were here."""
        return [self.texture] if self.texture else [painting.file for painting in self.paintings()]

    def versions(self):
        """All versions of this style, itself among them, the newest first."""
        return StyleModel.objects.filter(family=self.family).order_by("-version")

    def version_before(self) -> "StyleModel | None":
        """The version that could take this one's place in the gallery again."""
        if self.state != StyleModel.State.PUBLISHED or self.version == 1:
            return None
        return self.versions().filter(version__lt=self.version, state=StyleModel.State.RETIRED).first()

    def slug_from(self, name: str, pictures: Iterable[StyleImage] = ()) -> str:
        """An address made of its name, for good, also once it is published. What a private picture is called may be the
        name of somebody's file, and does not get into it."""
        words = slugify(name)[:80]
        private = {slugify(picture.title)[:80] for picture in pictures if not picture.is_example}
        return f"{words if words and words not in private else 'style'}-{self.pk.hex[:8]}"

    def is_visible_to(self, user) -> bool:
        """As `StyleModelQuerySet.visible_to`."""
        return self.state in _states_shown_to(user) or (user.is_authenticated and self.owner_id == user.pk)

    def is_usable_by(self, user) -> bool:
        """As `StyleModelQuerySet.usable_by`."""
        return self.state in self.USABLE and self.is_visible_to(user)

    def may_be_renamed_by(self, user) -> bool:
        """Whether `user` may change what it is called: who may publish always may, others while nobody else has read it
        and nobody is asked to judge it."""
        if user.has_perm("gallery.change_stylemodel"):
            return True
        return self.owner_id == user.pk and self.published_at is None and self.state != self.State.OFFERED

    @property
    def is_learnt(self) -> bool:
        return self.state != self.State.DRAFT
