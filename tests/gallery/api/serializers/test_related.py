"""A record that is not there is told in plain words, whatever field of whatever request names it."""

import pytest
from django.urls import reverse
from rest_framework.relations import ManyRelatedField, RelatedField
from rest_framework.serializers import ListSerializer, ModelSerializer, Serializer

from gallery.api.serializers.related import RecordField, SlugField

pytestmark = pytest.mark.django_db
NOBODY = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def as_trainer_api(program_of, trainer):
    return program_of(trainer)


@pytest.mark.parametrize(
    ("name", "field", "wish", "what"),
    [
        ("artwork", "content", {"content": NOBODY}, "photo"),
        ("artwork", "parent", {"parent": NOBODY}, "artwork"),
        ("artwork", "styles.0.painting", {"styles": [{"painting": NOBODY}]}, "painting"),
        ("experiment", "content", {"content": NOBODY}, "photo"),
        ("experiment", "pictures.0", {"pictures": [NOBODY]}, "painting"),
        ("experiment", "base", {"base": NOBODY}, "network"),
        ("style", "pictures.0", {"pictures": [NOBODY]}, "painting"),
        ("training", "base", {"base": NOBODY}, "network"),
        ("training", "photo_set", {"photo_set": NOBODY}, "photo set"),
        ("training", "styles.0.paintings.0", {"styles": [{"name": "a", "paintings": [NOBODY]}]}, "painting"),
    ],
)
def test_an_id_of_no_record_is_told_in_plain_words(as_trainer_api, name, field, wish, what):
    fields = as_trainer_api.post(reverse(f"api:{name}-list"), wish).json()["fields"]
    assert fields[field] == [f"There is no {what} with the id {NOBODY} that you may use; choose another."]


@pytest.mark.parametrize("value", ["nope", True, ["nope"], {"id": 1}])
def test_what_is_no_id_is_told_in_plain_words(as_trainer_api, value):
    fields = as_trainer_api.post(reverse("api:artwork-list"), {"content": value}).json()["fields"]
    assert fields["content"] == ["Give the id of the photo, a UUID."]


def test_a_slug_of_no_style_is_told_in_plain_words(as_trainer_api):
    fields = as_trainer_api.post(reverse("api:artwork-list"), {"styles": [{"style": "nope"}]}).json()["fields"]
    assert fields["styles.0.style"] == ["There is no style “nope” that you may use; choose another."]


@pytest.mark.usefixtures("trained")
def test_what_no_slug_can_be_is_told_in_plain_words(as_trainer_api):
    fields = as_trainer_api.post(reverse("api:artwork-list"), {"styles": [{"style": "a\0"}]}).json()["fields"]
    assert fields["styles.0.style"] == ["Give the slug of the style, a short text."]
    answer = as_trainer_api.post(reverse("api:style-follow", args=["lines"]), {"earlier": "\0"})
    assert (answer.status_code, answer.json()["fields"]) == (
        400,
        {"earlier": ["Give the slug of the style, a short text."]},
    )


def serializers_below(kind):
    for inner in kind.__subclasses__():
        yield inner
        yield from serializers_below(inner)


def related_fields(field):
    if isinstance(field, Serializer):
        for inner in field.fields.values():
            yield from related_fields(inner)
    elif isinstance(field, ListSerializer) or (hasattr(field, "child") and field.child is not None):
        yield from related_fields(field.child)
    elif isinstance(field, RelatedField | ManyRelatedField) and not field.read_only:
        yield field


def test_every_field_that_names_a_record_is_of_a_kind_that_does_so():
    reverse("api:docs")  # all serializers are loaded
    own = (kind for kind in serializers_below(Serializer) if kind.__module__.startswith("gallery."))
    kinds = [kind for kind in own if hasattr(kind, "Meta") or not issubclass(kind, ModelSerializer)]
    found = [field for kind in kinds for field in related_fields(kind())]
    assert found
    assert [field for field in found if not isinstance(field, RecordField | SlugField)] == []
