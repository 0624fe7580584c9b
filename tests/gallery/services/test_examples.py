import pytest

from gallery.examples import load_catalogue
from gallery.models import Artwork, ContentImage, StyleImage
from gallery.services.examples import load_examples

pytestmark = pytest.mark.django_db


def files(media_root):
    return {path: path.stat().st_mtime_ns for path in media_root.rglob("*") if path.is_file()}


def test_the_bundled_pictures_are_there_after_loading_and_a_second_time_changes_nothing(media_root):
    load_examples()
    catalogue = load_catalogue()
    assert ContentImage.objects.examples().count() == len(catalogue.photos) >= 4
    assert StyleImage.objects.examples().count() == len(catalogue.styles) >= 6
    assert Artwork.objects.public().count() == len(catalogue.artworks)
    before = files(media_root)
    load_examples()
    assert files(media_root) == before
    assert Artwork.objects.count() == len(catalogue.artworks)


def test_a_lost_file_is_brought_back(media_root):
    load_examples()
    photo = ContentImage.objects.first()
    path = media_root / photo.file.name
    path.unlink()
    load_examples()
    photo.refresh_from_db()
    assert (media_root / photo.file.name).exists()


def test_examples_are_visible_to_everybody_and_belong_to_nobody(ada):
    from django.contrib.auth.models import AnonymousUser

    load_examples()
    for user in (ada, AnonymousUser()):
        assert StyleImage.objects.visible_to(user).count() == StyleImage.objects.count()
    assert not StyleImage.objects.exclude(owner=None).exists()
