"""A batik cloth: a great medallion in indigo, brown and ochre, with the fine crackle of broken wax."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import blur, cells, relief, sample, scattered, smoothstep
from gallery.examples.drawing.palettes import colour

EDGE, CENTRE = 1000, 500
CLOTH, OCHRE, RED, BROWN, INDIGO = (colour(name) for name in "#f1e3bf #d9972e #b2432a #6b3420 #14264f".split())


class _Wax:
    """How deep each place is dyed: 0 cloth, 1 ochre, 2 red, 3 brown, 4 indigo; later motifs lie on earlier ones."""

    def __init__(self, canvas: Canvas, rng) -> None:
        self.x = canvas.x + 7 * (canvas.noise(120, rng, 3) - 0.5) + 2.2 * (canvas.noise(18, rng, 2) - 0.5)
        self.y = canvas.y + 7 * (canvas.noise(120, rng, 3) - 0.5) + 2.2 * (canvas.noise(18, rng, 2) - 0.5)
        self.depth = np.full(canvas.shape, 4, np.int8)

    def put(self, where, depth: int) -> None:
        self.depth[where] = depth

    def layers(self, inward, dyes) -> None:
        """Nested outlines: `inward` is the distance inside the shape, `dyes` pairs of distance and depth."""
        for start, depth in dyes:
            self.put(inward > start, depth)

    def polar(self, x: float, y: float):
        return np.hypot(self.x - x, self.y - y), np.arctan2(self.y - y, self.x - x)


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels a side."""
    rng = np.random.default_rng(37)
    canvas = Canvas(size, EDGE, EDGE, CLOTH)
    wax = _Wax(canvas, rng)
    _field(wax)
    for x, y in ((0, 0), (EDGE, 0), (0, EDGE), (EDGE, EDGE)):
        _medallion(wax, x, y, 0.66, 16)
    _medallion(wax, CENTRE, CENTRE, 1.0, 16)
    _hem(wax)
    _fill_with_dots(canvas, wax)
    _dye(canvas, wax, rng)
    return canvas.finished()


def _petals(away, turn, count: int, inner: float, outer: float, fullness: float, phase: float = 0.0):
    """Distance inside the nearest of `count` petals between two radii, and how far along it, 0 to 1."""
    along = np.clip((away - inner) / (outer - inner), 0, 1)
    slice_ = 2 * np.pi / count
    beside = np.abs((turn + phase) % slice_ - slice_ / 2) * away
    belly = (
        np.clip(np.sin(np.pi * along**fullness), 0, 1) ** 1.1 * np.pi / count * (inner + 0.5 * (outer - inner)) * 0.97
    )
    inside = 0.9 * (belly - beside) * ((away > inner) & (away < outer))
    return inside, along, beside


def _ring(wax: _Wax, away, radius: float, broad: float, depth: int) -> None:
    wax.put(np.abs(away - radius) < broad / 2, depth)


def _beads(wax: _Wax, away, turn, radius: float, count: int, size: float, dyes) -> None:
    slice_ = 2 * np.pi / count
    beside = ((turn % slice_) - slice_ / 2) * radius
    wax.layers(size - np.hypot(beside, away - radius), dyes)


