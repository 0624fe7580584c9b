import pytest

from gallery.examples import load_catalogue
from gallery.models import Artwork, ContentImage, StyleImage, StyleModel
from gallery.services.artworks import delete_artwork
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


def test_artworks_of_trained_styles_hang_beside_those_after_pictures():
    load_examples()
    of_network = Artwork.objects.public().filter(method="network")
    assert 4 <= of_network.count() < Artwork.objects.public().count()
    for artwork in of_network:
        ((style, weight),) = artwork.shares
        assert (style.is_example, style.network, weight) == (True, StyleModel.objects.first().network, 1)
        assert artwork.parameters["refine_steps"]


def test_what_administrators_have_decided_stands():
    load_examples()
    words = {"title": "Renamed", "alt_text": "Described anew"}
    for model in (ContentImage, StyleImage):
        model.objects.update(credit="Somebody", **words)
    Artwork.objects.update(visibility="private", show_content=False, **words)
    load_examples()
    for model in (ContentImage, StyleImage):
        assert not model.objects.exclude(credit="Somebody", **words).exists()
    assert not Artwork.objects.exclude(visibility="private", show_content=False, **words).exists()


def test_another_picture_brings_its_words_but_hangs_only_where_the_one_before_did(media_root):
    load_examples()
    kept = {model: model.objects.in_bulk() for model in (ContentImage, StyleImage, Artwork)}
    ContentImage.objects.update(sha256="0" * 64, title="Earlier", alt_text="Earlier")
    StyleImage.objects.update(sha256="0" * 64, title="Earlier", alt_text="Earlier")
    Artwork.objects.update(result="results/earlier.jpg", title="Earlier", alt_text="Earlier", visibility="private")
    load_examples()
    for model, before in kept.items():
        for record in model.objects.all():
            assert (record.title, record.alt_text) == (before[record.pk].title, before[record.pk].alt_text)
    for artwork in Artwork.objects.all():
        assert (artwork.visibility, artwork.result.storage.exists(artwork.result.name)) == ("private", True)


def test_a_deleted_artwork_stays_deleted_and_the_others_hang_as_before():
    before = len(load_examples().artworks)
    key = Artwork.objects.public().first().pk
    delete_artwork(Artwork.objects.get(pk=key))
    assert len(load_examples().artworks) == before - 1
    assert not Artwork.objects.filter(pk=key).exists()
    assert Artwork.objects.public().count() == before - 1


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
