"""What is deleted in the instant in which something is asked for with it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from gallery.exceptions import Conflict, InvalidRequest
from gallery.models import Artwork, Experiment, Job, StyleModel, TrainingRun
from gallery.services import requests
from gallery.services.artworks import rename_artwork, share_artwork
from gallery.services.networks import describe_network
from gallery.services.uploads import delete_source_image, update_source_image

# A missing record is noticed where the transaction ends.
pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(action, *arguments):
    """Do something over another connection, and wait until it is done."""

    def act():
        try:
            action(*arguments)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(act).result(timeout=30)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write after the other")
@pytest.mark.parametrize("field", ["content", "styles"])
def test_a_picture_deleted_while_a_request_with_it_is_written_is_as_one_that_is_not_there(
    ada, make_photo, make_painting, monkeypatch, field
):
    photo, painting, queue = make_photo(ada), make_painting(ada), requests._queue_job

    def queue_late(artwork):
        elsewhere(delete_source_image, photo if field == "content" else painting)
        return queue(artwork)

    monkeypatch.setattr(requests, "_queue_job", queue_late)
    with pytest.raises(InvalidRequest, match="deleted a moment ago") as refusal:
        requests.request_artwork(ada, photo, [(painting, 1.0)], {"image_size": 64})
    assert refusal.value.field == field
    assert (Artwork.objects.count(), Job.objects.count()) == (0, 0)


@pytest.mark.parametrize(("kind", "field"), [("artwork", "content"), ("experiment", "content")])
def test_a_photo_deleted_after_it_was_chosen_is_as_one_that_is_not_there(request, ada, make_photo, kind, field):
    photo = make_photo(ada)
    type(photo).objects.filter(pk=photo.pk).delete()
    with pytest.raises(InvalidRequest, match="deleted a moment ago") as refusal:
        request.getfixturevalue(f"make_{kind}")(ada, content=photo)
    assert refusal.value.field == field
    assert not Artwork.objects.exists()
    assert not Experiment.objects.exists()


def test_a_painting_deleted_after_it_was_chosen_teaches_nothing(
    ada, make_training, make_painting, trained, example_photo
):
    from gallery.services.teaching import teach_style

    painting = make_painting(ada)
    type(painting).objects.filter(pk=painting.pk).delete()
    with pytest.raises(InvalidRequest, match="deleted a moment ago"):
        make_training(ada, styles={"waves": [painting]})
    with pytest.raises(InvalidRequest, match="deleted a moment ago"):
        teach_style(ada, [painting])
    assert not TrainingRun.objects.exists()
    assert not StyleModel.objects.filter(owner=ada).exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda artwork, photo, network: share_artwork(artwork, "private", show_content=True),
        lambda artwork, photo, network: rename_artwork(artwork, "Tides", ""),
        lambda artwork, photo, network: update_source_image(photo, title="Tides", alt_text=""),
        lambda artwork, photo, network: describe_network(network, "Tides", "", ""),
    ],
    ids=["share", "rename", "picture", "network"],
)
def test_what_was_deleted_meanwhile_is_not_changed_but_said_to_be_gone(ada, make_artwork, trained, change):
    artwork = make_artwork(ada)
    known = artwork, artwork.content, trained[0].network
    for record in known:
        type(record).objects.filter(pk=record.pk).delete()
    with pytest.raises(Conflict, match="deleted in the meantime"):
        change(*known)
