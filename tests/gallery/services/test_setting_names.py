import pytest

from gallery.exceptions import InvalidRequest
from gallery.services.setting_names import check_setting_names

KNOWN = ["strength", "stroke", "image_size"]


def test_settings_that_there_are_pass():
    check_setting_names({"stroke": 1, "image_size": 64}, KNOWN, "parameters")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("strenght", "There is no setting 'strenght'; did you mean 'strength'?"),
        ("brush", "There is no setting 'brush'; there are: strength, stroke, image_size."),
    ],
)
def test_another_is_told_with_the_nearest_one_or_all(name, told):
    with pytest.raises(InvalidRequest) as refusal:
        check_setting_names({"stroke": 1, name: 1}, KNOWN, "parameters")
    assert (refusal.value.message, refusal.value.field) == (told, "parameters")
