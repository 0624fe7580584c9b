"""Seeded fields on a pixel grid: smooth noise, blurs, cells and relief.

Every field is a float32 array `(height, width)`. Lengths are pixels; callers multiply thousandths of the long edge by
`Canvas.unit` first, so a picture keeps its composition at any size.
"""

from __future__ import annotations

import numpy as np
from PIL import Image


def smooth_noise(shape: tuple[int, int], cell: float | tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """Value noise in about [0, 1]: random numbers `cell` pixels apart, or `(down, across)`, joined bicubically."""
    height, width = shape
    down, across = cell if isinstance(cell, tuple) else (cell, cell)
    rows, columns = height / down, width / across
    # A generator of its own and a size in steps: the same lattice, and the same numbers after it, at any resolution.
    own = np.random.default_rng(rng.integers(2**63))
    lattice = own.random((int(rows / 16 + 1.5) * 16, int(columns / 16 + 1.5) * 16), dtype=np.float32)
    offset = own.random(2)
    box = (1 + offset[0], 1 + offset[1], 1 + offset[0] + columns, 1 + offset[1] + rows)
    return np.asarray(Image.fromarray(lattice).resize((width, height), Image.Resampling.BICUBIC, box=box))


def fractal_noise(
    shape: tuple[int, int],
    cell: float | tuple[float, float],
    rng: np.random.Generator,
    octaves: int = 4,
    gain: float = 0.5,
) -> np.ndarray:
    """Octaves of `smooth_noise`, each half the size and `gain` the height of the one before, scaled to [0, 1]."""
    down, across = cell if isinstance(cell, tuple) else (cell, cell)
    total = np.zeros(shape, np.float32)
    for octave in range(octaves):
        total += gain**octave * smooth_noise(shape, (down / 2**octave, across / 2**octave), rng)
    return stretch(total)


def stretch(field: np.ndarray) -> np.ndarray:
    """The field moved and scaled so that its lowest value is 0 and its highest 1."""
    low, high = float(field.min()), float(field.max())
    return (field - low) / max(high - low, 1e-9)


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 up to `low`, 1 from `high`, an S-shaped curve between; `low` above `high` falls instead of rising."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _box_blur(field: np.ndarray, radius: int, axis: int) -> np.ndarray:
    padding = [(0, 0)] * field.ndim
    padding[axis] = (radius + 1, radius)
    sums = np.cumsum(np.pad(field, padding, mode="edge"), axis=axis, dtype=np.float64)
    length, window = field.shape[axis], 2 * radius + 1
    upper = np.take(sums, range(window, window + length), axis=axis)
    lower = np.take(sums, range(length), axis=axis)
    return ((upper - lower) / window).astype(np.float32)


def blur(field: np.ndarray, sigma: float) -> np.ndarray:
    """Nearly Gaussian blur of `(height, width)` or `(height, width, channels)`: three box blurs, edges continued."""
    radius = round(sigma)
    if radius < 1:
        return field.astype(np.float32)
    for _ in range(3):
        field = _box_blur(_box_blur(field, radius, 0), radius, 1)
    return field


def sample(field: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The field's values at pixel positions, nearest pixel; positions outside take the nearest edge."""
    rows = np.clip(np.rint(y), 0, field.shape[0] - 1).astype(np.intp)
    columns = np.clip(np.rint(x), 0, field.shape[1] - 1).astype(np.intp)
    return field[rows, columns]


def relief(height: np.ndarray, towards: float, steepness: float) -> np.ndarray:
    """How lit a surface is, in (-1, 1), when light comes from `towards` (radians, 0 right, pi/2 down)."""
    down, across = np.gradient(height)
    return np.tanh(-(across * np.cos(towards) + down * np.sin(towards)) * steepness)


def cells(
    shape: tuple[int, int], x: np.ndarray, y: np.ndarray, reach: float, region: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Voronoi cells of seeds at pixel positions `x`, `y`.

    Returns the distance to the nearest seed, to the second nearest, and the nearest one's number (-1 where none is
    within `reach` pixels). With `region`, an integer field, a cell never leaves the region its seed lies in.
    """
    first = np.full(shape, np.float32(reach))
    second = first.copy()
    owner = np.full(shape, -1, np.int32)
    for number, (seed_x, seed_y) in enumerate(zip(x, y, strict=True)):
        top, left = max(int(seed_y - reach), 0), max(int(seed_x - reach), 0)
        window = np.s_[top : int(seed_y + reach) + 1, left : int(seed_x + reach) + 1]
        near, next_near, owners = first[window], second[window], owner[window]
        if not near.size:
            continue
        rows = np.arange(top, top + near.shape[0], dtype=np.float32)[:, None] - np.float32(seed_y)
        columns = np.arange(left, left + near.shape[1], dtype=np.float32) - np.float32(seed_x)
        distance = np.sqrt(rows * rows + columns * columns)
        if region is not None:
            here = sample(region, np.array(seed_x), np.array(seed_y))
            distance = np.where(region[window] == here, distance, np.float32(reach))
        closer = distance < near
        next_near[...] = np.where(closer, near, np.minimum(next_near, distance))
        near[...] = np.where(closer, distance, near)
        owners[closer] = number
    return first, second, owner


def scattered(
    width: float, height: float, spacing: float, rng: np.random.Generator, jitter: float = 0.8
) -> tuple[np.ndarray, np.ndarray]:
    """Points about `spacing` apart that cover the rectangle and a margin, in random order."""
    across = np.arange(-1, width / spacing + 2)
    down = np.arange(-1, height / (spacing * 0.87) + 2)
    columns, rows = np.meshgrid(across, down)
    x = (columns + 0.5 * (rows % 2) + jitter * (rng.random(columns.shape) - 0.5)) * spacing
    y = (rows + jitter * (rng.random(rows.shape) - 0.5)) * spacing * 0.87
    order = rng.permutation(x.size)
    return x.ravel()[order], y.ravel()[order]
