"""From the bytes of a picture file to an upright sRGB picture; safe on files from strangers.

Needs Pillow and pillow-heif, not torch: web processes use it on uploads. A format is recognised by its content
and only if it is in `FORMATS`; the size is checked before any pixel is decoded, and that no more work is asked for than
its pixels need; of several frames the first counts.
"""

from __future__ import annotations

import io
import math
import warnings
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import BinaryIO

import pillow_heif
from PIL import ExifTags, Image, ImageChops, ImageCms, UnidentifiedImageError

from stylize_engine.errors import (
    ImageError,
    ImageTooLargeError,
    ImageTooSmallError,
    NotAnImageError,
    TruncatedImageError,
)
from stylize_engine.workload import check_cover, check_parts

MAX_PIXELS = 50_000_000
# How far beyond white sharpening and resampling may have driven the pixels of a floating point file.
OVERSHOOT = 1.25
MIN_EDGE = 32
# Of what cannot be read twice no more is taken; the longest file of so many pixels is shorter.
MAX_PIPED_BYTES = 1 << 30
FORMATS = {"JPEG": "JPEG", "PNG": "PNG", "WEBP": "WebP", "TIFF": "TIFF", "HEIF": "HEIC", "AVIF": "AVIF"}
ACCEPTED = "JPEG, PNG, WebP, TIFF, HEIC or AVIF"

pillow_heif.register_heif_opener()
# What Pillow warns of (odd metadata, many pixels) is decided here. `catch_warnings` would not be thread-safe.
warnings.filterwarnings("ignore", module=r"PIL\.")

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_SRGB = ImageCms.createProfile("sRGB")


@dataclass(frozen=True)
class DecodedPicture:
    """A decoded file: `image` is upright sRGB (mode RGB), `alpha` its opacity (mode L) or None where all is opaque.

    `format` is a value of `FORMATS`. Neither holds metadata. Where nothing can be seen (alpha 0), `image` is white,
    whatever the file hides.
    """

    image: Image.Image
    alpha: Image.Image | None
    format: str


def open_picture(
    source: str | PathLike | bytes | BinaryIO, *, max_pixels: int = MAX_PIXELS, min_edge: int = MIN_EDGE
) -> DecodedPicture:
    """Decode a picture from a path, from bytes or from a binary file (which stays open).

    Grey, palette, CMYK, Lab, 16-bit and floating point pictures become 8-bit RGB over their full range. EXIF
    orientation is applied; an ICC profile is converted to sRGB, a broken one ignored.

    Raises `NotAnImageError`, `TruncatedImageError`, `ImageTooSmallError` (an edge below `min_edge`),
    `ImageTooLargeError` (more than `max_pixels`, or more than Pillow's own limit of about 179 million) or, for a path
    that cannot be read and a file that is made to keep the decoder busy (see `workload`), plain `ImageError`.
    """
    name = Path(source).name if isinstance(source, str | PathLike) else "This file"
    file = _open_file(source, name)
    try:
        return _decode(file, name, max_pixels, min_edge)
    finally:
        if file is not source:
            file.close()


def _open_file(source: str | PathLike | bytes | BinaryIO, name: str) -> BinaryIO:
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if not isinstance(source, str | PathLike):
        return source
    try:
        file = open(source, "rb")  # noqa: SIM115 - the caller closes it
        if file.seekable():
            return file
        with file:  # a pipe
            return io.BytesIO(file.read(MAX_PIPED_BYTES))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ImageError(f"{source} cannot be read ({reason}); check the path.") from error


def _decode(file: BinaryIO, name: str, max_pixels: int, min_edge: int) -> DecodedPicture:
    head = _head(file, name)
    if not head:
        raise NotAnImageError(f"{name} is empty.")
    damaged = f"{name} is damaged or not complete; export or download it again."
    try:
        check_parts(file, head, name)
        with Image.open(file, formats=tuple(FORMATS)) as image:
            _check_size(name, image.size, max_pixels, min_edge)
            check_cover(image, file, name)
            image.load()
            _check_size(name, image.size, max_pixels, min_edge)
            format_name = FORMATS.get(image.format, "JPEG")  # a JPEG with several pictures inside calls itself MPO
            colour, alpha = _separate_alpha(image)
            upright = _to_srgb(colour, image.info.get("icc_profile"))
            for part in (upright, alpha):
                if part is not None:
                    part.info = {}  # Pillow would write a JPEG's comment into whatever is saved of it
            return DecodedPicture(upright, alpha, format_name)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
        raise ImageTooLargeError(f"{name} has far too many pixels; scale it down to {_at_most(max_pixels)}.") from error
    except UnidentifiedImageError as error:
        if _begins_as_picture(head):
            raise TruncatedImageError(damaged) from error
        raise NotAnImageError(f"{name} is not a picture in an accepted format; use {ACCEPTED}.") from error
    except Exception as error:  # on hostile bytes the decoders raise nearly anything: struct.error, KeyError ...
        raise TruncatedImageError(damaged) from error


