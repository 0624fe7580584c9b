"""What the layers of an extractor answer to a picture, drawn as a sheet of maps."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from stylize_engine.charts import contact_sheet
from stylize_engine.devices import memory_errors_named
from stylize_engine.errors import ImageTooSmallError
from stylize_engine.extractors import Extractor
from stylize_engine.images import scaled_size, to_picture

# AlexNet shrinks a shorter edge to nothing.
MIN_EDGE = 64
# White where a channel answers, blue where it answers with a negative number, black where it does not answer.
POSITIVE, NEGATIVE = (1.0, 1.0, 1.0), (0.4, 0.65, 1.0)


@torch.inference_mode()
def activation_sheet(
    extractor: Extractor, image: Tensor, layers: Sequence[str], *, channels: int = 8, cell: int = 160
) -> Image.Image:
    """The picture `(1, 3, H, W)`, and a row for each layer with the `channels` maps that vary most over it.

    Each map is drawn on its own scale: white at its strongest answer, black at 0 and blue below. A label tells the
    layer, the channel and the map's size in positions. A layer of fewer channels shows all it has.

    Raises `ImageTooSmallError` for an edge below 64 pixels, and `OutOfMemoryError`.
    """
    height, width = image.shape[-2:]
    if min(height, width) < MIN_EDGE:
        raise ImageTooSmallError(
            f"{width} x {height} pixels are too few for deep layers; choose a larger image_size or a picture that is "
            "less narrow."
        )
    rows = [[(to_picture(image), f"{width} x {height} pixels")]]
    with memory_errors_named("choose a smaller image_size or extractor"):
        features = extractor(image)
        for layer in layers:
            maps = features[layer][0].float()
            strongest = maps.flatten(1).std(1, correction=0).argsort(descending=True)[:channels].tolist()
            rows.append([(_drawn(maps[channel], cell), _label(layer, channel, maps)) for channel in strongest])
    return contact_sheet(rows, cell=cell)


def _drawn(values: Tensor, cell: int) -> Image.Image:
    size = scaled_size(tuple(values.shape), cell)
    shrinks = size[0] < values.shape[0]
    # Enlarged, each position stays a square: nothing is seen that the network did not say.
    shown = interpolate(values[None, None], size=size, mode="area" if shrinks else "nearest")
    shown = shown / shown.abs().amax().clamp_min(torch.finfo(torch.float32).tiny)
    positive, negative = (shown.new_tensor(color).view(1, 3, 1, 1) for color in (POSITIVE, NEGATIVE))
    return to_picture(shown.clamp_min(0) * positive - shown.clamp_max(0) * negative)


def _label(layer: str, channel: int, maps: Tensor) -> str:
    return f"{layer} #{channel}, {maps.shape[-1]} x {maps.shape[-2]}"
