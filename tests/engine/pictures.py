"""Pictures with known corners, encoded in memory."""

import io
import struct

from PIL import Image


def encode(image, format, **options):
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def quarters(width=64, height=48):
    """Red top left, green top right, blue bottom left, grey bottom right."""
    image = Image.new("RGB", (width, height), (128, 128, 128))
    image.paste((255, 0, 0), (0, 0, width // 2, height // 2))
    image.paste((0, 255, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 255), (0, height // 2, width // 2, height))
    return image


def grey_profile(gamma):
    """The bytes of an ICC profile of grey: header, white point and one curve."""
    white = struct.pack(">3i", *(round(value * 65536) for value in (0.9642, 1, 0.8249)))
    curve = b"curv" + bytes(4) + struct.pack(">IHxx", 1, round(gamma * 256))
    texts = {b"desc": b"desc" + bytes(4) + struct.pack(">I", 1) + bytes(80), b"cprt": b"text" + bytes(8)}
    tags = texts | {b"wtpt": b"XYZ " + bytes(4) + white, b"kTRC": curve}
    table, content = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        table += name + struct.pack(">II", 132 + 12 * len(tags) + len(content), len(value))
        content += value + bytes(-len(value) % 4)
    size = struct.pack(">I", 132 + 12 * len(tags) + len(content))
    header = size + bytes(4) + bytes([2, 0x20, 0, 0]) + b"mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28) + white
    return header.ljust(128, b"\0") + table + content
