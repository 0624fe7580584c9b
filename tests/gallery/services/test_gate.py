import pytest

from gallery.exceptions import Conflict
from gallery.services.gate import gate_failures
from gallery.services.styles import publish_style
from tests.conftest import PASSED_GATE

pytestmark = pytest.mark.django_db


def test_a_style_that_was_measured_and_is_good_may_be_published(offered):
    style = offered()
    assert gate_failures(style) == []
    publish_style(style)
    assert style.state == "published"


@pytest.mark.parametrize(
    ("measured", "reason"),
    [
        ({"content_score": 1.8}, "cannot be recognised"),
        ({"style_score": 0.97}, "hardly looks like its painting"),
        ({"seconds_a_megapixel": 50}, "50 s for a megapixel"),
        ({"network_bytes": 2**40}, "network is larger"),
        ({"samples": False}, "no samples"),
    ],
)
def test_a_style_that_is_not_good_enough_is_refused_with_the_reason(offered, measured, reason):
    style = offered(gate=PASSED_GATE | measured)
    with pytest.raises(Conflict, match=reason):
        publish_style(style)
    style.refresh_from_db()
    assert style.state == "offered"


def test_a_style_that_was_not_measured_is_refused_with_advice_that_can_be_followed(offered):
    with pytest.raises(Conflict, match=r"never measured: run manage\.py measure_styles"):
        publish_style(offered(gate={}))
    with pytest.raises(Conflict, match=r"load them, then run manage\.py measure_styles"):
        publish_style(offered(gate={"network_bytes": 1, "samples": False}))


def test_a_network_without_paintings_at_hand_passes_without_a_style_score(offered):
    assert gate_failures(offered(gate=PASSED_GATE | {"style_score": None})) == []
