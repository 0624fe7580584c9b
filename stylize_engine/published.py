"""Weights of the fast network of pytorch/examples (`fast_neural_style`), a widely used form of Johnson's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from stylize_engine.config import TEXTBOOK
from stylize_engine.errors import WeightsMismatchError
from stylize_engine.stages import COLORS
from stylize_engine.transformer_net import TransformerNet

# That network reads and paints values from 0 to 255.
BYTE_RANGE = 255.0


def is_published(tensors: Mapping[str, Tensor]) -> bool:
    """Whether these are the tensors of that network."""
    return "conv1.conv2d.weight" in tensors and "deconv3.conv2d.weight" in tensors


def network_of(tensors: Mapping[str, Tensor]) -> TransformerNet:
    """The same network with one style, in our convention of [0, 1].

    Its convolutions' biases, but for the last, are taken back by the normalisation that follows, and left out. Raises
    `WeightsMismatchError`, which names the first tensor that is missing or has another shape.
    """
    network = TransformerNet(TEXTBOOK, 1)
    rows = []
    with torch.no_grad():
        for (convolution, normalization), ours in zip(_names(), network.convolutions, strict=True):
            weight = _tensor(tensors, f"{convolution}.conv2d.weight", ours.weight.shape)
            ours.weight.copy_(weight * BYTE_RANGE if convolution == "conv1" else weight)
            channels = (len(weight),)
            rows += [_tensor(tensors, f"{normalization}.{part}", channels) for part in ("weight", "bias")]
        painter = _tensor(tensors, "deconv3.conv2d.weight", network.painter.weight.shape)
        network.painter.weight.copy_(painter / BYTE_RANGE)
        color = _tensor(tensors, "deconv3.conv2d.bias", (COLORS,)) / BYTE_RANGE
        network.styles.copy_(torch.cat([*rows, torch.zeros(COLORS), color])[None])
        network.identity.copy_(network.with_exact_identity(network.styles[0]))
    return network


def _names() -> Iterator[tuple[str, str]]:
    """Each normalised convolution and its normalisation, as that network calls them."""
    yield from ((f"conv{index}", f"in{index}") for index in (1, 2, 3))
    for block in range(1, 6):
        yield from ((f"res{block}.conv{index}", f"res{block}.in{index}") for index in (1, 2))
    yield from (("deconv1", "in4"), ("deconv2", "in5"))


def _tensor(tensors: Mapping[str, Tensor], name: str, shape: tuple[int, ...]) -> Tensor:
    if name not in tensors or tuple(tensors[name].shape) != tuple(shape):
        found = tuple(tensors[name].shape) if name in tensors else "missing"
        raise WeightsMismatchError(f"The network's tensor {name} is {found} where {tuple(shape)} is needed.")
    return tensors[name].float()
