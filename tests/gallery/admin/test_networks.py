from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from gallery.admin import networks
from gallery.models import StyleNetwork
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db


def sent():
    return {"title": "Waves", "file": SimpleUploadedFile("waves.safetensors", b"weights")}


def test_a_file_that_was_sent_twice_at_once_is_kept_once_and_the_other_told(as_admin, monkeypatch):
    as_admin.post(admin_url(StyleNetwork, "add"), sent())
    # When the form of the second was looked at, the first was not there yet.
    monkeypatch.setattr(networks, "check_upload", lambda upload: None)
    page = as_admin.post(admin_url(StyleNetwork, "add"), sent(), follow=True)
    assert "This very file is here already." in page.text
    assert StyleNetwork.objects.count() == 1


def test_a_disk_without_room_is_told_beside_the_file(as_admin, settings):
    settings.MIN_FREE_BYTES = 2**60
    page = as_admin.post(admin_url(StyleNetwork, "add"), sent())
    assert "make room first" in str(page.context["adminform"].form.errors["file"])
    assert not StyleNetwork.objects.exists()


def test_a_file_that_did_not_arrive_for_want_of_room_is_told(as_admin, full_disk):
    full_disk("waves.safetensors")
    page = as_admin.post(admin_url(StyleNetwork, "add"), sent())
    assert page.status_code == 507
    assert "“waves.safetensors”: The gallery's disk is full" in unescape(page.text)
    assert not StyleNetwork.objects.exists()


def test_the_network_of_the_bundled_styles_stays_and_one_of_earlier_days_can_be_deleted(
    as_admin, trained, load_bundled
):
    earlier = trained[0].network
    page = admin_url(StyleNetwork, "delete", earlier.pk)
    assert as_admin.get(page).status_code == 403
    load_bundled(seed=1)
    as_admin.post(page, {"post": "yes"})
    assert not StyleNetwork.objects.filter(pk=earlier.pk).exists()