def _medallion(wax: _Wax, x: float, y: float, scale: float, count: int) -> None:
    """Rings of petals from the outside in, each drawn round with wax and filled with smaller wax lines."""
    away, turn = wax.polar(x, y)
    away = away / scale
    outlines = ((0, 0), (3.4, 4), (6.2, 0), (9.4, 3), (15, 1), (20, 2))
    wax.put(away < 432 + 13 * np.cos(turn * count * 2), 0)
    wax.put(away < 424 + 13 * np.cos(turn * count * 2), 3)
    _beads(wax, away, turn, 409, count * 6, 3.6, ((0, 0),))
    wax.put(away < 396, 4)
    for inner, outer, petals, fullness, phase, dyes in (
        (264, 396, count * 2, 1.3, 0.0, ((0, 0), (2.4, 2), (5.2, 0), (7.2, 1), (10, 3))),
        (258, 392, count, 0.95, np.pi / count, outlines),
        (118, 250, count, 1.2, 0.0, ((0, 0), (2.6, 3), (5.4, 0), (7.4, 1))),
        (116, 246, count // 2, 0.9, 0.0, ((0, 0), (3.2, 2), (8.5, 0), (11, 1), (18, 0), (20.4, 3))),
    ):
        inside, along, beside = _petals(away, turn, petals, inner, outer, fullness, phase)
        wax.layers(inside, dyes)
        rib = (beside < 1.5) & (inside > 4) & (along < 0.86)
        comb = (np.abs((away + beside * 1.1) % 9 - 4.5) < 1.15) & (inside > 9) & (beside > 3.2) & (along > 0.1)
        wax.put(rib | comb, 0)
        wax.layers(4.6 - np.hypot(beside, away - (outer + 5)), ((0, 0), (2.2, 1)))
    for radius, broad, depth in ((256, 13, 0), (256, 7.5, 4), (112, 20, 0), (112, 13, 3)):
        _ring(wax, away, radius, broad, depth)
    _beads(wax, away, turn, 112, count * 3, 3.8, ((0, 0),))
    wax.put(away < 101, 4)
    inside, along, beside = _petals(away, turn, 8, 10, 99, 1.3)
    wax.layers(inside, ((0, 0), (3.2, 2), (8.5, 0), (10.5, 1), (16, 3)))
    wax.put((np.abs(beside) < 1.7) & (inside > 5), 0)
    wax.layers(31 - away, ((0, 0), (4, 3), (10, 0), (12.5, 1), (20, 4), (24, 0)))


def _field(wax: _Wax) -> None:
    """Between the medallions: four-petalled blossoms on a slanting net, and dots in every gap."""
    across, down = (wax.x + wax.y) / 1.4142, (wax.x - wax.y) / 1.4142
    pitch = 66
    left, top = across % pitch - pitch / 2, down % pitch - pitch / 2
    dots = 2.5 - np.hypot(wax.x % 11 - 5.5, (wax.y + 5.5 * ((wax.x // 11) % 2)) % 11 - 5.5)
    wax.put(dots > 0, 0)
    away, turn = np.hypot(left, top), np.arctan2(top, left)
    wax.put(away < 37, 4)
    inside, along, beside = _petals(away, turn, 4, 3, 35, 0.95, np.pi / 4)
    wax.layers(inside, ((0, 0), (2.6, 3), (5.0, 1)))
    wax.put((beside < 1.4) & (inside > 2.6) & (along < 0.75), 0)
    wax.layers(5.5 - away, ((0, 0), (2.6, 2)))


def _fill_with_dots(canvas: Canvas, wax: _Wax) -> None:
    """The smallest wax: rows of dots wherever open indigo or brown is left."""
    row = wax.y // 8.2
    dots = np.hypot((wax.x + 4.7 * (row % 2)) % 9.4 - 4.7, wax.y % 8.2 - 4.1) < 2.0
    for depth in (3, 4):
        open_ground = blur((wax.depth == depth).astype(np.float32), 2.6 * canvas.unit) > 0.985
        wax.put(dots & open_ground, 0)


def _hem(wax: _Wax) -> None:
    """Rows of triangles along the four edges, and a line of beads inside them."""
    rim = np.minimum(np.minimum(wax.x, EDGE - wax.x), np.minimum(wax.y, EDGE - wax.y))
    along = np.where(np.minimum(wax.x, EDGE - wax.x) < np.minimum(wax.y, EDGE - wax.y), wax.y, wax.x)
    wax.put(rim < 66, 0)
    wax.put(rim < 61, 3)
    wax.layers(4.2 - np.hypot(along % 13 - 6.5, rim - 53), ((0, 0),))
    wax.put(rim < 45, 0)
    wax.put(rim < 41, 4)
    flank = 17.5 - np.abs(along % 40 - 20)
    inside = np.minimum((flank * 36 / 17.5 - rim + 2) * 0.42, rim - 3)
    wax.layers(inside, ((0, 0), (2.6, 2), (5.4, 0), (7, 1)))


def _dye(canvas: Canvas, wax: _Wax, rng) -> None:
    """Bath after bath: uneven dye that creeps under the wax, then the crackle, then the weave."""
    unit, bleed = canvas.unit, 1.1 * canvas.noise(9, rng, 3)
    mottled, cloudy = canvas.noise(7, rng, 4, 0.7), canvas.noise(150, rng, 4)
    for depth, ink in ((1, OCHRE), (2, RED), (3, BROWN), (4, INDIGO)):
        where = blur((wax.depth == depth).astype(np.float32), 0.8 * unit)
        where = smoothstep(0.34, 0.68, where + 0.12 * (bleed - 0.5))
        ring = np.clip(blur(where, 3 * unit) * 2 - 1, 0, 1)
        strength = (0.80 + 0.16 * ring) * (0.80 + 0.26 * mottled) * (0.86 + 0.28 * cloudy)
        canvas.paint(
            ink * (0.86 + 0.3 * (mottled - 0.4) + 0.2 * (cloudy - 0.5))[..., None], where * np.clip(strength, 0, 0.98)
        )
    for spacing, breadth, strength in ((52, 1.9, 0.8), (22, 1.3, 0.55), (120, 2.6, 0.75)):
        canvas.glaze(np.array([0.30, 0.24, 0.26], np.float32), strength * _crackle(canvas, spacing, breadth, rng))
    weave = (
        np.sin(canvas.x * 2.6) * 0.5
        + np.sin(canvas.y * 2.6) * 0.5
        + 0.8 * (canvas.noise((1.6, 14), rng, 2) + canvas.noise((14, 1.6), rng, 2) - 1)
    )
    canvas.light(0.04 * weave + 0.08 * relief(canvas.noise(140, rng, 3), -2.2, 26 * unit))


def _crackle(canvas: Canvas, spacing: float, breadth: float, rng) -> np.ndarray:
    """Cracks where the wax broke: edges of cells bent by noise, fading in and out."""
    unit = canvas.unit
    x, y = scattered(EDGE, EDGE, spacing, rng, 1.3)
    first, second, _ = cells(canvas.shape, x * unit, y * unit, 2.2 * spacing * unit)
    bend = canvas.noise(spacing * 0.7, rng, 4, 0.65) - 0.5
    bend = [(canvas.noise(spacing * 0.5, rng, 4, 0.6) - 0.5) * spacing * 0.55 * unit for _ in range(2)]
    gap = sample(second - first, canvas.x * unit + bend[0], canvas.y * unit + bend[1]) / unit
    open_ = smoothstep(0.40, 0.66, canvas.noise(spacing * 2.2, rng, 3))
    return smoothstep(breadth, breadth * 0.3, gap) * open_
