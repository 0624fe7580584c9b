from itertools import pairwise

import pytest

from stylize_engine.config import GatysConfig
from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS, SLIM_LAYERS, depth_of, expand_layers


def test_vgg19_has_the_sixteen_convolutions_of_the_paper_in_blocks_of_two_two_four_four_four():
    convolutions = [name for name in EXTRACTORS["vgg19"].names if name.startswith("conv")]
    assert len(convolutions) == 16
    assert [sum(name.startswith(f"conv{block}_") for name in convolutions) for block in range(1, 6)] == [2, 2, 4, 4, 4]


def test_every_convolution_of_a_vgg_is_followed_by_its_relu_and_every_block_by_its_pooling():
    names = EXTRACTORS["vgg16"].names
    for first, second in pairwise(names):
        if first.startswith("conv"):
            assert second == first.replace("conv", "relu")
    assert [name for name in names if name.startswith("pool")] == ["pool1", "pool2", "pool3", "pool4", "pool5"]
    assert names[-1] == "pool5"


def test_slim_offers_what_comes_after_each_relu_up_to_relu3_3():
    assert EXTRACTORS["slim"].names == (
        "relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu3_3",
    )  # fmt: skip
    assert SLIM_LAYERS[-1] == "relu3_3"


@pytest.mark.parametrize("extractor", EXTRACTORS)
def test_the_default_layers_are_offered_and_stand_in_the_order_of_depth(extractor):
    layers = EXTRACTORS[extractor]
    positions = [layers.names.index(name) for name in layers.style]
    assert positions == sorted(set(positions))
    assert set(layers.content) <= set(layers.names)
    assert layers.pyramid_levels >= 1


def test_the_depth_is_that_of_the_deepest_layer_whatever_the_order():
    assert depth_of("vgg16", ("relu1_1",)) == 2
    assert depth_of("vgg16", ("pool1", "relu1_1")) == depth_of("vgg16", ("relu1_1", "pool1")) == 5
    assert depth_of("resnet50", ("layer4", "stem")) == 5


@pytest.mark.parametrize(
    ("extractor", "group", "expanded"),
    [
        ("alexnet", "all-conv", ("conv1", "conv2", "conv3", "conv4", "conv5")),
        ("alexnet", "last-but-one-conv", ("conv4",)),
        ("vgg19", "all-pool", ("pool1", "pool2", "pool3", "pool4", "pool5")),
        ("vgg19", "last-conv", ("conv5_4",)),
        ("resnet50", "all-conv", ("stem", "layer1", "layer2", "layer3", "layer4")),
    ],
)
def test_a_group_stands_for_its_layers(extractor, group, expanded):
    assert expand_layers(extractor, (group,)) == expanded
    assert GatysConfig(extractor=extractor, content_layers=(group,)).content_layers == expanded


def test_groups_and_names_mix_without_repeating_a_layer():
    assert expand_layers("alexnet", ("conv4", "all-conv")) == ("conv4", "conv1", "conv2", "conv3", "conv5")
    assert expand_layers("alexnet", ("all-conv", "conv4")) == ("conv1", "conv2", "conv3", "conv5", "conv4")


def test_a_layer_that_is_named_twice_stays_so_for_the_configuration_to_refuse():
    assert expand_layers("alexnet", ("conv4", "conv4", "all-conv")).count("conv4") == 2


def test_a_group_an_extractor_has_nothing_of_is_refused_like_a_wrong_name():
    with pytest.raises(ConfigurationError, match="names 'all-pool'"):
        GatysConfig(extractor="slim", content_layers=("all-pool",))
