"""Thick paint: brush strokes that leave colour and height, and the light on their ridges."""

from __future__ import annotations

import numpy as np

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import blur, relief, smooth_noise


class ThickPaint:
    """Strokes of a bristle brush on a canvas, each `(x, y)` in thousandths, with the relief they build up."""

    def __init__(self, canvas: Canvas, rng: np.random.Generator) -> None:
        self.canvas, self.rng = canvas, rng
        self.height = 0.15 * canvas.noise(2.5, rng, 2)
        self.bristles = (
            smooth_noise((512, 1024), (2.6, 150), rng) * 0.65 + smooth_noise((512, 1024), (7, 260), rng) * 0.35
        )

    def stroke(
        self,
        x: float,
        y: float,
        angle: float,
        length: float,
        width: float,
        ink: np.ndarray,
        streak: np.ndarray,
        bend: float = 0.0,
        load: float = 1.0,
    ) -> None:
        """One stroke around `(x, y)`: `ink` streaked with `streak`, bent sideways by `bend` times its length.

        `load` is how much paint the brush holds: below 1 the bristles part and the ground shows through.
        """
        unit = self.canvas.unit
        half, side = length * unit / 2, width * unit / 2
        reach = int(half + side + abs(bend) * half + 2)
        left, top = int(x * unit) - reach, int(y * unit) - reach
        height, across = self.canvas.shape
        window = np.s_[max(top, 0) : min(top + 2 * reach, height), max(left, 0) : min(left + 2 * reach, across)]
        rows = np.arange(window[0].start, window[0].stop, dtype=np.float32)[:, None] - np.float32(y * unit)
        columns = np.arange(window[1].start, window[1].stop, dtype=np.float32) - np.float32(x * unit)
        if not rows.size or not columns.size:
            return
        along = (columns * np.cos(angle) + rows * np.sin(angle)) / half
        beside = (rows * np.cos(angle) - columns * np.sin(angle)) / side - 2 * bend * half / side * (
            along * along - 0.4
        )
        hairs = self._hairs(along, beside, side)
        ragged = 1.02 - 0.22 * hairs
        taper = np.clip(1.15 - 0.28 * along, 0.7, 1.3)
        end = np.clip((ragged - np.abs(along)) * half / unit * 0.7, 0, 1)
        edge = np.clip(
            (0.94 - 0.16 * hairs - np.abs(beside) * taper * (0.72 + 0.28 * along**4)) * side / unit * 1.2, 0, 1
        )
        alpha = end * edge * np.clip((load - 0.75 * (1 - hairs) * (0.45 + 0.55 * along)) * 5, 0, 1)
        mix = np.clip((hairs - 0.5) * 2.2 + 0.28 + 0.2 * beside, 0, 1)[..., None]
        share = alpha[..., None]
        pixels = self.canvas.pixels[window]
        pixels += share * (ink * (1 - mix) + streak * mix - pixels)
        ridge = 0.55 * hairs + 0.5 * np.clip(np.abs(beside), 0, 1) ** 3 + 0.35 * np.clip(along, 0, 1) ** 4
        surface = self.height[window]
        surface += alpha * (0.35 * surface + ridge - surface)

    def _hairs(self, along: np.ndarray, beside: np.ndarray, side: float) -> np.ndarray:
        row, column = self.rng.integers(0, 512), self.rng.integers(0, 1024)
        across = np.clip(side / self.canvas.unit * 2.4, 6, 60)
        rows = (row + (beside + 1) * across).astype(np.intp) % 512
        columns = (column + (along + 1) * 70).astype(np.intp) % 1024
        return self.bristles[rows, columns]

    def lit(self, towards: float = -2.2, strength: float = 0.3) -> None:
        """Shade the canvas by the relief of all strokes, light falling from `towards` (radians, 0 right, pi/2 down)."""
        unit = self.canvas.unit
        fine = relief(blur(self.height, 0.35 * unit), towards, 3.2 * unit)
        broad = relief(blur(self.height, 2.2 * unit), towards, 8 * unit)
        amount = strength * (0.75 * fine + 0.45 * broad)
        self.canvas.light(np.where(amount > 0, amount * 0.85, amount))
        gloss = np.clip(fine - 0.72, 0, 1) * strength * 0.9
        self.canvas.light(gloss)
