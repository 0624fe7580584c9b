"""Birches in October, in watercolour: leaves run into each other wet in wet, the trunks are left as bare paper."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import relief, smoothstep
from gallery.examples.drawing.palettes import colour, colours

ACROSS, DOWN, GROUND = 1000, 760, 610
PAPER = colour("#f8f3e6")
LEAVES = colours("#f2b01e #e8861c #d95427 #c23a3a #f6cf4a #a8364f #9aa03c")
AUTUMN = colours("#b8b53e #f3c638 #f6b024 #f2912a #ea6a30 #d94a3c #c43a5a")
DISTANCE = colours("#8fa8cf #a997c9 #c9a0b6 #7fa7a8 #e3b38a #f0d08a")
EARTH = colours("#8a4a2a #b8672c #6a5a3a #7a3a4a #5a6a4a")
LITTER = np.vstack([EARTH, LEAVES[:4]])
# How a drop dries: pigment gathered at its rim, softness of its edge, how ragged it is.
WET_IN_WET, HAZE, CLUMP, LEAF = (0.25, 0.55, 0.9), (0.4, 0.2, 0.3), (0.35, 0.3, 1.1), (0.7, 0.08, 0.8)
PUDDLE, BLADE, SHADOW, DRY_LEAF, SPATTER = (
    (0.5, 0.22, 0.9),
    (0.5, 0.1, 0.3),
    (0.5, 0.12, 0.6),
    (0.8, 0.06, 0.25),
    (0.5, 0.15, 0.1),
)
SHADE, BARK = colour("#8d93b8"), colour("#2c2436")
TRUNKS = (
    (62, 27, -8),
    (148, 14, 6),
    (262, 34, 10),
    (352, 12, -5),
    (436, 20, 4),
    (560, 11, 7),
    (642, 38, -12),
    (742, 16, 9),
    (832, 25, -4),
    (930, 15, 6),
    (975, 30, 8),
)


class _Wash:
    """Pigment laid on the sheet in drops: darker at the rim, grained by the paper, kept off by masking fluid."""

    def __init__(self, canvas: Canvas, rng: np.random.Generator) -> None:
        self.canvas, self.rng = canvas, rng
        self.tooth = canvas.noise(2.6, rng, 3, 0.75)
        self.wanders = [canvas.noise(46, rng, 5, 0.62) for _ in range(4)]
        self.ripple = canvas.noise(15, rng, 4, 0.6)
        self.bloom = canvas.noise(120, rng, 5, 0.6)
        self.bare = np.ones(canvas.shape, np.float32)

    def drop(self, place, size, ink, strength: float, drying, lean: float = 0.0) -> None:
        """One drop around `place`, of half breadth and half height `size`, drying as `(rim, softness, raggedness)`."""
        (x, y), (broad, high), (rim, soft, rough) = place, size, drying
        window = self.canvas.window(x, y, max(broad, high) * (1 + rough * 0.5 + soft))
        dx, dy = self.canvas.x[window] - np.float32(x), self.canvas.y[window] - np.float32(y)
        if not dx.size:
            return
        along, beside = dx * np.cos(lean) + dy * np.sin(lean), dy * np.cos(lean) - dx * np.sin(lean)
        wander = self.wanders[self.rng.integers(0, 4)][window]
        out = np.hypot(along / broad, beside / high)
        out += rough * (0.62 * (wander - 0.5) + 0.5 * (self.ripple[window] - 0.5))
        body = smoothstep(1, 1 - soft, out)
        border = np.exp(-(((out - 1 + soft * 0.55) / (0.035 + 0.25 * soft)) ** 2)) * rim
        pool = 0.55 + 0.9 * self.bloom[window] * (1 + 0.35 * beside / high)
        density = body * pool * 0.75 + border * (out < 1)
        self.stain(window, ink, density * (0.62 + 0.76 * self.tooth[window]) * strength * self.bare[window])

    def stain(self, window, ink, density) -> None:
        """Let light pass twice through a layer: the deeper, the nearer to the pigment's own colour and beyond."""
        self.canvas.pixels[window] *= np.clip(ink, 0.03, 1) ** np.clip(density, 0, 3)[..., None]


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels wide."""
    rng = np.random.default_rng(71)
    canvas = Canvas(size, ACROSS, DOWN, PAPER)
    wash = _Wash(canvas, rng)
    trunks = _mask_trunks(canvas, wash, rng)
    _distance(wash)
    _foliage(wash)
    _ground(wash)
    _trunks(canvas, wash, trunks, rng)
    _near_leaves(wash)
    canvas.light(0.10 * relief(canvas.noise(3.4, rng, 3, 0.7), -2.3, 2.2 * canvas.unit))
    return canvas.finished()


def _mask_trunks(canvas: Canvas, wash: _Wash, rng) -> list[tuple[np.ndarray, float]]:
    """Masking fluid over the trunks and some branches; gives each trunk's sideways place, -1 to 1 inside."""
    places = []
    for x, broad, lean in TRUNKS:
        middle = x + lean * (canvas.y - 400) / 90 + 9 * np.sin(canvas.y / 130 + x) + 3 * np.sin(canvas.y / 37 + 2 * x)
        half = broad / 2 * (0.62 + 0.45 * canvas.y / DOWN) + 5 * smoothstep(GROUND - 10, GROUND + 50, canvas.y)
        place = (canvas.x - middle) / half
        foot = GROUND + 14 + 1.7 * broad + 9 * (wash.ripple - 0.5)
        inside = smoothstep(1.06, 0.94, np.abs(place) + 0.16 * (wash.ripple - 0.5)) * smoothstep(
            foot + 5, foot - 5, canvas.y
        )
        wash.bare *= 1 - 0.96 * inside
        places.append((place, inside))
        wash.bare *= 1 - 0.9 * canvas.mask(_branches(x, broad, lean, rng))
    return places


