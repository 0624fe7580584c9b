"""The schema against the gallery itself: no crash, and every answer as it is described."""

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gallery.services.tokens import create_token

# Real requests close their connection at their end, which a transaction around the test would not survive.
pytestmark = pytest.mark.django_db(transaction=True)
EXAMPLES = 20
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(django_db_setup, django_db_blocker):
    """The schema as the gallery gives it; whose it is makes no difference."""
    with django_db_blocker.unblock():
        return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application())


@pytest.fixture
def gallery_schema(described, make_user, trained, example_photo, make_artwork, make_training, make_experiment):
    root = make_user("root", is_staff=True, is_superuser=True)
    make_artwork(root)
    make_training(root)
    make_experiment(root)
    described.config.headers = {"Authorization": f"Bearer {create_token(root, 'schemathesis')[1]}"}
    return described


def operations():
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    return [(path, method) for path, methods in paths.items() for method in methods]


@pytest.mark.parametrize(("path", "method"), operations(), ids=lambda part: part)
def test_every_operation_answers_as_it_is_described(gallery_schema, path, method):
    @given(case=gallery_schema[path][method].as_strategy())
    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def answers(case):
        case.call_and_validate(checks=CHECKS)

    answers()


def test_every_operation_that_takes_json_shows_an_example():
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    bodies = {
        (path, method): operation["requestBody"]["content"].get("application/json")
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "requestBody" in operation
    }
    assert [operation for operation, body in bodies.items() if body and not body.get("examples")] == []
