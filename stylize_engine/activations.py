"""What the layers of an extractor answer to a picture, drawn as a sheet of maps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor, nn

from stylize_engine.charts import contact_sheet
from stylize_engine.images import to_picture


@torch.inference_mode()
def activation_sheet(
    extractor: nn.Module, image: Tensor, layers: Sequence[str], *, channels: int = 8, cell: int = 160
) -> Image.Image:
    """A row for each layer with its `channels` maps that vary most over `(1, 3, H, W)`, bright where they answer most.

    Each map has its own range of brightness; a label tells the layer, the channel and the map's size in positions.
    """
    features = extractor(image)
    rows = [[(to_picture(image), f"{image.shape[-1]} x {image.shape[-2]} pixels")]]
    for layer in layers:
        maps = features[layer][0].float()
        strongest = maps.flatten(1).std(1).argsort(descending=True)[:channels].tolist()
        rows.append([(_drawn(maps[channel]), _label(layer, channel, maps)) for channel in strongest])
    return contact_sheet(rows, cell=cell)


def _drawn(values: Tensor) -> Image.Image:
    low, high = values.aminmax()
    grey = (values - low) / (high - low).clamp_min(1e-8)
    return to_picture(grey.expand(1, 3, *grey.shape))


def _label(layer: str, channel: int, maps: Tensor) -> str:
    return f"{layer} #{channel}, {maps.shape[-1]} x {maps.shape[-2]}"
