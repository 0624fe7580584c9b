"""Pictures in and out.

The engine's one convention: a picture is RGB, float32, shape `(B, 3, H, W)`, values in [0, 1], sRGB as stored in
files. Normalisation is the extractor's own business. Opacity never enters a computation: it travels beside the
picture as a Pillow image of mode L and is put back when the result is saved.
"""

from __future__ import annotations

import io
import math
import os
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from stylize_engine.decoding import open_picture
from stylize_engine.errors import ImageError
from stylize_engine.outputs import check_place, unfinished

_LOSSY = ("JPEG", "WEBP", "AVIF")
# Pixels; longer pictures do not fit into such a file, or cannot be read from it again.
_LONGEST_EDGE = {"JPEG": 65500, "WEBP": 16383, "AVIF": 32768}
# So many rows of a tensor are made a picture at a time.
_ROWS = 256
# So many pixels at the most are made one at once, along an edge.
MAX_REDUCTION = 32
# What the encoders are told beside the quality. 4:4:4 because brush strokes are colour as much as light.
_ENCODERS = {
    ".png": ("PNG", {}),
    ".jpg": ("JPEG", {"subsampling": "4:4:4"}),
    ".jpeg": ("JPEG", {"subsampling": "4:4:4"}),
    ".webp": ("WEBP", {}),
    ".avif": ("AVIF", {"subsampling": "4:4:4", "speed": 9}),  # a tenth of the usual time, and hardly a larger file
    ".tif": ("TIFF", {"compression": "tiff_lzw"}),
    ".tiff": ("TIFF", {"compression": "tiff_lzw"}),
}
SAVED_SUFFIXES = tuple(_ENCODERS)


@dataclass(frozen=True)
class LoadedImage:
    """A picture from a file: `tensor` `(1, 3, H, W)` in [0, 1], and `alpha` (mode L) or None where all is opaque."""

    tensor: Tensor
    alpha: Image.Image | None = None


def load_image(path: str | PathLike, image_size: int | None = None) -> LoadedImage:
    """Read a picture file, upright and in sRGB; with `image_size`, scaled so that its long edge has that many pixels.

    Raises the `ImageError` family: see `decoding.open_picture`.
    """
    picture = open_picture(path)
    image, alpha = picture.image, picture.alpha
    if image_size is not None:
        image, alpha = _scaled(image, alpha, scaled_size(image.size, image_size))
    return LoadedImage(to_tensor(image), alpha)


def _scaled(image: Image.Image, alpha: Image.Image | None, size: tuple[int, int]) -> tuple:
    # Pillow's Lanczos and not `resize`: a photo of 50 megapixels would take 600 MB as a tensor.
    if alpha is None or image.size == size:
        return image.resize(size, Image.Resampling.LANCZOS), alpha
    # Each colour counts by its opacity, or the white of what cannot be seen would fringe the rest.
    both = image.copy()
    both.putalpha(alpha)
    both = both.convert("RGBa").resize(size, Image.Resampling.LANCZOS).convert("RGBA")
    alpha = both.getchannel("A")
    image = both.convert("RGB")
    image.paste("white", mask=alpha.point(lambda opacity: 0 if opacity else 255))
    return image, alpha


def scaled_size(size: tuple[int, int], long_edge: int) -> tuple[int, int]:
    """The two edges scaled so that the longer one is `long_edge`; the ratio is kept as nearly as whole pixels can."""
    scale = long_edge / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def edge_ratio(image: Tensor) -> float:
    """The short edge of `(..., H, W)` beside the long one, above 0 and up to 1."""
    return min(image.shape[-2:]) / max(image.shape[-2:])


def resize(image: Tensor, long_edge: int) -> Tensor:
    """Scale `(B, 3, H, W)`, up or down, so that its longer edge has `long_edge` pixels; never distorts.

    Antialiased bicubic, clamped to [0, 1] because bicubic overshoots at edges. An image of that size is returned as
    it is.
    """
    return resize_to(image, scaled_size(tuple(image.shape[-2:]), long_edge))


