"""The work that a picture's file makes beyond its pixels: a few bytes can ask for hours of it, as no camera and no
program does.

A JPEG may go over all its pixels again with every scan; a TIFF may name the same pixels as ever further strips, or
tiles far larger than itself, and so may a HEIC; a JPEG or a PNG may consist of millions of parts that hold nothing.
"""

import math
import re
import struct
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image

from stylize_engine.errors import ImageError
from stylize_engine.heif_tiles import tiles_area

# A progressive JPEG has about ten. Of those inside a TIFF libtiff reads no more either.
MAX_SCANS = 100
# Segments of a JPEG, chunks of a PNG: the largest pictures have some ten thousand.
MAX_PARTS = 100_000
# Each is inflated when the file is opened; there should be one.
MAX_PROFILES = 10
# How many times its own area a picture's strips or tiles may cover: those at the edges stand out, and each channel may
# have its own. A picture smaller than one tile may be covered by one all the same.
MAX_COVER = 8
FREE_COVER = 1 << 24

_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# Those that have a length. In the coded pixels between them 0xFF is followed by a zero or by a restart marker.
_MARKER = re.compile(rb"\xff[\xc0-\xcf\xd9-\xfe]")
_BLOCK = 1 << 20
_TILE_WIDTH, _TILE_LENGTH = 322, 323


def check_parts(file: BinaryIO, head: bytes, name: str) -> None:
    """Raise `ImageError` where a file that begins with `head` is a JPEG or PNG of far more parts than pictures have."""
    if head.startswith(b"\xff\xd8\xff"):
        parts, limits = _markers(file), {_START_OF_SCAN: (MAX_SCANS, "scans")}
    elif head.startswith(b"\x89PNG\r\n\x1a\n"):
        parts, limits = _chunks(file), {b"iCCP": (MAX_PROFILES, "colour profiles")}
    else:
        return
    counted = Counter()
    for number, part in enumerate(parts, 1):
        counted[part] += 1
        limit, kind = limits.get(part, (math.inf, ""))
        if counted[part] > limit or number > MAX_PARTS:
            many = f"{limit} {kind}" if counted[part] > limit else f"{MAX_PARTS} parts"
            raise ImageError(f"{name} has more than {many}; save it anew with another program.")


def check_cover(image: Image.Image, file: BinaryIO, name: str) -> None:
    """Raise `ImageError` where an opened picture is stored as strips or tiles of far more than its own area."""
    width, height = image.size
    covered = sum((right - left) * (bottom - top) for _, (left, top, right, bottom), *_ in image.tile)
    if image.format == "HEIF":
        covered = tiles_area(file)
    elif image.format == "TIFF":
        tile_width, tile_length = _tile_size(file)
        if tile_width and tile_length:
            covered = max(covered, tile_width * -(-width // tile_width) * tile_length * -(-height // tile_length))
    if covered > max(FREE_COVER, MAX_COVER * width * height):
        raise ImageError(f"{name} is stored in far more pieces than it needs; save it anew with another program.")


def _markers(file: BinaryIO) -> Iterator[int]:
    """The markers of a JPEG with a length behind them, found as libjpeg does, up to the end of the first picture."""
    at = 2
    while len(block := _read(file, at, _BLOCK)) > 3:
        here = 0
        while (found := _MARKER.search(block, here)) and found.end() + 2 <= len(block):
            yield block[found.end() - 1]
            if block[found.end() - 1] == _END_OF_IMAGE:
                return
            here = found.end() + max(2, int.from_bytes(block[found.end() : found.end() + 2]))
        at += found.start() if found else max(here, len(block) - 1)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    at = 8
    while len(beginning := _read(file, at, 8)) == 8:
        length, kind = struct.unpack(">I4s", beginning)
        yield kind
        at += 12 + length


def _tile_size(file: BinaryIO) -> tuple[int, int]:
    """The largest width and length of tiles that a TIFF names for its first picture, 0 where it has none.

    Read from the file itself, for Pillow leaves out what stands there as an unusual type, which libtiff takes.
    """
    head, found = _read(file, 0, 16), {_TILE_WIDTH: 0, _TILE_LENGTH: 0}
    order, big = "<" if head[:2] == b"II" else ">", 43 in head[2:4]
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), head, 8 if big else 4)
    counter, entry = (struct.Struct(order + form) for form in (("Q", "HHQ8s") if big else ("H", "HHI4s")))
    (count,) = counter.unpack(_read(file, at, counter.size))
    for tag, kind, _, value in entry.iter_unpack(_read(file, at + counter.size, min(count, MAX_PARTS) * entry.size)):
        if tag in found:
            (size,) = struct.unpack_from(order + {3: "H", 4: "I"}[kind], value)
            found[tag] = max(found[tag], size)
    return found[_TILE_WIDTH], found[_TILE_LENGTH]


def _read(file: BinaryIO, at: int, count: int) -> bytes:
    file.seek(at)
    return file.read(count)
