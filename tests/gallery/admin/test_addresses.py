import pytest

from gallery.models import Artwork, Job, StyleModel
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "asked"), [(Artwork, "title=%00"), (StyleModel, "slug=a%00"), (Job, "worker_name__contains=%00")]
)
def test_a_list_that_is_asked_for_null_characters_does_not_understand(as_admin, model, asked):
    page = as_admin.get(f"{admin_url(model, 'changelist')}?{asked}")
    assert page.status_code == 400
    assert "did not understand" in page.text
