import pytest

from gallery.exceptions import InvalidRequest
from gallery.models import Experiment, Job
from gallery.services.grids import checked_grid, default_parameters, setting_names
from tests.conftest import QUICK

pytestmark = pytest.mark.django_db
TRAINING = {"method": "training", "parameters": {"steps": 4}, "varied": {"style_weight": [6, 12]}}


@pytest.mark.parametrize(
    ("parameters", "varied", "field", "message"),
    [
        ({}, {"style_weight": [20, -1]}, "style_weight", "style_weight is -1"),
        ({"num_steps": 0}, {"style_weight": [1, 2]}, "num_steps", "num_steps is 0"),
        ({}, {"image_size": [64, 9000]}, "image_size", "whole number from 32"),
        ({}, {"image_size": [64, 1700]}, "image_size", "1600 at the most in this gallery"),
        ({}, {"num_steps": [1, 2001]}, "num_steps", "2000 at the most in this gallery"),
        ({}, {"extractor": ["slim", "vgg99"]}, "extractor", "choose one of"),
        ({}, {"content_layers": [["relu1_2"], ["relu9_9"]]}, "content_layers", "relu9_9"),
        ({"content_weight": 0}, {"style_weight": [0, 1]}, "style_weight", "both 0"),
        ({}, {"strength": [1, 2]}, "varied", "no setting 'strength'"),
        ({"steps": 3}, {"style_weight": [1, 2]}, "parameters", "no setting 'steps'"),
        ({}, {}, "varied", "two values or more"),
        ({}, {"seed": [1]}, "varied", "two values or more"),
        ({}, {"seed": []}, "seed", "no values"),
        ({}, {"seed": [1, 1]}, "seed", "a value twice"),
        ({}, {"seed": list(range(17))}, "varied", "17 trials; 16 are the most"),
        ({}, {"seed": [1] * 17}, "varied", "17 trials; 16 are the most"),
        ({}, {"style_weights": [[1], [1, 2]]}, "style_weights", "each of the 1 paintings"),
        ({}, {"style_weight": [10**400, 1]}, "style_weight", "style_weight is 10000"),
        ({}, {"extractor": [{}, "slim"]}, "extractor", "choose one of"),
        ({}, {"style_layers": [5, None]}, "style_layers", "names of layers"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name_before_anything_is_queued(
    ada, make_experiment, parameters, varied, field, message
):
    with pytest.raises(InvalidRequest, match=message) as refusal:
        make_experiment(ada, varied or {"seed": [3]}, parameters={**QUICK, **parameters})
    assert refusal.value.field == field
    assert not Experiment.objects.exists()
    assert not Job.objects.exists()


def test_the_limit_of_trials_is_a_setting(ada, make_experiment, settings):
    settings.MAX_TRIALS = 3
    assert make_experiment(ada, {"seed": [1, 2, 3]}).trial_count == 3
    with pytest.raises(InvalidRequest, match="4 trials; 3 are the most"):
        make_experiment(ada, {"seed": [1, 2], "num_steps": [1, 2]})


def test_a_training_is_short_and_its_files_are_the_workers_business(trainer, make_experiment, trained):
    for parameters, field in [({"dataset": "/"}, "parameters"), ({"epochs": 3}, "parameters"),
                              ({"steps": 200_001}, "steps"), ({"steps": None}, "steps")]:  # fmt: skip
        with pytest.raises(InvalidRequest) as refusal:
            make_experiment(trainer, **TRAINING | {"parameters": parameters})
        assert refusal.value.field == field
    with pytest.raises(InvalidRequest, match="Only trainings begin from a network"):
        make_experiment(trainer, base=trained[0].network)


def test_limits_below_the_usual_values_refuse_nothing_that_nobody_asked_for(settings):
    settings.MAX_ARTWORK_SIZE, settings.MAX_ARTWORK_STEPS = 100, 90
    for method in ("gatys", "training"):
        shared, _ = checked_grid(method, 1, {}, {"style_weight": [1, 2]}, base=None)
        assert shared["image_size"] == 100
    with pytest.raises(InvalidRequest, match="image_size may be 100 at the most"):
        checked_grid("gatys", 1, {"image_size": 101}, {"style_weight": [1, 2]}, base=None)


def test_the_settings_that_may_be_given_have_defaults():
    for method in ("gatys", "training"):
        assert list(default_parameters(method)) == setting_names(method)
    assert default_parameters("training")["steps"] == 100
