"""What the sources of artworks, paintings and trained styles, have in common."""

from django.db import models
from django.db.models import Exists, OuterRef


class StyleSourceQuerySet(models.QuerySet):
    def with_public_use(self):
        """With `has_public_use`: whether an artwork that was painted with it hangs in the gallery."""
        use = self.model._meta.get_field("artworkstyle").field
        artworks = use.model._meta.get_field("artwork").related_model.objects.public()
        # One inside the other, so that the database goes from a style's uses to their artworks, and stops at the first:
        # a join it would begin at all that is public.
        is_public = Exists(artworks.filter(pk=OuterRef("artwork")))
        return self.annotate(has_public_use=Exists(use.model.objects.filter(is_public, **{use.name: OuterRef("pk")})))
