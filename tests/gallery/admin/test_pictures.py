import pytest
from django.urls import reverse

from gallery.models import Artwork, ContentImage, StyleImage
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db
RIGHTS = {Artwork: "view_artwork", ContentImage: "view_contentimage", StyleImage: "view_styleimage"}


@pytest.mark.parametrize("model", RIGHTS)
def test_who_may_see_a_record_sees_its_picture_on_its_page(as_clerk, ada, make_painted, model):
    make_painted(ada)
    record = model.objects.get()
    clerk = as_clerk(RIGHTS[model])
    page = clerk.get(admin_url(model, "change", record.pk)).text
    for variant in ("card", "full"):
        address = admin_url(model, "picture", record.pk, variant)
        assert f'"{address}"' in page
        assert clerk.get(address)["Content-Type"] == "image/jpeg"


@pytest.mark.parametrize("model", RIGHTS)
def test_nobody_else_does(client, as_ada, as_clerk, ada, make_painted, model):
    make_painted(ada)
    address = admin_url(model, "picture", model.objects.get().pk, "full")
    assert as_ada.get(address).url.startswith(reverse("admin:login"))
    others = [right for other, right in RIGHTS.items() if other is not model]
    assert as_clerk(*others).get(address).status_code == 403


def test_an_artwork_that_is_not_painted_yet_has_none(as_admin, ada, make_artwork):
    artwork = make_artwork(ada)
    assert as_admin.get(admin_url(Artwork, "change", artwork.pk)).status_code == 200
    assert as_admin.get(admin_url(Artwork, "picture", artwork.pk, "full")).status_code == 404
