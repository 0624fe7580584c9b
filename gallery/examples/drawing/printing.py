"""Relief printing: smooth lines, the gouge that cuts them, and the press that pulls a block on the paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import blur, smooth_noise, smoothstep


def curve(points: Sequence[tuple[float, float]] | np.ndarray, steps: int = 90) -> np.ndarray:
    """A smooth line through the points (Catmull-Rom), `(steps, 2)`."""
    points = np.asarray(points, np.float64)
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    place = np.linspace(0, len(points) - 1 - 1e-9, steps)
    start, t = place.astype(int), (place % 1)[:, None]
    a, b, c, d = (padded[start + offset] for offset in range(4))
    return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)


def gouge(line: np.ndarray, width: np.ndarray) -> list[tuple[float, float]]:
    """A cut along the line as a polygon, `width` thousandths broad at each of its points."""
    ahead = np.gradient(line, axis=0)
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], 1) / np.maximum(np.hypot(*ahead.T), 1e-6)[:, None]
    side = normal * width[:, None] / 2
    return [*map(tuple, line + side), *map(tuple, (line - side)[::-1])]


class Press:
    """Pulls blocks one after another on one sheet: uneven ink, wood grain, a hair out of register."""

    def __init__(self, canvas: Canvas, rng: np.random.Generator, grain: float = 0.22) -> None:
        self.canvas, self.rng = canvas, rng
        canvas.light(canvas.paper(rng, 0.07))
        streaks = smooth_noise(canvas.shape, (2.4 * canvas.unit, 190 * canvas.unit), rng)
        rings = np.sin((canvas.y + 90 * canvas.noise((120, 420), rng, 3)) / 2.1) * 0.5 + 0.5
        self.tooth = canvas.noise(2.2, rng, 3, 0.7) + 0.12 * (streaks - 0.5)
        self.starved = grain * streaks * (0.4 + 0.6 * rings)

    def pull(self, block: np.ndarray, ink: np.ndarray, shift: float = 0.0, strength: float = 1.0) -> None:
        """Print what is left standing on the block, 0 to 1, moved `shift` thousandths to the right."""
        canvas, rng = self.canvas, self.rng
        columns = np.arange(block.shape[1]) - round(shift * canvas.unit * 0.6)
        block = np.clip(block, 0, 1)[:, np.clip(columns, 0, block.shape[1] - 1)]
        ragged = smoothstep(0.36, 0.6, blur(block, 0.5 * canvas.unit) + 0.16 * (canvas.noise(4, rng, 2) - 0.5))
        cover = strength * (0.93 - self.starved - 0.22 * canvas.noise(120, rng, 4))
        speckle = smoothstep(0.80, 0.68, self.tooth)
        canvas.glaze(ink, ragged * np.clip(cover, 0, 1) * (0.35 + 0.65 * speckle))
