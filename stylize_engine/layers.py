"""The names of the layers each extractor offers, from shallow to deep, and which of them it uses by default.

Standard library only: forms and commands validate layer names without loading a network.
"""

from collections.abc import Iterator
from dataclasses import dataclass

VGG_BLOCKS = {"vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4), "slim": (2, 2, 3)}


def _vgg_layers(blocks: tuple[int, ...], final_pool: bool) -> Iterator[str]:
    for block, depth in enumerate(blocks, start=1):
        for index in range(1, depth + 1):
            yield f"conv{block}_{index}"
            yield f"relu{block}_{index}"
        if final_pool or block < len(blocks):
            yield f"pool{block}"


@dataclass(frozen=True)
class ExtractorLayers:
    """What can be asked of an extractor, and what is asked by default.

    `names` run from shallow to deep. `pyramid_levels` is the number of sizes (full, half, quarter ...) at which the
    style loss is taken: a shallow extractor sees large shapes only in a small picture (Snelgrove 2017). In a picture
    whose shorter edge is below `min_edge` pixels it finds little or, with strides as large as AlexNet's, nothing.
    """

    names: tuple[str, ...]
    content: tuple[str, ...]
    style: tuple[str, ...]
    pyramid_levels: int
    min_edge: int = 24


# Every module of `slim` in order. It offers those that have a readout, which are its activations after ReLU.
SLIM_LAYERS = tuple(_vgg_layers(VGG_BLOCKS["slim"], final_pool=False))

_VGG_STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

EXTRACTORS = {
    "slim": ExtractorLayers(
        names=tuple(name for name in SLIM_LAYERS if name.startswith("relu")),
        content=("relu3_2",),
        style=("relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_3"),
        pyramid_levels=3,
    ),
    "vgg16": ExtractorLayers(tuple(_vgg_layers(VGG_BLOCKS["vgg16"], final_pool=True)), ("relu4_2",), _VGG_STYLE, 1),
    "vgg19": ExtractorLayers(tuple(_vgg_layers(VGG_BLOCKS["vgg19"], final_pool=True)), ("relu4_2",), _VGG_STYLE, 1),
    "alexnet": ExtractorLayers(
        names=("conv1", "relu1", "pool1", "conv2", "relu2", "pool2", "conv3", "relu3", "conv4", "relu4", "conv5",
               "relu5", "pool5"),
        content=("relu4",),
        style=("relu1", "relu2", "relu3", "relu4", "relu5"),
        pyramid_levels=1,
        min_edge=64,
    ),
    "resnet50": ExtractorLayers(
        names=("stem", "layer1", "layer2", "layer3", "layer4"),
        content=("layer3",),
        style=("stem", "layer1", "layer2", "layer3"),
        pyramid_levels=1,
    ),
}  # fmt: skip


def depth_of(extractor: str, layers: tuple[str, ...]) -> int:
    """How many of the extractor's named layers must be built to reach all of `layers`."""
    return 1 + max(EXTRACTORS[extractor].names.index(layer) for layer in layers)


GROUPS = ("all-conv", "all-relu", "all-pool", "all-layers", "last-conv", "last-but-one-conv")


def expand_layers(extractor: str, layers: tuple[str, ...]) -> tuple[str, ...]:
    """`layers` with each group's name replaced by the extractor's layers it stands for, but for those that are named
    beside it, shallow ones first.

    `all-conv`, `all-relu` and `all-pool` are all layers of that kind, `last-conv` and `last-but-one-conv` one of them.
    For ResNet-50, whose layers are whole stages, each of which ends in a ReLU, all three kinds mean its stages. A group
    that stands for nothing here is left as it is.
    """
    names = EXTRACTORS[extractor].names
    named = {layer for layer in layers if layer not in GROUPS}
    expanded: list[str] = []
    for layer in layers:
        members = _members(names, layer) if layer in GROUPS else ()
        expanded += [member for member in members if member not in {*named, *expanded}] if members else [layer]
    return tuple(expanded)


def _members(names: tuple[str, ...], group: str) -> tuple[str, ...]:
    kind = group.rpartition("-")[2]
    members = tuple(name for name in names if kind == "layers" or name.startswith(kind))
    if not members and not any(name.startswith("relu") for name in names):
        members = names
    if group == "last-conv":
        return members[-1:]
    return members[-2:-1] if group == "last-but-one-conv" else members