def _branches(x: float, broad: float, lean: float, rng) -> list[np.ndarray]:
    """Thin boughs that leave the trunk and bend upwards, as polygons."""
    boughs = []
    for _ in range(int(broad / 8)):
        top, side, long = rng.uniform(90, 380), rng.choice([-1, 1]), rng.uniform(50, 120)
        run = np.linspace(0, 1, 16)
        across = x + lean * (top - 400) / 90 + 9 * np.sin(top / 130 + x) + side * long * run
        rise = top - long * (0.35 * run + 0.75 * run**2) + 3 * np.sin(run * 9 + x)
        half = (0.4 + 0.085 * broad * (1 - run)) * (0.8 + 0.4 * rng.random(16))
        boughs.append(np.vstack([np.stack([across, rise - half], 1), np.stack([across, rise + half], 1)[::-1]]))
    return boughs


def _distance(wash: _Wash) -> None:
    uniform, normal, choice = wash.rng.uniform, wash.rng.normal, wash.rng.choice
    for _ in range(46):
        ink = DISTANCE[choice(6, p=(0.22, 0.2, 0.14, 0.1, 0.18, 0.16))]
        place, size = (uniform(-60, 1060), uniform(-40, GROUND)), (uniform(80, 210), uniform(60, 130))
        wash.drop(place, size, ink, uniform(0.3, 0.75), WET_IN_WET)
    for x in np.arange(-30, 1040, 75):
        ink = DISTANCE[choice([0, 1, 3, 4])]
        wash.drop((x, GROUND - 25), (90, uniform(30, 60)), ink, uniform(0.4, 0.7), WET_IN_WET)
    for x in np.arange(-10, 1010, 19):
        ink, high = DISTANCE[choice(4)] * 0.8, uniform(180, 300)
        place = (x + normal(0, 8), GROUND + 12 - 0.9 * high)
        wash.drop(place, (uniform(3, 9), high), ink, uniform(0.25, 0.6), HAZE, normal(0, 0.02))


def _foliage(wash: _Wash) -> None:
    uniform, normal, choice = wash.rng.uniform, wash.rng.normal, wash.rng.choice
    clumps = [(uniform(-30, 1030), 450 * wash.rng.random() ** 1.2 - 20) for _ in range(58)]
    hues = [int(4.2 + 3.1 * np.sin(x / 150 + y / 210) + normal(0, 0.8)) % 7 for x, y in clumps]
    for place, hue in zip(clumps, hues, strict=True):
        wash.drop(place, (uniform(45, 110), uniform(34, 75)), AUTUMN[hue], uniform(0.35, 0.75), CLUMP)
    for (x, y), hue in zip(clumps * 12, hues * 12, strict=True):
        ink = AUTUMN[int(np.clip(hue + choice([-1, 0, 0, 0, 1]), 0, 6))]
        broad = uniform(4, 15)
        place, size = (x + normal(0, 62), y + normal(0, 48)), (broad, broad * uniform(0.35, 0.8))
        wash.drop(place, size, ink, uniform(0.3, 0.9), LEAF, uniform(0, 3))