def resize_to(image: Tensor, size: tuple[int, int]) -> Tensor:
    """Scale `(B, 3, H, W)` to exactly `size` (height, width), as `resize` does; the caller answers for the ratio."""
    if tuple(image.shape[-2:]) == size:
        return image
    # No further at once: what a CUDA kernel reads for each pixel has to fit into the memory that its threads share.
    if any(length > MAX_REDUCTION * wanted for length, wanted in zip(image.shape[-2:], size, strict=True)):
        nearer = tuple(max(-(-image.shape[axis] // MAX_REDUCTION), size[axis]) for axis in (-2, -1))
        return resize_to(resize_to(image, nearer), size)
    return interpolate(image, size=size, mode="bicubic", antialias=True).clamp(0, 1)


def check_shape(picture: Tensor, batch: int | None = 1) -> None:
    """Raises `ValueError` unless a tensor is a picture `(1, 3, H, W)`, or with `batch` None any number of them."""
    if picture.ndim != 4 or picture.shape[1] != 3 or batch not in (None, picture.shape[0]):
        count = "B" if batch is None else batch
        raise ValueError(f"a picture has shape ({count}, 3, H, W), not {tuple(picture.shape)}")


def pyramid(image: Tensor, levels: int) -> list[Tensor]:
    """`(B, 3, H, W)` at full, half, quarter ... size."""
    sizes = [image]
    while len(sizes) < levels:
        sizes.append(interpolate(sizes[-1], scale_factor=0.5, mode="bilinear", antialias=True))
    return sizes


def resize_to_cover(image: Tensor, size: tuple[int, int], height_of_cut: float = 0.5) -> Tensor:
    """Scale `(B, 3, H, W)` until it covers `size` (height, width) and cut the middle out; never distorts.

    `height_of_cut` says where that lies in a picture that is too high: 0 at its upper edge, 1 at its lower one.
    """
    (height, width), (wanted_height, wanted_width) = image.shape[-2:], size
    scale = max(wanted_height / height, wanted_width / width)
    scaled = (max(wanted_height, round(height * scale)), max(wanted_width, round(width * scale)))
    top, left = int((scaled[0] - wanted_height) * height_of_cut), (scaled[1] - wanted_width) // 2
    return resize_to(image, scaled)[..., top : top + wanted_height, left : left + wanted_width]


def to_tensor(picture: Image.Image) -> Tensor:
    """A Pillow picture of mode RGB as `(1, 3, H, W)` in [0, 1]."""
    width, height = picture.size
    tensor = torch.empty(1, 3, height, width)
    # Piece by piece: the bytes of a picture of 50 megapixels would be held three times over, 150 MB each.
    for top in range(0, height, _ROWS):
        piece = picture.crop((0, top, width, min(top + _ROWS, height))).convert("RGB")
        tensor[0, :, top : top + _ROWS] = torch.from_numpy(np.array(piece)).permute(2, 0, 1)
    return tensor.div_(255)


def to_picture(tensor: Tensor, alpha: Image.Image | None = None) -> Image.Image:
    """`(1, 3, H, W)` as an 8-bit Pillow picture, clamped to [0, 1]; with `alpha`, scaled to fit, its mode is RGBA."""
    check_shape(tensor)
    # Piece by piece: a picture of 8192 x 8192 pixels would be held three times over in float32, 800 MB each.
    pieces = [_to_bytes(piece) for piece in tensor[0].detach().split(_ROWS, dim=1)]
    picture = Image.fromarray(torch.cat(pieces).cpu().numpy())
    if alpha is not None:
        if alpha.size != picture.size:
            alpha = alpha.resize(picture.size, Image.Resampling.LANCZOS)
        picture.putalpha(alpha)
    return picture


def _to_bytes(values: Tensor) -> Tensor:
    """`(3, H, W)` in [0, 1], cut off there, as bytes `(H, W, 3)`."""
    return values.float().clamp(0, 1).mul_(255).round_().byte().permute(1, 2, 0).contiguous()


def save_image(tensor: Tensor, path: str | PathLike, alpha: Image.Image | None = None, quality: int = 95) -> None:
    """Write `(1, 3, H, W)` to a file in the format its suffix names: PNG, JPEG, WebP, AVIF or TIFF.

    `alpha` is kept, except in a JPEG, which cannot: there the picture is laid on white. `quality` (1 to 100) matters to
    the lossy formats. The file appears whole or not at all: an older one of that name stays until then.

    Raises `ImageError` for an unknown suffix or a place that cannot be written.
    """
    save_picture(to_picture(tensor, alpha), path, quality)


def save_picture(picture: Image.Image, path: str | PathLike, quality: int = 95) -> None:
    """Write a Pillow picture of mode RGB or RGBA, as `save_image` does."""
    path = Path(path)
    encoder, options = _encoder(path)
    if max(picture.size) > (longest := _LONGEST_EDGE.get(encoder, math.inf)):
        raise ImageError(f"{path} cannot be written: a {encoder} file holds up to {longest} pixels an edge; take .png.")
    if encoder in _LOSSY:
        options = options | {"quality": quality}
    if encoder == "JPEG" and picture.mode == "RGBA":
        white = Image.new("RGB", picture.size, "white")
        white.paste(picture, mask=picture.getchannel("A"))
        picture = white
    try:
        # Not encoded into the file: TIFF's encoder would write by itself, and complain by itself of a full disk.
        encoded = io.BytesIO()
        picture.save(encoded, encoder, **options)
        with unfinished(path) as part:
            part.write_bytes(encoded.getbuffer())
    except OSError as error:
        raise ImageError(f"{path} cannot be written ({error.strerror or error}); choose another place.") from error


def check_output(path: str | PathLike) -> None:
    """Make sure, before any work, that `save_image` can write there; raises `ImageError` where it cannot."""
    path = Path(path)
    _encoder(path)
    check_writable(path)


def check_writable(path: str | PathLike) -> None:
    """Make sure that a file may be written at `path`; raises `ImageError` where it may not."""
    path = Path(path)
    if not os.path.isdir(path.parent):
        raise ImageError(f"The folder {path.parent} does not exist; make it or choose another.")
    if os.path.isdir(path):
        raise ImageError(f"{path} is a folder; add a file name.")
    try:
        check_place(path)  # permission bits alone do not tell, least of all for root
    except OSError as error:
        raise ImageError(f"{path} cannot be written ({error.strerror}); choose another place.") from error


def _encoder(path: Path) -> tuple[str, dict]:
    try:
        return _ENCODERS[path.suffix.lower()]
    except KeyError:
        accepted = ", ".join(_ENCODERS)
        raise ImageError(f"{path.name} does not end like a picture that can be written; use {accepted}.") from None
