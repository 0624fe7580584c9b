"""Sharing, renaming and removing artworks."""

from django.db import transaction
from django.utils import timezone

from gallery.exceptions import Conflict, InvalidRequest
from gallery.models import Artwork, DeletedExample
from gallery.services.presence import save_changes
from gallery.services.searches import forget_search
from gallery.services.uploads import remove_picture_file


def share_artwork(artwork: Artwork, visibility: str, show_content: bool) -> None:
    """Set who may see an artwork, and whether they see the photo beside it. Raises `Conflict` before it is painted and
    once it is gone."""
    if visibility not in Artwork.Visibility.values:
        raise InvalidRequest("Choose who may see the artwork.", field="visibility")
    if visibility != Artwork.Visibility.PRIVATE and not artwork.result:
        raise Conflict("Only a finished artwork can be shared.")
    published_at = artwork.published_at
    if visibility == Artwork.Visibility.PUBLIC:
        published_at = published_at or timezone.now()
    save_changes(artwork, visibility=visibility, show_content=show_content, published_at=published_at)


def rename_artwork(artwork: Artwork, title: str, alt_text: str) -> None:
    """Change the title and the description for people who cannot see the picture. Raises `Conflict` once it is gone."""
    save_changes(artwork, title=title.strip()[:120] or artwork.title, alt_text=alt_text.strip()[:300])


def delete_artwork(artwork: Artwork) -> None:
    """Remove an artwork, its result and its jobs; a worker painting it loses its lease and stops.

    That a bundled one was deleted is remembered, so that it does not come back.
    """
    pk, result = artwork.pk, artwork.result
    with transaction.atomic():
        if artwork.is_example:
            DeletedExample.objects.get_or_create(pk=artwork.pk)
        artwork.delete()
        transaction.on_commit(lambda: forget_search(pk))
        if result:
            transaction.on_commit(lambda: remove_picture_file(result))
