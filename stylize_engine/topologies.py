"""The networks behind the extractors: their convolutions and wiring, without weights.

Parameters carry torchvision's names (`features.0.weight`, `layer1.0.conv1.weight`), so its weights files load as they
are. Nothing deeper than the deepest layer asked for is built. ReLU works in place where the activation before it is not
one of the layers asked for.
"""

from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from stylize_engine.layers import EXTRACTORS, SLIM_LAYERS, VGG_BLOCKS, depth_of

VGG_WIDTHS = (64, 128, 256, 512, 512)
# Narrow at the top, where a channel costs a full-size picture, and wide below, where it costs a sixteenth of that.
SLIM_WIDTHS = ((32, 48), (96, 128), (192, 192, 192))
# Channels between the two halves of a convolution: 3x3 to that few, then 1x1 to the width. None: one 3x3 for both.
SLIM_RANKS = ((None, None), (None, 64), (96, 96, 96))
# Mean of max pooling over mean of average pooling, measured on VGG-16's own activations of photographs. Each pooling
# window has its own ratio: the larger the window, the further its maximum lies above its mean.
AVERAGE_POOLING_SCALE = {2: 1.6, 3: 2.2}


def build_network(extractor: str, layers: tuple[str, ...], pooling: str = "max") -> nn.Module:
    """The network of that name, as deep as the deepest of `layers`, its parameters as torch initialises them.

    `network(x)` takes a normalised `(B, 3, H, W)` picture and gives activations, `{layer: (B, C, h, w)}`, of `layers`.
    """
    if extractor == "resnet50":
        return ResNet50(layers, pooling)
    if extractor == "alexnet":
        return ChainNetwork(EXTRACTORS[extractor].names[: depth_of(extractor, layers)], _alexnet(pooling), layers)
    if extractor == "slim":
        return SlimNetwork(layers, pooling)
    blocks = [[(width, None)] * depth for width, depth in zip(VGG_WIDTHS, VGG_BLOCKS[extractor], strict=True)]
    return ChainNetwork(EXTRACTORS[extractor].names[: depth_of(extractor, layers)], _vgg(blocks, pooling), layers)


class ChainNetwork(nn.Module):
    """Modules that follow one another, each with a name: VGG and AlexNet."""

    def __init__(self, names: tuple[str, ...], modules: Iterator[nn.Module], layers: tuple[str, ...]):
        super().__init__()
        self.names, self.layers = names, layers
        self.features = nn.Sequential(*(module for _, module in zip(names, modules, strict=False)))
        for before, module in zip(names, self.features[1:], strict=False):
            if isinstance(module, nn.ReLU):
                module.inplace = before not in layers

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        found = {}
        for name, module in zip(self.names, self.features, strict=True):
            x = module(x)
            if name in self.layers:
                found[name] = x
        return found


class SlimNetwork(ChainNetwork):
    """The distilled student: VGG up to relu3_3 with few channels, split convolutions, and a 1x1 readout for each layer.

    A readout is a square matrix that turns the student's activations so that distances between them, and between
    their Gram matrices, are those of the teacher's activations as the student predicts them (see `slim`). What comes
    out of here is not yet turned: an `Extractor` does that, at the least cost.
    """

    def __init__(self, layers: tuple[str, ...], pooling: str = "max"):
        names = SLIM_LAYERS[: 1 + max(map(SLIM_LAYERS.index, layers))]
        blocks = [zip(*block, strict=True) for block in zip(SLIM_WIDTHS, SLIM_RANKS, strict=True)]
        super().__init__(names, _vgg(blocks, pooling), layers)
        widths = {name: width for name, width in slim_widths().items() if name in layers}
        self.readouts = nn.ModuleDict(
            {name: nn.Conv2d(width, width, kernel_size=1, bias=False) for name, width in widths.items()}
        )


class ResNet50(nn.Module):
    """ResNet-50 (He et al., CVPR 2016) up to `layer4`; `stem` is the first convolution before its pooling."""

    DEPTHS = {"layer1": 3, "layer2": 4, "layer3": 6, "layer4": 3}

    def __init__(self, layers: tuple[str, ...], pooling: str = "max"):
        super().__init__()
        self.layers = layers
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(64)
        self.pool = _pool(3, 2, pooling, padding=1)
        channels, width = 64, 64
        for name in EXTRACTORS["resnet50"].names[1 : depth_of("resnet50", layers)]:
            stride = 1 if name == "layer1" else 2
            blocks = [Bottleneck(channels, width, stride)]
            blocks += [Bottleneck(4 * width, width) for _ in range(self.DEPTHS[name] - 1)]
            self.add_module(name, nn.Sequential(*blocks))
            channels, width = 4 * width, 2 * width

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = torch.relu(self.bn1(self.conv1(x)))
        found = {"stem": x}
        for name in self.DEPTHS:
            if hasattr(self, name):
                found[name] = x = getattr(self, name)(self.pool(x) if name == "layer1" else x)
        return {name: activation for name, activation in found.items() if name in self.layers}


class Bottleneck(nn.Module):
    """1x1, 3x3 and 1x1 convolutions around which the input is added; the output has `4 * width` channels."""

    def __init__(self, channels: int, width: int, stride: int = 1):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width)
        # torchvision's weights were trained with the stride here and not, as in the paper, at the first convolution.
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride != 1 or channels != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width)
            )

    def forward(self, x: Tensor) -> Tensor:
        residual = torch.relu(self.bn1(self.conv1(x)))
        residual = torch.relu(self.bn2(self.conv2(residual)))
        residual = self.bn3(self.conv3(residual))
        return torch.relu(residual + (x if self.downsample is None else self.downsample(x)))


class ScaledAveragePool(nn.AvgPool2d):
    """Average pooling, multiplied so that activations keep the scale that max pooling would give them."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x) * AVERAGE_POOLING_SCALE[self.kernel_size]


def slim_widths() -> dict[str, int]:
    """Channels of each layer that `slim` offers."""
    flat = [width for block in SLIM_WIDTHS for width in block]
    return dict(zip(EXTRACTORS["slim"].names, flat, strict=True))


def _pool(size: int, stride: int, pooling: str, padding: int = 0) -> nn.Module:
    kind = nn.MaxPool2d if pooling == "max" else ScaledAveragePool
    return kind(size, stride, padding)


def _vgg(blocks: Iterable[Iterable[tuple[int, int | None]]], pooling: str) -> Iterator[nn.Module]:
    """Blocks of convolutions, each of a width and a rank."""
    channels = 3
    for block in blocks:
        for width, rank in block:
            yield _convolution(channels, width, rank)
            yield nn.ReLU()
            channels = width
        yield _pool(2, 2, pooling)


def _convolution(channels: int, width: int, rank: int | None) -> nn.Module:
    """A 3x3 convolution, or one of that rank in two halves (Zhang et al., TPAMI 2016)."""
    if rank is None:
        return nn.Conv2d(channels, width, kernel_size=3, padding=1)
    return nn.Sequential(nn.Conv2d(channels, rank, kernel_size=3, padding=1, bias=False), nn.Conv2d(rank, width, 1))


def _alexnet(pooling: str) -> Iterator[nn.Module]:
    yield from (nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), _pool(3, 2, pooling))
    yield from (nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), _pool(3, 2, pooling))
    for channels, width in ((192, 384), (384, 256), (256, 256)):
        yield from (nn.Conv2d(channels, width, 3, padding=1), nn.ReLU())
    yield _pool(3, 2, pooling)
