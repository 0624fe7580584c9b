"""Brings all that is bundled into the database; may be repeated at any time.

What administrators have decided since stands: an artwork withdrawn or deleted stays so, and so does a style taken away.
Titles, descriptions and credits come anew only with a picture or a network that differs from the one before.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from PIL import Image

from gallery.examples import Catalogue, ExampleArtwork, configuration, load_catalogue
from gallery.models import Artwork, ArtworkStyle, ContentImage, DeletedExample, StyleImage
from gallery.models.images import SourceImage
from gallery.services.example_styles import example_id, load_trained_styles, replace_file
from gallery.services.picture_folder import claim_empty_folder
from gallery.services.requests import Shares, add_styles, kept_parameters


def load_examples() -> Catalogue:
    """Create every bundled record, and update those whose picture or network differs from the bundled one.

    Returns what is in place now: all but the artworks that were deleted.
    """
    claim_empty_folder()
    catalogue = _without_deleted(load_catalogue())
    with transaction.atomic():
        photos = {photo.slug: _load_picture(ContentImage, photo, photo.credit) for photo in catalogue.photos}
        styles = {style.slug: _load_picture(StyleImage, style, "") for style in catalogue.styles}
        trained = load_trained_styles(catalogue.models)
        # The last one published hangs first.
        for artwork in reversed(catalogue.artworks):
            sources = trained if artwork.method == Artwork.Method.NETWORK else styles
            shares = [(sources[slug], weight) for slug, weight in artwork.styles]
            _load_artwork(artwork, photos[artwork.photo], shares)
    return catalogue


def _without_deleted(catalogue: Catalogue) -> Catalogue:
    deleted = set(DeletedExample.objects.values_list("pk", flat=True))
    kept = (artwork for artwork in catalogue.artworks if example_id("artwork", artwork.slug) not in deleted)
    return replace(catalogue, artworks=tuple(kept))


def _load_picture(model: type[SourceImage], example, credit: str) -> SourceImage:
    data = example.path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    picture = model.objects.filter(pk=example_id(model.folder, example.slug)).first()
    if picture is None:
        picture = model(pk=example_id(model.folder, example.slug), is_example=True)
    is_another = picture.sha256 != digest
    if is_another:
        picture.title, picture.alt_text, picture.credit = example.title, example.alt, credit
    if is_another or not picture.file.storage.exists(picture.file.name):
        picture.sha256, picture.byte_size = digest, len(data)
        picture.width, picture.height = _size_of(example.path)
        replace_file(picture, "file", f"picture{example.path.suffix}", data)
    picture.save()
    return picture


def _load_artwork(example: ExampleArtwork, photo: ContentImage, styles: Shares) -> None:
    data = example.path.read_bytes()
    name = f"{example_id('artwork', example.slug)}-{hashlib.sha256(data).hexdigest()[:12]}{example.path.suffix}"
    artwork = Artwork.objects.filter(pk=example_id("artwork", example.slug)).first()
    if artwork is None:
        artwork = Artwork(pk=example_id("artwork", example.slug), is_example=True, published_at=timezone.now())
        artwork.visibility, artwork.show_content = Artwork.Visibility.PUBLIC, True
    is_another = not artwork.result.name.endswith(name)
    if is_another:
        artwork.title, artwork.alt_text = example.title, example.alt
    artwork.content, artwork.method = photo, example.method
    config = configuration(example.method, dict(example.styles), example.parameters)
    artwork.parameters = kept_parameters(config)
    artwork.loss_history, artwork.provenance = list(example.losses), {"seconds": example.seconds}
    artwork.width, artwork.height = _size_of(example.path)
    if is_another or not artwork.result.storage.exists(artwork.result.name):
        replace_file(artwork, "result", name, data)
    artwork.byte_size = len(data)
    artwork.save()
    ArtworkStyle.objects.filter(artwork=artwork).delete()
    add_styles(artwork, styles)


def _size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size
