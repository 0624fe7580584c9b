import pytest

from gallery.exceptions import InvalidRequest
from gallery.services.configurations import configured, unknown_settings
from stylize_engine.config import GatysConfig

KNOWN = ["strength", "stroke", "image_size"]


def test_settings_that_there_are_pass():
    assert unknown_settings({"stroke": 1, "image_size": 64}, KNOWN, "parameters") == {}


def test_others_are_told_each_with_the_nearest_one_or_all():
    told = unknown_settings({"stroke": 1, "strenght": 1, "brush": 1}, KNOWN, "parameters")
    assert told == {
        "parameters": "There is no setting 'strenght'; did you mean 'strength'? "
        "There is no setting 'brush'; there are: strength, stroke, image_size."
    }


def test_all_that_is_wrong_is_told_at_once_whoever_refuses_it():
    wrong = {"num_steps": 900, "stroke": 9, "brush": 1, "content_layers": ["relu9_9"], "precision": "fp8", "seed": 4}
    with pytest.raises(InvalidRequest) as refusal:
        configured(GatysConfig, wrong, {}, limits={"num_steps": 500}, refused={"extractor": "No worker has it."})
    assert set(refusal.value.fields) == set(wrong) - {"seed", "brush"} | {"parameters", "extractor"}
    assert refusal.value.fields["num_steps"] == "num_steps may be 500 at the most in this gallery."


def test_where_nothing_is_asked_for_a_limit_below_the_default_takes_its_place():
    config = configured(GatysConfig, {}, {}, limits={"num_steps": 100, "image_size": 4000})
    assert (config.num_steps, config.image_size) == (100, GatysConfig.image_size)


def test_a_value_of_no_kind_that_can_be_compared_is_refused_by_its_name():
    with pytest.raises(InvalidRequest) as refusal:
        configured(
            GatysConfig, {"extractor": {}, "style_layers": 5, "image_size": "large"}, {}, limits={"image_size": 9}
        )
    assert set(refusal.value.fields) == {"extractor", "style_layers", "image_size"}
