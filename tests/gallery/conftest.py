"""What the tests of pages, API and records hang on the walls."""

from itertools import count

import pytest
from django.utils import timezone

from gallery.models import Artwork, ArtworkStyle, StyleModel

number = count(1)


@pytest.fixture
def hang(db):
    """An artwork that everybody sees in the gallery, made with these styles, as if it were painted."""

    def hang(owner, title, *styles, **fields):
        published = {"visibility": "public", "published_at": timezone.now(), "result": f"results/{next(number)}.jpg"}
        record = {"title": title, "width": 96, "height": 72, **published, **fields}
        artwork = Artwork.objects.create(owner=owner, **record)
        for position, style in enumerate(styles):
            kind = "model" if isinstance(style, StyleModel) else "style"
            ArtworkStyle.objects.create(artwork=artwork, position=position, **{kind: style})
        return artwork

    return hang


@pytest.fixture
def named():
    """Give a picture or a style another title, and what else is wanted of it."""

    def named(record, title, **fields):
        type(record).objects.filter(pk=record.pk).update(title=title, **fields)
        record.refresh_from_db()
        return record

    return named
