"""Colours: hexadecimal names to arrays, ramps between them, and small shifts of tone."""

from __future__ import annotations

import numpy as np


def colour(name: str) -> np.ndarray:
    """`"#1d3f6e"` as float32 RGB in [0, 1], shape (3,)."""
    return np.array([int(name[start : start + 2], 16) / 255 for start in (1, 3, 5)], np.float32)


def colours(names: str) -> np.ndarray:
    """Several hexadecimal colours, separated by spaces, as `(n, 3)`."""
    return np.stack([colour(name) for name in names.split()])


def ramp(stops: np.ndarray, position: np.ndarray | float) -> np.ndarray:
    """Colours along evenly spaced `stops`, `(n, 3)`, at positions in [0, 1]; shape of `position` plus (3,)."""
    place = np.clip(np.asarray(position, np.float32), 0, 1) * (len(stops) - 1)
    lower = np.minimum(place.astype(np.intp), len(stops) - 2)
    share = (place - lower)[..., None]
    return stops[lower] * (1 - share) + stops[lower + 1] * share


def vary(base: np.ndarray, rng: np.random.Generator, lightness: float = 0.05, hue: float = 0.03) -> np.ndarray:
    """The colours `(..., 3)`, each made lighter or darker and shifted a little, as paint from the same pot varies."""
    shape = base.shape[:-1]
    light = rng.normal(0, lightness, (*shape, 1))
    tint = rng.normal(0, hue, (*shape, 3))
    return np.clip(base * (1 + light) + light * 0.25 + tint, 0, 1).astype(np.float32)
