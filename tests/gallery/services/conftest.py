import pytest

from gallery.models import StyleModel
from gallery.services.teaching import teach_style
from tests.conftest import PASSED_GATE


@pytest.fixture
def lesson(ada, trained, example_photo, make_painting):
    return teach_style(ada, [make_painting(ada)], "My waves")


@pytest.fixture
def offered(ada, trained):
    """Makes styles that have passed the gate and wait for an administrator."""

    def make(**fields):
        fields = {"state": "offered", "gate": PASSED_GATE, "title": "Waves"} | fields
        source = trained[0]
        number = StyleModel.objects.count()
        return StyleModel.objects.create(
            network=source.network, owner=ada, row=source.row, slug=f"waves-{number}", **fields
        )

    return make