def _head(file: BinaryIO, name: str) -> bytes:
    try:
        start = file.tell()
        head = file.read(16)
        file.seek(start)
    except OSError as error:
        raise ImageError(f"{name} cannot be read ({error.strerror}); check the file and its disk.") from error
    return head


def _begins_as_picture(head: bytes) -> bool:
    if head[:4] == b"RIFF":
        return head[8:12] in (b"WEBP", b"")
    return head.startswith(_SIGNATURES) or (head[4:8] == b"ftyp" and head[8:11] in (b"avi", b"hei", b"hev", b"mif"))


def _check_size(name: str, size: tuple[int, int], max_pixels: int, min_edge: int) -> None:
    width, height = size
    if width * height > max_pixels:
        raise ImageTooLargeError(f"{name} is {width} x {height} pixels; scale it down to {_at_most(max_pixels)}.")
    if min(size) < min_edge:
        raise ImageTooSmallError(
            f"{name} is {width} x {height} pixels; each edge needs at least {min_edge}, so take a larger picture."
        )


def _at_most(max_pixels: int) -> str:
    edge = math.isqrt(max_pixels)
    edge -= edge % 10 ** max(0, len(str(edge)) - 2)
    return f"at most {max_pixels / 1e6:g} million pixels, about {edge} x {edge}"


def _separate_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Upright 8-bit picture without alpha (mode L, RGB, CMYK or LAB) and its alpha, None where all is opaque."""
    turn = _UPRIGHT.get(_orientation(image))
    alpha = None
    if image.has_transparency_data and not image.mode.startswith("I"):
        image = image.convert("RGBA")
        alpha = image.getchannel("A")
        if alpha.getextrema() == (255, 255):
            alpha = None
        image = image.convert("RGB")
    image = _to_eight_bits(image)
    if alpha is not None:
        image.paste("white", mask=alpha.point(lambda opacity: 0 if opacity else 255))
    if turn is not None:
        image, alpha = image.transpose(turn), alpha and alpha.transpose(turn)
    return image, alpha


def _orientation(image: Image.Image) -> int:
    try:
        return image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # damaged metadata are no reason to refuse a sound picture
        return 1


def _to_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    if image.mode == "1":
        return image.convert("L")
    if not image.mode.startswith(("I", "F")):
        return image.convert("RGB")
    tags = getattr(image, "tag_v2", {})
    grey = image.convert("F")
    if not math.isfinite(grey.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))):  # the mean of all values
        raise ValueError("a value is infinite or no number")
    highest = grey.getextrema()[1]
    if image.mode.startswith("I;16"):
        white = 2 ** tags.get(ExifTags.Base.BitsPerSample, (16,))[0] - 1
    else:  # a wide integer or floating point file does not say what white is: take the range that fits
        white = next((limit for limit in (1, 255, 65535) if highest <= OVERSHOOT * limit), highest)
    grey = grey.point(lambda value: value * (255 / white) + 0.5).convert("L")
    return ImageChops.invert(grey) if tags.get(ExifTags.Base.PhotometricInterpretation) == 0 else grey


def _to_srgb(image: Image.Image, icc_profile: bytes | None) -> Image.Image:
    """Mode RGB, through the picture's own profile where it has a usable one."""
    if image.mode == "LAB":
        return ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), _SRGB, outputMode="RGB")
    if icc_profile:
        try:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(icc_profile))
            source = _in_space(image, profile.profile.xcolor_space.strip())
            return ImageCms.profileToProfile(source, profile, _SRGB, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert("RGB")


def _in_space(image: Image.Image, space: str) -> Image.Image:
    """The picture in the mode that a profile of that colour space is for, as far as it can be had without loss: a grey
    one is RGB where its file has a palette, and from when its alpha was taken off."""
    if space == "RGB" and image.mode == "L":
        return image.convert("RGB")
    if space == "GRAY" and image.mode == "RGB":
        red, green, blue = image.split()
        if all(ImageChops.difference(red, other).getbbox() is None for other in (green, blue)):
            return red
    return image
