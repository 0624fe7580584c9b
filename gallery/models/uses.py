"""What the sources of artworks, paintings and trained styles, have in common."""

from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce


class StyleSourceQuerySet(models.QuerySet):
    def with_public_artworks(self):
        """With `public_artworks`: how many hang in the gallery that were painted with each."""
        use = self.model._meta.get_field("artworkstyle").field
        artworks = use.model._meta.get_field("artwork").related_model.objects.public().order_by()
        painted = artworks.filter(**{f"artworkstyle__{use.name}": OuterRef("pk")})
        counted = painted.values("visibility").annotate(count=Count("pk")).values("count")
        return self.annotate(public_artworks=Coalesce(Subquery(counted), 0))
