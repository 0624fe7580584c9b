import pytest
from django.contrib.admin.models import LogEntry

from gallery.models import ContentImage, Experiment, StyleNetwork
from gallery.services.networks import add_network
from tests.gallery.admin.conftest import admin_url
from tests.gallery.services.test_networks import network_file

pytestmark = pytest.mark.django_db
CONFIRMED = {"post": "yes"}


@pytest.fixture
def delete_selected(as_admin):
    """The bulk action of a list, confirmed."""

    def delete(*records):
        sent = {"action": "delete_selected", "_selected_action": [record.pk for record in records], **CONFIRMED}
        return as_admin.post(admin_url(type(records[0]), "changelist"), sent, follow=True).text

    return delete


def test_a_photo_that_is_being_painted_stays_and_its_page_says_why(as_admin, ada, make_artwork):
    photo = make_artwork(ada).content
    page = as_admin.post(admin_url(ContentImage, "delete", photo.pk), CONFIRMED, follow=True)
    assert page.redirect_chain == [(admin_url(ContentImage, "change", photo.pk), 302)]
    assert "An artwork is being painted from this photo" in page.text
    assert "deleted successfully" not in page.text
    assert ContentImage.objects.filter(pk=photo.pk).exists()
    assert not LogEntry.objects.exists()


def test_of_several_none_is_deleted_where_one_is_needed(delete_selected, ada, make_artwork, make_photo):
    needed, free = make_artwork(ada).content, make_photo(ada, "violet")
    page = delete_selected(needed, free)
    assert "Nothing was deleted" in page
    assert "An artwork is being painted from this photo" in page
    assert "Successfully deleted" not in page
    assert ContentImage.objects.count() == 2
    assert not LogEntry.objects.exists()


def test_several_that_nothing_needs_are_deleted_with_their_files(
    delete_selected, ada, make_photo, django_capture_on_commit_callbacks
):
    photos = [make_photo(ada, "violet"), make_photo(ada, "navy")]
    with django_capture_on_commit_callbacks(execute=True):
        page = delete_selected(*photos)
    assert "Successfully deleted 2 photos" in page
    assert not any(photo.file.storage.exists(photo.file.name) for photo in photos)


def test_a_network_that_an_experiment_began_from_stays(
    as_admin, delete_selected, ada, tmp_path, example_photo, run_jobs, make_experiment
):
    network = add_network(ada, network_file(tmp_path), "Waves")
    run_jobs()
    experiment = make_experiment(ada)
    Experiment.objects.filter(pk=experiment.pk).update(base=network)
    assert "deleted successfully" not in as_admin.post(admin_url(StyleNetwork, "delete", network.pk), CONFIRMED).text
    assert "Successfully deleted" not in delete_selected(network)
    assert StyleNetwork.objects.filter(pk=network.pk).exists()
    assert not LogEntry.objects.exists()
    experiment.delete()
    assert "Successfully deleted 1 network" in delete_selected(network)
