"""Sharing, renaming and removing artworks."""

from django.db import transaction
from django.utils import timezone

from gallery.exceptions import Conflict, InvalidRequest
from gallery.models import Artwork, DeletedExample
from gallery.services.presence import GONE, save_changes
from gallery.services.searches import forget_search
from gallery.services.uploads import remove_picture_file


def share_artwork(
    artwork: Artwork, visibility: str | None = None, show_content: bool | None = None, *, seen: str | None = None
) -> None:
    """Set who may see an artwork, and whether they see the photo beside it; None leaves as it is what it is now.

    Raises `Conflict` before it is painted, once it is gone or was withdrawn, and where its visibility is not that which
    was `seen` by whoever decides.
    """
    if visibility not in (None, *Artwork.Visibility.values):
        raise InvalidRequest("Choose who may see the artwork.", field="visibility")
    with transaction.atomic():
        now = Artwork.objects.select_for_update().filter(pk=artwork.pk).first()
        if now is None:
            raise Conflict(GONE)
        if seen and now.visibility != seen:
            changed = f"Who may see it was changed meanwhile, to “{now.get_visibility_display()}”"
            raise Conflict(f"{changed}; look at it and save again.")
        if visibility not in (None, Artwork.Visibility.PRIVATE):
            _check_shareable(now)
        given = {"visibility": visibility, "show_content": show_content}
        fields = {name: value for name, value in given.items() if value is not None}
        if visibility == Artwork.Visibility.PUBLIC:
            fields["published_at"] = now.published_at or timezone.now()
        save_changes(artwork, **fields)


def _check_shareable(artwork: Artwork) -> None:
    if not artwork.result:
        raise Conflict("Only a finished artwork can be shared.")
    if artwork.withdrawn_at:
        raise Conflict("An administrator has withdrawn this artwork; ask them before it is shared again.")


def withdraw_artwork(artwork: Artwork) -> None:
    """Make an artwork private until an administrator allows otherwise. Raises `Conflict` where it is gone."""
    save_changes(artwork, visibility=Artwork.Visibility.PRIVATE, withdrawn_at=timezone.now())


def allow_artwork(artwork: Artwork) -> None:
    """Let an artwork that was withdrawn be shared again; one of the gallery's own hangs at once. Raises `Conflict`
    where it is gone."""
    save_changes(artwork, withdrawn_at=None)
    if artwork.is_example:
        share_artwork(artwork, Artwork.Visibility.PUBLIC)


def rename_artwork(artwork: Artwork, title: str | None = None, alt_text: str | None = None) -> None:
    """Change the title and the description for people who cannot see the picture; None leaves as it is what it is now,
    and so does an empty title. Raises `Conflict` once it is gone."""
    fields = {"title": title.strip()[:120]} if title and title.strip() else {}
    if alt_text is not None:
        fields["alt_text"] = alt_text.strip()[:300]
    save_changes(artwork, **fields)


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
