"""Applies fast networks to pictures of any size."""

from __future__ import annotations

import torch
from torch import Tensor

from stylize_engine.config import ApplyConfig
from stylize_engine.devices import memory_errors_named, resolve_device, resolve_precision
from stylize_engine.images import resize, resize_to, scaled_size
from stylize_engine.networks import LoadedNetwork
from stylize_engine.transformer_net import blend


def style_row(loaded: LoadedNetwork, config: ApplyConfig) -> Tensor:
    """The row `(N,)` that stands for the styles of `config` blended, at its strength.

    Raises `ConfigurationError` for a style the network does not have.
    """
    indices = [loaded.index(name) for name in config.styles]
    row = blend(loaded.network.styles[indices], list(config.styles.values()))
    return torch.lerp(loaded.network.identity, row, config.strength)


@torch.inference_mode()
def apply_network(loaded: LoadedNetwork, image: Tensor, config: ApplyConfig, *, device: str = "auto") -> Tensor:
    """Paint `(B, 3, H, W)` in [0, 1]; gives the same shape, or that of `config.image_size`, in [0, 1].

    Raises `ConfigurationError` for a style the network does not have, and `OutOfMemoryError`.
    """
    target = resolve_device(device)
    precision = resolve_precision(config.precision, target)
    network, row = loaded.network.to(target), style_row(loaded, config).to(target)
    with memory_errors_named():
        image = image.to(target)
        if config.image_size is not None:
            image = resize(image, config.image_size)
        size = tuple(image.shape[-2:])
        # A network that sees a smaller picture paints strokes that are larger in the end.
        seen = image if config.stroke == 1 else resize_to(image, scaled_size(size, round(max(size) / config.stroke)))
        with torch.autocast(target.type, precision, enabled=precision != torch.float32):
            painted = network(seen, row)
        return resize_to(painted.clamp(0, 1), size)
