"""Networks, which many styles share."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Prefetch, Q
from django.urls import reverse
from django.utils.text import slugify

from gallery.models.subjects import JobSubject, JobSubjectQuerySet


def network_path(instance, filename: str) -> str:
    """Where a network is stored: named by its id and, once it was checked, always safetensors."""
    return f"networks/{instance.pk}.{filename.rpartition('.')[2]}"


class StyleNetworkQuerySet(JobSubjectQuerySet):
    def checked(self):
        """Those that are safe to load: bundled ones, and those that a worker has checked."""
        return self.filter(Q(is_example=True) | Q(checked_at__isnull=False))

    def with_styles_shown_to(self, user):
        """With `shown_styles`: those of each that `user` may see, all in one query."""
        styles = self.model._meta.get_field("styles").related_model.objects
        return self.prefetch_related(Prefetch("styles", styles.visible_to(user), to_attr="shown_styles"))


class StyleNetwork(JobSubject, models.Model):
    """The weights that many styles share. `manifest` is what its training wrote: architecture, styles, settings.

    One that an administrator brought has no styles until a worker has checked it. Where it comes from and its licence
    must be known before any of its styles is published.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=120)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True)
    provenance = models.CharField("where it comes from", max_length=500, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    checked_at = models.DateTimeField("passed its check", null=True, blank=True)
    file = models.FileField(upload_to=network_path, max_length=200)
    sha256 = models.CharField("SHA-256 of the file", max_length=64, unique=True)
    manifest = models.JSONField(default=dict)
    is_example = models.BooleanField("came with the gallery", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StyleNetworkQuerySet.as_manager()

    class Meta:
        verbose_name = "network"
        ordering = ["-created_at", "id"]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("admin:gallery_stylenetwork_change", args=[self.pk])

    @property
    def is_checked(self) -> bool:
        """Whether it is safe to load, as `StyleNetworkQuerySet.checked`."""
        return self.is_example or self.checked_at is not None

    @property
    def check_failure(self) -> str:
        """Why it has not passed its check; empty where it has, and while that is not known."""
        if self.is_checked:
            return ""
        job = self.latest_job
        return job.error_message if job else "Its check was lost with the account of who asked for it; check it again."

    @property
    def download_name(self) -> str:
        """What its file is called where somebody saves it."""
        return f"{slugify(self.title, allow_unicode=True) or 'network'}.safetensors"

    @property
    def may_be_published(self) -> bool:
        """Whether it is known where it comes from, and under which licence."""
        return self.is_example or bool(self.provenance and self.licence)
