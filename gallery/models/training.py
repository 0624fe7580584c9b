"""Trainings of fast networks: what they learn from, how, and what came out."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify

from gallery.models.images import StyleImage
from gallery.models.networks import StyleNetwork
from gallery.models.styles import sample_path
from gallery.models.subjects import JobSubject, JobSubjectQuerySet


def archive_path(instance, filename: str) -> str:
    """Where an uploaded archive is stored: named by its id."""
    return f"photo_sets/{instance.pk}.zip"


class PhotoSet(models.Model):
    """Photographs to train on, uploaded as a zip archive.

    A worker unpacks it when it is first needed: `count` pictures were usable then, `refused` were not.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    title = models.CharField(max_length=120)
    archive = models.FileField(upload_to=archive_path, max_length=200)
    byte_size = models.PositiveBigIntegerField("size in bytes")
    count = models.PositiveIntegerField("pictures", null=True, blank=True)
    refused = models.PositiveIntegerField("pictures that could not be read", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "id"]

    def __str__(self):
        return self.title

    @property
    def folder(self) -> str:
        """Where its pictures are unpacked, below MEDIA_ROOT."""
        return f"photo_sets/{self.pk}"


class TrainingRun(JobSubject, models.Model):
    """One training: new styles for `base`, or without it a network of its own.

    Its photographs are those of `photo_set`, of `folder`, a folder of the server that TRAINING_FOLDERS allows, or else
    the bundled ones. `parameters` are fields of the engine's `TrainingConfig`. What came out are styles, each with
    measures of its own; `losses` holds the curves, `sheet` the styles painted over photographs.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.CharField(max_length=120)
    base = models.ForeignKey(
        StyleNetwork, on_delete=models.RESTRICT, null=True, blank=True, related_name="trainings_on_it",
        verbose_name="network it begins from",
    )  # fmt: skip
    photo_set = models.ForeignKey(PhotoSet, on_delete=models.RESTRICT, null=True, blank=True, related_name="runs")
    folder = models.CharField("folder of the server", max_length=300, blank=True)
    pictures = models.ManyToManyField(StyleImage, through="TrainingStyle", related_name="training_runs")
    parameters = models.JSONField("settings", default=dict)
    losses = models.JSONField(default=list, blank=True)
    sheet = models.FileField(upload_to=sample_path, max_length=200, blank=True)
    network = models.ForeignKey(
        StyleNetwork, on_delete=models.SET_NULL, null=True, blank=True, related_name="trained_by",
        verbose_name="network it has made",
    )  # fmt: skip
    photo_count = models.PositiveIntegerField("photos trained on", null=True, blank=True)
    images_per_second = models.FloatField("pictures a second", null=True, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    request_id = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = JobSubjectQuerySet.as_manager()

    class Meta:
        verbose_name = "training"
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "request_id"], name="trainingrun_once_a_request"),
            models.CheckConstraint(condition=Q(photo_set=None) | Q(folder=""), name="trainingrun_photos_of_one_kind"),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("studio:run", args=[self.pk])

    @property
    def work_folder(self) -> str:
        """Where its checkpoints and samples lie while it runs, below MEDIA_ROOT."""
        return f"trainings/{self.pk}"

    @property
    def samples_folder(self) -> str:
        """Where the engine writes the samples painted on the way, `step_000250.jpg` ...."""
        return f"{self.work_folder}/samples"

    def pictures_by_style(self) -> dict[str, list[StyleImage]]:
        """The pictures that teach each style, by the style's name."""
        found: dict[str, list[StyleImage]] = {}
        for style in self.trainingstyle_set.select_related("picture"):
            found.setdefault(style.name, []).append(style.picture)
        return found

    def style_titles(self) -> dict[str, str]:
        """What each style is called: like its first picture where it is named after that, else like its name."""
        return {
            name: pictures[0].title if slugify(pictures[0].title) == name else name.replace("-", " ").capitalize()
            for name, pictures in self.pictures_by_style().items()
        }


class TrainingStyle(models.Model):
    """A picture that teaches a style; several of the same `name` teach one style together."""

    run = models.ForeignKey(TrainingRun, on_delete=models.CASCADE)
    picture = models.ForeignKey(StyleImage, on_delete=models.RESTRICT)
    name = models.SlugField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "picture"], name="trainingstyle_picture_once")]

    def __str__(self):
        return self.name
