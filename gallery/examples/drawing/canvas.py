"""The sheet a picture is drawn on: twice the final size, with lengths in thousandths of the long edge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from gallery.examples.drawing.noise import fractal_noise, relief, smooth_noise

SUPERSAMPLING = 2


class Canvas:
    """Float32 RGB `pixels` in [0, 1] and the coordinates `x`, `y` of each in thousandths of the long edge.

    `unit` is the number of pixels a thousandth has; `across` and `down` are the sheet's edges in thousandths.
    """

    def __init__(self, size: int, across: float, down: float, ground: np.ndarray) -> None:
        self.unit = size * SUPERSAMPLING / 1000
        self.across, self.down = across, down
        width, height = (SUPERSAMPLING * round(edge * size / 1000) for edge in (across, down))
        self.shape = (height, width)
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        self.x, self.y = columns / np.float32(self.unit), rows / np.float32(self.unit)
        self.pixels = np.empty((height, width, 3), np.float32)
        self.pixels[...] = ground

    def noise(self, cell: float | tuple[float, float], rng: np.random.Generator, octaves: int = 4, gain: float = 0.5):
        """Fractal noise in [0, 1] over the sheet; `cell` in thousandths."""
        scaled = tuple(edge * self.unit for edge in cell) if isinstance(cell, tuple) else cell * self.unit
        return fractal_noise(self.shape, scaled, rng, octaves, gain)

    def window(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        """The part of the sheet up to `reach` from a place, all in thousandths; empty where that is off the sheet."""
        return tuple(
            slice(max(int((at - reach) * self.unit), 0), max(int((at + reach) * self.unit) + 1, 0)) for at in (y, x)
        )

    def paint(self, ink: np.ndarray, alpha: np.ndarray | float) -> None:
        """Cover the sheet with an opaque colour, `(3,)` or `(height, width, 3)`, as far as `alpha` says."""
        share = np.asarray(alpha, np.float32)
        share = share[..., None] if share.ndim else share
        self.pixels = self.pixels * (1 - share) + ink.astype(np.float32) * share

    def glaze(self, ink: np.ndarray, alpha: np.ndarray | float) -> None:
        """Cover the sheet with a transparent colour: what lies below is multiplied by it."""
        share = np.asarray(alpha, np.float32)
        share = share[..., None] if share.ndim else share
        self.pixels = self.pixels * (1 - share * (1 - ink.astype(np.float32)))

    def light(self, amount: np.ndarray) -> None:
        """Lighten where `amount` (height, width) is above 0 and darken where it is below."""
        lift = np.clip(amount, 0, 1)[..., None]
        drop = np.clip(-amount, 0, 1)[..., None]
        self.pixels = self.pixels + lift * (1 - self.pixels) - drop * self.pixels

    def mask(self, polygons: Iterable[Sequence[tuple[float, float]]]) -> np.ndarray:
        """Where any of the polygons is, 0 or 1; corners in thousandths."""
        sheet = Image.new("L", self.shape[::-1], 0)
        pen = ImageDraw.Draw(sheet)
        for polygon in polygons:
            pen.polygon([(float(x) * self.unit, float(y) * self.unit) for x, y in polygon], fill=255)
        return np.asarray(sheet, np.float32) / 255

    def paper(self, rng: np.random.Generator, strength: float = 0.06) -> np.ndarray:
        """Lightness of a rough sheet, about [-strength, strength]: fibres, tooth and slow cloudiness."""
        tooth = relief(self.noise(3.2, rng, 3, 0.7), -2.3, 2.5 * self.unit)
        fibres = smooth_noise(self.shape, (1.6 * self.unit, 22 * self.unit), rng)
        fibres = fibres + smooth_noise(self.shape, (26 * self.unit, 1.6 * self.unit), rng) - 1
        return strength * (0.55 * tooth + 0.35 * fibres + 0.5 * (self.noise(260, rng, 3) - 0.5))

    def finished(self) -> Image.Image:
        """The picture at its final size."""
        full = Image.fromarray((np.clip(self.pixels, 0, 1) * 255 + 0.5).astype(np.uint8))
        return full.resize((self.shape[1] // SUPERSAMPLING, self.shape[0] // SUPERSAMPLING), Image.Resampling.LANCZOS)
