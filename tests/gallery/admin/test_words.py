"""What the administration calls things."""

import pytest
from django.contrib import admin

from gallery.models import Job
from tests.gallery.admin.conftest import admin_url

pytestmark = pytest.mark.django_db
OWN = [model for model in admin.site._registry if model._meta.app_label == "gallery"]


def test_records_are_called_as_on_the_pages(as_admin):
    page = as_admin.get("/admin/").text
    for words in ("Photos", "Paintings", "Networks", "Styles", "Trainings", "Photo sets", "Artworks", "Jobs"):
        assert f">{words}</a>" in page
    assert "images" not in page


@pytest.mark.parametrize("model", OWN, ids=lambda model: model.__name__)
def test_no_field_that_is_shown_is_called_as_in_the_code(as_admin, rf, model, django_user_model):
    request = rf.get("/")
    request.user = django_user_model.objects.get()
    shown = admin.site._registry[model]
    names = {*shown.get_list_display(request), *shown.get_fields(request, model())}
    fields = {field.name: str(field.verbose_name) for field in model._meta.fields if field.name in names}
    unsaid = ("byte size", "content", "parent", "is example", "eta seconds", "pid", "gate", "base", "loaded", "refused",
              "style model", "training run", "error code", "lease expires at", "memory bytes", "slug")  # fmt: skip
    assert {name: words for name, words in fields.items() if words in unsaid} == {}


def test_a_job_tells_its_progress_in_words(as_admin, ada, make_artwork):
    make_artwork(ada)
    page = as_admin.get(admin_url(Job, "changelist")).text
    assert "Percent" in page
    assert "Code of its failure" in page
