"""Networks that turn a picture into named layers of features."""

import copy
import os
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from stylize_engine.chain import measure
from stylize_engine.devices import autocast
from stylize_engine.losses import gram_matrix
from stylize_engine.topologies import ChainNetwork, build_network
from stylize_engine.weights import load_weights

# ImageNet's mean and standard deviation of red, green and blue, which all the networks here were trained with.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Normalization(nn.Module):
    """Brings RGB in [0, 1] to the mean and spread that the networks were trained with."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(IMAGENET_STD).view(1, 3, 1, 1), persistent=False)

    def forward(self, image: Tensor) -> Tensor:
        return (image - self.mean) / self.std


class Extractor(nn.Module):
    """A frozen network that gives the activations of chosen layers.

    Takes RGB `(B, 3, H, W)` in [0, 1] and gives `{layer: (B, C, h, w)}`, shallow layers first. It normalises the
    picture itself. Gradients flow to the picture and never to the weights.

    What a layer shows is what the network's own activations there are read as: for `slim`, turned by a matrix
    (see `SlimNetwork`), otherwise the activations as they are. Gram matrices can be turned afterwards, which costs
    nothing beside turning every position of a picture: `gram_matrix(layer, activations(image)[layer])`.
    """

    def __init__(self, network: nn.Module):
        super().__init__()
        self.normalize = Normalization()
        self.network = network.eval().requires_grad_(False)
        # Copies of the network in other types; whatever changes its weights clears them.
        self._converted: dict[torch.dtype, ChainNetwork] = {}
        self.register_load_state_dict_post_hook(lambda extractor, keys: extractor._converted.clear())

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        return {layer: self.read(layer, activation) for layer, activation in self.activations(image).items()}

    @property
    def readouts(self) -> Mapping[str, nn.Conv2d]:
        """By layer, the matrices that `slim` is read with; other networks have none."""
        return getattr(self.network, "readouts", {})

    def activations(self, image: Tensor) -> dict[str, Tensor]:
        """The network's own activations, `{layer: (B, C, h, w)}`, before they are read."""
        return self.network(self.normalize(image))

    def read(self, layer: str, activation: Tensor) -> Tensor:
        """The features that a layer's own activations `(B, C, h, w)` stand for, `(B, D, h, w)`."""
        return self.readouts[layer](activation) if self.readouts else activation

    def gram_matrix(self, layer: str, activation: Tensor) -> Tensor:
        """The Gram matrix, float32 `(B, D, D)`, of the features that a layer's own activations stand for."""
        return self._read_gram(layer, gram_matrix(activation))

    def measure(
        self, image: Tensor, content_layers: Sequence[str], style_layers: Sequence[str], dtype: torch.dtype
    ) -> tuple[dict[str, Tensor], list[Tensor]]:
        """What content layers show, `{layer: (B, D, h, w)}`, and Gram matrices, float32 `(B, D, D)`, of style layers.

        Computed in `dtype`, float32 or a shorter one, whatever the caller's autocast, in one pass over the image.
        Gradients flow back to it only once.
        """
        image = image.contiguous(memory_format=torch.channels_last)
        if isinstance(self.network, ChainNetwork):
            picture = self.normalize(image).to(dtype)
            found, grams = measure(self._network_in(dtype), picture, content_layers, style_layers)
            found = dict(zip(content_layers, found, strict=True))
        else:
            with autocast(image.device, dtype):
                found = self.activations(image)
            grams = [gram_matrix(found[layer]) for layer in style_layers]
        with autocast(image.device, dtype):
            contents = {layer: self.read(layer, found[layer]) for layer in content_layers}
        return contents, [self._read_gram(layer, gram) for layer, gram in zip(style_layers, grams, strict=True)]

    def _read_gram(self, layer: str, gram: Tensor) -> Tensor:
        """The Gram matrix of the features, from that of a layer's own activations."""
        if not self.readouts:
            return gram
        with torch.autocast(gram.device.type, enabled=False):
            readout = self.readouts[layer].weight[:, :, 0, 0].to(gram.dtype)
            return readout @ gram @ readout.T

    def _network_in(self, dtype: torch.dtype) -> ChainNetwork:
        if next(self.network.parameters()).dtype == dtype:
            return self.network
        if dtype not in self._converted:
            self._converted[dtype] = copy.deepcopy(self.network).to(dtype)
        return self._converted[dtype]

    def _apply(self, *given: Any, **options: Any) -> "Extractor":
        """What moves or changes the weights; converted copies would stay behind."""
        self._converted.clear()
        return super()._apply(*given, **options)

    def train(self, mode: bool = True) -> "Extractor":
        """Stays in evaluation mode: batch normalisation must use the statistics it was trained with."""
        return super().train(False)


def build_extractor(
    name: str, layers: tuple[str, ...], pooling: str = "max", weights_path: str | os.PathLike | None = None
) -> Extractor:
    """The extractor of that name with its weights, built only as deep as the deepest of `layers`.

    `name` and `layers` are those of `stylize_engine.layers.EXTRACTORS`. `pooling` is "max" or "average"; average
    pooling is smoother to optimise through and is rescaled to keep the scale of activations. Raises what
    `load_weights` raises.
    """
    tensors = load_weights(name, weights_path, layers)
    with torch.device("meta"):
        network = build_network(name, layers, pooling)
    network.load_state_dict(tensors, assign=True)
    return Extractor(network)