def _ground(wash: _Wash) -> None:
    uniform, normal, choice = wash.rng.uniform, wash.rng.normal, wash.rng.choice
    for _ in range(34):
        place, size = (uniform(-40, 1040), uniform(GROUND + 5, DOWN + 20)), (uniform(70, 190), uniform(16, 42))
        wash.drop(place, size, LITTER[choice(9)], uniform(0.4, 0.85), PUDDLE)
    for _ in range(420):
        place, size = (uniform(0, 1000), uniform(GROUND - 4, DOWN)), (uniform(1.2, 2.6), uniform(9, 30))
        wash.drop(place, size, LITTER[choice(9)], uniform(0.5, 1.2), BLADE, normal(0, 0.28))
    for x, broad, _ in TRUNKS:
        foot = (x + 9 * np.sin(GROUND / 130 + x) + 70, GROUND + 32 + broad)
        wash.drop(foot, (105, 6 + broad * 0.14), SHADE * 0.8, 0.8, SHADOW, 0.06)


def _trunks(canvas: Canvas, wash: _Wash, trunks, rng) -> None:
    """Cool shade on the side away from the light, warm bounce, and the bark's dark scars."""
    everywhere = np.s_[:, :]
    scars = canvas.noise((7, 34), rng, 3, 0.65)
    for (x, broad, _), (place, inside) in zip(TRUNKS, trunks, strict=True):
        round_off = smoothstep(-0.35, 1.0, place + 0.5 * (wash.ripple - 0.5))
        wash.stain(everywhere, SHADE, inside * round_off * (0.75 + 0.6 * wash.bloom) * (0.7 + 0.6 * wash.tooth))
        wash.stain(
            everywhere, LEAVES[0], inside * 0.3 * smoothstep(0.3, 0.9, wash.bloom) * smoothstep(0.4, -0.8, place)
        )
        rim = np.exp(-(((np.abs(place) - 0.96) / 0.09) ** 2)) * inside
        wash.stain(everywhere, BARK, 0.42 * rim * wash.wanders[0])
        if broad < 13:
            continue
        ring = np.abs(place) ** 1.3 * 0.16 + scars
        marks = smoothstep(0.74, 0.80, ring + 0.05 * np.sign(place) * place) * inside
        wash.stain(everywhere, BARK, 1.25 * marks * (0.55 + 0.7 * wash.tooth))
        for _ in range(int(broad / 6)):
            eye = rng.uniform(80, GROUND - 30)
            away = np.hypot(
                place * rng.uniform(1.6, 2.6) + rng.normal(0, 0.7),
                (canvas.y - eye + broad * 0.3 * place**2) / (broad * rng.uniform(0.1, 0.17)),
            )
            wash.stain(everywhere, BARK, 1.5 * smoothstep(1.0, 0.8, away + 0.9 * (wash.ripple - 0.5)) * inside)


def _near_leaves(wash: _Wash) -> None:
    """Last, with a loaded brush and dry edges: leaves in front of the trunks, fallen leaves, and spatter."""
    uniform, choice = wash.rng.uniform, wash.rng.choice
    wash.bare[...] = 1
    for _ in range(420):
        y = 430 * uniform() ** 1.5 if uniform() < 0.7 else uniform(GROUND, DOWN)
        broad = uniform(3.5, 8.5)
        ink, size = LEAVES[choice(6)] * uniform(0.75, 1), (broad, broad * uniform(0.32, 0.55))
        wash.drop((uniform(0, 1000), y), size, ink, uniform(0.8, 1.3), DRY_LEAF, uniform(0, 3.1))
    for _ in range(420):
        size = 0.7 + wash.rng.exponential(0.9)
        place = (uniform(0, 1000), uniform(0, DOWN))
        wash.drop(place, (size, size), LEAVES[choice(6)] * 0.9, uniform(0.6, 1.3), SPATTER)
