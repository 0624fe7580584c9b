"""The published methods as a textbook would write them: float32, contiguous, plain autograd."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from stylize_engine.config import TEXTBOOK
from stylize_engine.extractors import Extractor
from stylize_engine.stages import stages_of
from stylize_engine.topologies import build_network

# The layers of the papers: Gatys et al. (2016) with VGG-19, Johnson et al. (2016) with VGG-16.
GATYS_CONTENT, GATYS_STYLE = "relu4_2", ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
JOHNSON_CONTENT, JOHNSON_STYLE = "relu3_3", ("relu1_2", "relu2_2", "relu3_3", "relu4_3")


def extractor(name: str, layers: tuple[str, ...]) -> Extractor:
    """The network with random weights, which cost the same as trained ones."""
    torch.manual_seed(0)
    return Extractor(build_network(name, layers))


def gram(features: Tensor) -> Tensor:
    batch, channels, height, width = features.shape
    flat = features.view(batch, channels, height * width)
    return flat @ flat.transpose(1, 2) / (channels * height * width)


def gatys_evaluation(content: Tensor, style: Tensor) -> Callable[[], None]:
    """One evaluation of the loss and its gradient (Gatys et al., CVPR 2016)."""
    network = extractor("vgg19", (GATYS_CONTENT, *GATYS_STYLE)).to(content.device)
    with torch.no_grad():
        content_target = network(content)[GATYS_CONTENT]
        found = network(style)
        style_targets = {layer: gram(found[layer]) for layer in GATYS_STYLE}
    image = content.clone().requires_grad_()

    def evaluate() -> None:
        image.grad = None
        features = network(image)
        loss = nn.functional.mse_loss(features[GATYS_CONTENT], content_target)
        for layer, target in style_targets.items():
            loss = loss + 1e4 * nn.functional.mse_loss(gram(features[layer]), target)
        loss.backward()

    return evaluate


class TextbookNet(nn.Module):
    """Johnson's network (ECCV 2016) as it is usually written: mirrored edges, instance normalisation, upsampling."""

    def __init__(self) -> None:
        super().__init__()
        stages = stages_of(TEXTBOOK)
        self.layers = nn.ModuleList(self._layer(stage) for stage in stages)
        self.stages = stages
        edge = TEXTBOOK.edge_kernel
        self.last = nn.Sequential(nn.ReflectionPad2d(edge // 2), nn.Conv2d(TEXTBOOK.widths[0], 3, edge))

    @staticmethod
    def _layer(stage) -> nn.Module:
        modules: list[nn.Module] = [nn.Upsample(scale_factor=2)] if stage.upsampling else []
        modules += [
            nn.ReflectionPad2d(stage.kernel // 2),
            nn.Conv2d(stage.inputs, stage.outputs, stage.kernel, stage.stride),
            nn.InstanceNorm2d(stage.outputs, affine=True),
        ]
        return nn.Sequential(*modules, *([nn.ReLU()] if stage.rectified else []))

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x
        for stage, layer in zip(self.stages, self.layers, strict=True):
            if stage.opens_block:
                shortcut = x
            x = layer(x)
            if stage.closes_block:
                x = x + shortcut
        return self.last(x)


def training_step(photos: Tensor, style: Tensor) -> Callable[[], None]:
    """One step of training on a batch (Johnson et al., ECCV 2016)."""
    loss_network = extractor("vgg16", (JOHNSON_CONTENT, *JOHNSON_STYLE)).to(photos.device)
    network = TextbookNet().to(photos.device)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    with torch.no_grad():
        found = loss_network(style)
        targets = {layer: gram(found[layer]) for layer in JOHNSON_STYLE}

    def step() -> None:
        optimizer.zero_grad()
        painted = network(photos)
        features = loss_network(painted)
        loss = nn.functional.mse_loss(features[JOHNSON_CONTENT], loss_network(photos)[JOHNSON_CONTENT])
        for layer, target in targets.items():
            loss = loss + 1e5 * nn.functional.mse_loss(gram(features[layer]), target.expand(len(photos), -1, -1))
        loss.backward()
        optimizer.step()

    return step
