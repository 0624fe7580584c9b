import pytest

from gallery.rendering.gate import Inspection
from gallery.rendering.networks import network_for

pytestmark = pytest.mark.django_db


def test_a_painting_that_is_the_sample_photo_itself_gives_no_style_score(trained, example_photo):
    inspection = Inspection("mark", network_for([trained[0]]), 1)
    scores = inspection.scores(trained[0].slug, [example_photo.file.path])
    assert scores["style_score"] is None
    assert scores["content_score"] > 0
