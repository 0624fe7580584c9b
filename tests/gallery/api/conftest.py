"""Programs that speak for the people of the other tests."""

import pytest
from rest_framework.test import APIClient

from gallery.services.tokens import create_token


@pytest.fixture
def api():
    """A program without a token."""
    return APIClient()


@pytest.fixture
def program_of():
    """A program with a token of that person."""

    def make(owner) -> APIClient:
        _, text = create_token(owner, "test")
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
        return client

    return make


@pytest.fixture
def as_ada_api(program_of, ada):
    return program_of(ada)


@pytest.fixture
def as_ben_api(program_of, ben):
    return program_of(ben)
