"""What a full ImageNet network sees in a picture: its classes help to choose a content layer."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from stylize_engine.devices import memory_errors_named, resolve_device
from stylize_engine.extractors import Normalization
from stylize_engine.weights import TORCHVISION_WEIGHTS, find_weights, read_tensors, select_tensors

# How the networks were tested by those who trained them: the middle of the picture, in pixels.
SHORT_EDGE, CROP = 256, 224


@dataclass(frozen=True)
class Guess:
    """A class of ImageNet and how sure the network is of it, in [0, 1]."""

    name: str
    probability: float


@torch.inference_mode()
def classify(
    image: Tensor,
    extractor: str,
    weights_path: str | os.PathLike | None = None,
    *,
    count: int = 5,
    device: str = "auto",
) -> list[Guess]:
    """The `count` most likely classes of `(1, 3, H, W)` in [0, 1], the likeliest first.

    `extractor` is one of torchvision's four; the network is the whole one that it is the front of, down to the classes.
    Raises as `load_weights` does, so weights that end before the classes are a `WeightsMismatchError`.
    """
    import torchvision.models

    target = resolve_device(device)
    path = Path(weights_path) if weights_path is not None else find_weights(extractor)
    with torch.device("meta"):
        network = getattr(torchvision.models, extractor)()
    network.load_state_dict(select_tensors(read_tensors(path), network.state_dict(), path, extractor), assign=True)
    with memory_errors_named("choose the device cpu or a smaller extractor"):
        network.eval().to(target)
        logits = network(Normalization().to(target)(_middle(image.to(target))))[0]
    probabilities, classes = logits.softmax(0).topk(count)
    names = getattr(torchvision.models, TORCHVISION_WEIGHTS[extractor]).IMAGENET1K_V1.meta["categories"]
    return [
        Guess(names[index], probability)
        for index, probability in zip(classes.tolist(), probabilities.tolist(), strict=True)
    ]


def _middle(image: Tensor) -> Tensor:
    # Of a long strip the middle alone is enlarged: all of it would not fit into memory.
    short = min(image.shape[-2:])
    image = image[
        ...,
        *(slice((edge - min(edge, 2 * short)) // 2, (edge + min(edge, 2 * short)) // 2) for edge in image.shape[-2:]),
    ]
    scale = SHORT_EDGE / short
    size = [max(CROP, round(edge * scale)) for edge in image.shape[-2:]]
    image = interpolate(image, size=size, mode="bilinear", antialias=True)
    top, left = ((edge - CROP) // 2 for edge in size)
    return image[..., top : top + CROP, left : left + CROP]
