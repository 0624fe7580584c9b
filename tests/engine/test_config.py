import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stylize_engine.config import ApplyConfig, Architecture, DistillationConfig, GatysConfig, TrainingConfig
from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS, depth_of

NAN, INFINITY = float("nan"), float("inf")


def distillation(**fields):
    return DistillationConfig(**{"photos": "photos", "styles": "styles", "output": "slim.safetensors"} | fields)


def test_the_defaults_make_sense():
    config = GatysConfig()
    assert config.resolved_content_layers == EXTRACTORS["slim"].content
    assert config.resolved_style_layers == EXTRACTORS["slim"].style
    assert config.resolved_pyramid_levels == 3


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_each_extractor_brings_its_own_layers(extractor):
    config = GatysConfig(extractor=extractor)
    offered = EXTRACTORS[extractor].names
    assert set(config.resolved_layers) <= set(offered)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image_size", 31), ("image_size", 8193), ("image_size", 512.0), ("image_size", True), ("image_size", "512"),
        ("num_steps", 0), ("num_steps", 20_001), ("seed", -1), ("seed", 2**63),
        ("extractor", "vgg11"), ("optimizer", "sgd"), ("init", "grey"), ("pooling", "min"), ("precision", "fp16"),
        ("content_weight", -1), ("style_weight", NAN), ("tv_weight", INFINITY), ("style_weight", "10"),
        ("tv_weight", True), ("learning_rate", 0), ("learning_rate", -0.1), ("learning_rate", 1e5),
        ("pyramid_levels", 0), ("pyramid_levels", 7), ("content_layers", ()), ("content_layers", ("relu4_2",)),
        ("style_layers", ("layer1",)), ("style_layers", ("relu1_1", "relu1_1")), ("style_weights", ()),
        ("style_weights", (0, 0)), ("style_weights", (1, -1)), ("style_weights", (1,) * 9), ("style_weight", 10**400),
    ],
)  # fmt: skip
def test_a_value_without_sense_is_refused_and_its_field_named(field, value):
    with pytest.raises(ConfigurationError, match=field) as caught:
        GatysConfig(**{field: value})
    assert caught.value.field == field


def training(**fields):
    return TrainingConfig(**{"dataset": "photos", "styles": {"wave": ["wave.jpg"]}, "output": "network"} | fields)


@pytest.mark.parametrize("pictures", ["wave.jpg", Path("wave.jpg"), ["wave.jpg"], (Path("wave.jpg"),)])
def test_a_single_path_stands_for_a_list_of_one(pictures):
    config = training(styles={"wave": pictures}, dataset=Path("photos"), samples="one.jpg")
    assert config.styles == {"wave": ("wave.jpg",)}
    assert (config.dataset, config.samples) == (("photos",), ("one.jpg",))


@pytest.mark.parametrize(
    ("config", "field", "value"),
    [(training, "styles", value) for value in (None, "wave.jpg", ["wave.jpg"], {"wave": None}, {"wave": [5]}, {1: "a"})]
    + [(training, field, value) for field in ("dataset", "samples") for value in (None, 5, b"photos", {"photos": 1})]
    + [(ApplyConfig, "styles", value) for value in (None, "wave", ["wave"], 5)],
)
def test_what_is_no_path_or_no_table_is_refused_by_its_field(config, field, value):
    with pytest.raises(ConfigurationError) as caught:
        config(**{field: value})
    assert set(caught.value.refused) == {field}


@pytest.mark.parametrize(
    ("config", "wrong"),
    [
        (
            GatysConfig,
            {"num_steps": 0, "extractor": {}, "style_layers": 5, "tv_weight": "1", "style_weights": ("a", 1)},
        ),
        (ApplyConfig, {"styles": {}, "strength": 2, "tile_size": 1, "precision": "fp8"}),
        (distillation, {"output": "slim.pth", "teacher": "alexnet", "steps": -1}),
        (training, {"resume": "no", "keep_epochs": "false", "seed": -1}),
        (distillation, {"resume": 0, "steps": -1}),
        (Architecture, {"fold": 9, "widths": (1, 1), "edge_kernel": 2, "skip": "yes"}),
    ],
)
def test_all_fields_that_make_no_sense_are_named_at_once(config, wrong):
    with pytest.raises(ConfigurationError) as caught:
        config(**wrong)
    assert set(caught.value.refused) == set(wrong)
    assert caught.value.refused[caught.value.field] == str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [("edge_kernel", 3.0), ("edge_kernel", True), ("fold", 2.0), ("widths", (24, 64.0)), ("blocks", "5")],
)
def test_a_network_has_whole_numbers_for_its_shape(field, value):
    with pytest.raises(ConfigurationError, match=f"{field} is "):
        Architecture(**{field: value})


def test_paintings_are_loaded_as_large_as_strokes_need_them_and_as_pictures_may_be():
    sizes = [GatysConfig(image_size=4096, stroke=stroke).painting_size for stroke in (0.5, 1, 1.5, 4)]
    assert sizes == [4096, 4096, 6144, 8192]
    assert GatysConfig(image_size=8192, stroke=4).style_size(4096) == 8192


@pytest.mark.parametrize("config", [GatysConfig, training])
def test_a_picture_must_be_judged_by_something(config):
    with pytest.raises(ConfigurationError, match="both 0"):
        config(content_weight=0, style_weight=0)


def test_an_unknown_layer_is_answered_with_the_known_ones():
    with pytest.raises(ConfigurationError, match="slim offers: relu1_1, relu1_2"):
        GatysConfig(content_layers=("conv9_9",))


def test_a_configuration_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        GatysConfig().image_size = 256


@given(
    st.builds(
        GatysConfig,
        image_size=st.integers(32, 8192),
        style_weight=st.floats(0.1, 1e6),
        learning_rate=st.none() | st.floats(1e-6, 10),
        content_layers=st.none() | st.lists(st.sampled_from(EXTRACTORS["slim"].names), min_size=1, unique=True),
        style_weights=st.none() | st.lists(st.floats(0.1, 5), min_size=1, max_size=8),
    )
)
def test_a_configuration_survives_json(config):
    assert GatysConfig(**json.loads(json.dumps(config.to_dict()))) == config


def test_the_distillation_has_sensible_defaults_and_survives_json():
    config = distillation()
    assert DistillationConfig(**json.loads(json.dumps(config.to_dict()))) == config


@pytest.mark.parametrize(
    ("field", "value"),
    [("output", "slim.pth"), ("teacher", "alexnet"), ("steps", -1), ("batch_size", 0), ("paintings", 0),
     ("image_size", 8), ("learning_rate", 0), ("checkpoint_every", 0), ("report_every", 0), ("seed", -1),
     ("precision", "fp64")],
)  # fmt: skip
def test_a_distillation_without_sense_is_refused_and_the_field_named(field, value):
    with pytest.raises(ConfigurationError) as caught:
        distillation(**{field: value})
    assert caught.value.field == field


def test_the_depth_of_an_extractor_is_that_of_its_deepest_layer():
    assert depth_of("vgg16", ("relu1_1", "relu3_3")) == EXTRACTORS["vgg16"].names.index("relu3_3") + 1


def test_configurations_need_the_standard_library_only():
    script = """
import sys
import stylize_engine, stylize_engine.config, stylize_engine.errors, stylize_engine.progress, stylize_engine.cli
print([name for name in ("torch", "numpy", "PIL") if name in sys.modules])
"""
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "[]"
