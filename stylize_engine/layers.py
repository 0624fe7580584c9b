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
    style loss is taken: a shallow extractor sees large shapes only in a small picture (Snelgrove 2017).
    """

    names: tuple[str, ...]
    content: tuple[str, ...]
    style: tuple[str, ...]
    pyramid_levels: int


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
