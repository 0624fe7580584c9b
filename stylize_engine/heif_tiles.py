"""How much is decoded for a HEIC picture: a few bytes may say that it is made of the same large picture many times."""

import struct
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO


def tiles_area(file: BinaryIO) -> int:
    """The pixels of all that one picture in a HEIC file is made of, of the one where they are most, by the sizes that
    the file says; libheif decodes nothing that is larger. Raises any error where the file is damaged."""
    area, at = 0, 0
    while True:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return area
        kind, begun, size = _head(head)
        if kind == b"meta":
            file.seek(at + begun)
            area = max(area, _area_in(file.read(size - begun if size else -1)))
        if not size:
            return area
        at += size


def _area_in(meta: bytes) -> int:
    properties, owned, made_of = [], defaultdict(set), defaultdict(list)
    for kind, content in _boxes(meta, 4):
        if kind == b"iref":
            for item, tiles in _tiles(content):
                made_of[item] += tiles
        elif kind == b"iprp":
            for inner, listed in _boxes(content):
                if inner == b"ipco":
                    properties += [_area(*box) for box in _boxes(listed)]
                elif inner == b"ipma":
                    for item, number in _owned(listed):
                        owned[item].add(number)

    @cache
    def decoded_for(item):  # of one that is made of itself there would be no end, which is an error as any
        own = max((properties[number - 1] for number in owned.get(item, ())), default=0)
        return own + sum(map(decoded_for, made_of.get(item, ())))

    return max((sum(map(decoded_for, tiles)) for tiles in made_of.values()), default=0)


def _area(kind: bytes, content: bytes) -> int:
    width, height = struct.unpack_from(">II", content, 4) if kind == b"ispe" else (0, 0)
    return width * height


def _owned(content: bytes) -> Iterator[tuple[int, int]]:
    """Pairs of an item and the number of a property that it has."""
    version, wide = content[0], content[3] & 1
    entry = struct.Struct(">IB" if version else ">HB")
    (count,), at = struct.unpack_from(">I", content, 4), 8
    for _ in range(count):
        item, of_it = entry.unpack_from(content, at)
        at += entry.size
        for number in struct.unpack_from(f">{of_it}{'H' if wide else 'B'}", content, at):
            if number := number & (0x7FFF if wide else 0x7F):
                yield item, number
        at += of_it * (2 if wide else 1)


def _tiles(content: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Pairs of an item and those that it is made of, as often as they are named."""
    form = "I" if content[0] else "H"
    for kind, named in _boxes(content, 4):
        if kind == b"dimg":
            item, count = struct.unpack_from(f">{form}H", named)
            yield item, struct.unpack_from(f">{count}{form}", named, struct.calcsize(f">{form}H"))


def _boxes(data: bytes, at: int = 0) -> Iterator[tuple[bytes, bytes]]:
    while len(data) >= at + 8:
        kind, begun, size = _head(data[at : at + 16])
        yield kind, data[at + begun : at + size if size else len(data)]
        at += size or len(data)


def _head(head: bytes) -> tuple[bytes, int, int]:
    """What kind of box it is, where its content begins, and how long it is in all: 0 where it goes on to the end."""
    size, kind = struct.unpack_from(">I4s", head)
    begun = 8
    if size == 1:
        (size,), begun = struct.unpack_from(">Q", head, 8), 16
    if 0 < size < begun:
        raise struct.error("a box is shorter than its head")
    return kind, begun, size
