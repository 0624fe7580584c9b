"""The style pictures, drawn by code: `python -m gallery.examples.drawing [--output DIR] [--size PIXELS] [NAME ...]`.

One module a picture; each has `draw(size) -> Image`, seeded, so that one machine always draws the same bytes.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURES = (
    "harbour-night",
    "poppy-field",
    "stained-glass",
    "woodcut-waves",
    "river-dots",
    "ink-mountains",
    "koi-mosaic",
    "garden-linocut",
    "birch-watercolour",
    "prism-harbour",
    "batik-medallion",
)


def draw(name: str, size: int = 1024) -> Image:
    """The picture of that name, `size` pixels along its longer edge. Raises `KeyError` for a name not in `PICTURES`."""
    if name not in PICTURES:
        raise KeyError(name)
    return import_module(f"{__name__}.{name.replace('-', '_')}").draw(size)
