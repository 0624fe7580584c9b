"""A harbour broken into prisms: sails, quays and a low sun as overlapping planes, each shaded from its edge."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import blur, relief, sample, smooth_noise, smoothstep
from gallery.examples.drawing.palettes import colour, colours, ramp

ACROSS, DOWN, SHORE = 1000, 790, 520
SKY = colours("#16324f #2a6479 #6fa39a #d9c9a0 #f0b46a #e07a45")
SEA = colours("#e39a5a #5f9a98 #236b7c #143f5e #0d2440")
SAILS = (
    # foot x, foot y, height, breadth to the right and to the left, colours from mast to leech
    (180, 560, 330, 130, -70, "#f6ead0 #e9b872 #c9602f"), (330, 535, 240, -95, 50, "#e0472c #a32a2c #5a1f3a"),
    (470, 600, 470, 190, -95, "#fff4dc #f2cf93 #d98a4a"), (610, 560, 300, -120, 66, "#2a7f86 #1f5a74 #14304f"),
    (745, 585, 400, 160, -80, "#f3a53a #d9622b #8f2f34"), (880, 548, 260, -100, 60, "#f8eed6 #b9d0c4 #5f9a98"),
    (60, 545, 230, 90, -44, "#2f6f8a #1d4a6a #12304f"), (960, 560, 320, -120, 60, "#c43a2c #7a2436 #3a1a38"),
)  # fmt: skip


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels wide."""
    rng = np.random.default_rng(90)
    canvas = Canvas(size, ACROSS, DOWN, colour("#d9c9a0"))
    scene = _scene(canvas, rng)
    facet, glints, slant, seams = _prisms(canvas, rng)
    canvas.pixels = _broken(canvas, scene, facet, rng)
    canvas.light(glints)
    _brushwork(canvas, facet, slant, rng)
    _seams(canvas, seams, rng)
    return canvas.finished()


def _plane(canvas: Canvas, scene, outline, stops, towards: float, alpha: float = 0.92) -> np.ndarray:
    """Lay a plane whose colour runs along `stops` in the direction `towards`, radians."""
    points = np.asarray(outline, float)
    reach = points @ (np.cos(towards), np.sin(towards))
    place = (canvas.x * np.cos(towards) + canvas.y * np.sin(towards) - reach.min()) / (np.ptp(reach) + 1e-6)
    share = alpha * canvas.mask([outline])[..., None]
    return scene * (1 - share) + ramp(stops, place) * share


def _scene(canvas: Canvas, rng) -> np.ndarray:
    scene = np.where(
        (canvas.y < SHORE)[..., None], ramp(SKY, canvas.y / SHORE), ramp(SEA, (canvas.y - SHORE) / (DOWN - SHORE))
    )
    away = np.hypot(canvas.x - 655, canvas.y - 250)
    for radius, ink, alpha in (
        (260, "#f6c98a", 0.30),
        (180, "#f9d79a", 0.4),
        (112, "#fbe3a8", 0.75),
        (66, "#fff3cc", 0.95),
    ):
        scene = scene + (colour(ink) - scene) * (alpha * smoothstep(radius + 2, radius - 2, away))[..., None]
    for _ in range(26):
        left, broad, tall = rng.uniform(-40, 1000), rng.uniform(34, 90), rng.uniform(50, 190)
        stops = ramp(colours("#e8c48a #c9743f #7a3b44 #2f3f5f #4f8a8a #efe0b8"), rng.permutation(6)[:3] / 5)
        scene = _plane(
            canvas,
            scene,
            [
                (left, SHORE),
                (left, SHORE - tall),
                (left + broad * 0.5, SHORE - tall - broad * rng.uniform(0, 0.5)),
                (left + broad, SHORE - tall),
                (left + broad, SHORE),
            ],
            stops,
            rng.uniform(0, 3),
            0.8,
        )
    for index in range(34):
        top = SHORE + (DOWN - SHORE) * (index / 34) ** 1.2
        left, broad, high = rng.uniform(-150, 900), rng.uniform(120, 420), rng.uniform(20, 60)
        stops = ramp(SEA, np.clip(index / 34 + rng.uniform(-0.35, 0.35, 3), 0, 1))
        lean = rng.uniform(-40, 40)
        scene = _plane(
            canvas,
            scene,
            [(left, top), (left + broad, top + lean), (left + broad * 0.8, top + high + lean), (left + 40, top + high)],
            stops,
            rng.uniform(0, 3),
            0.6,
        )
    for x, foot, tall, main, jib, names in SAILS:
        stops = colours(names)
        hull = [
            (x + 1.2 * min(main, jib), foot + 4),
            (x + 1.2 * max(main, jib), foot + 4),
            (x + 0.8 * max(main, jib), foot + 46),
            (x + 0.7 * min(main, jib), foot + 46),
        ]
        mirrored = [(x, foot + 50 + tall * 0.6), (x + main, foot + 48), (x, foot + 48)]
        scene = _plane(canvas, scene, mirrored, stops[::-1], 1.2, 0.55)
        scene = _plane(
            canvas,
            scene,
            [(x, foot - tall), (x + main * 0.42, foot - tall * 0.42), (x + main, foot - 4), (x, foot - 4)],
            stops,
            0 if main > 0 else np.pi,
        )
        scene = _plane(
            canvas, scene, [(x, foot - tall * 0.86), (x + jib, foot - 4), (x, foot - 4)], stops[::-1], 1.9, 0.85
        )
        scene = _plane(canvas, scene, hull, colours("#1a1a2a #3a2436 #8a3a30"), rng.uniform(0, 2))
        scene = _plane(
            canvas,
            scene,
            [(x - 2, foot - tall - 14), (x + 2, foot - tall - 14), (x + 3, foot + 6), (x - 3, foot + 6)],
            colours("#2a1a22 #5a3a2a"),
            1.57,
        )
    return scene


def _prisms(canvas: Canvas, rng):
    """Lines and arcs across the picture: facet numbers, light along them, each facet's slant, and the seams."""
    facet, glints = np.zeros(canvas.shape, np.int64), np.zeros(canvas.shape, np.float32)
    seams = np.zeros(canvas.shape, np.float32)
    rays = [(655, 250, turn) for turn in np.arange(11) / 11 * np.pi + 0.1]
    lines = rays + [(rng.uniform(0, 1000), rng.uniform(60, DOWN - 60), rng.uniform(0, np.pi)) for _ in range(15)]
    for number, (x, y, turn) in enumerate(lines):
        away = (canvas.x - x) * np.sin(turn) - (canvas.y - y) * np.cos(turn)
        reach = smoothstep(
            rng.uniform(330, 620), 120, np.hypot(canvas.x - x - rng.normal(0, 130), canvas.y - y - rng.normal(0, 130))
        )
        _cleave(facet, glints, seams, away, reach, number, rng)
    for number, (x, y, radius) in enumerate(
        (
            (655, 250, 112),
            (655, 250, 182),
            (655, 250, 268),
            (470, 640, 330),
            (150, 300, 260),
            (900, 620, 240),
            (300, 760, 210),
        )
    ):
        away = np.hypot(canvas.x - x, canvas.y - y) - radius
        _cleave(facet, glints, seams, away, np.float32(0.8), number + 40, rng)
    _, facet = np.unique(facet, return_inverse=True)
    facet = facet.reshape(canvas.shape)
    return facet, glints, rng.integers(0, 6, facet.max() + 1), seams


def _cleave(facet, glints, seams, away, reach, number, rng) -> None:
    """One cut: both sides become different facets, one lit at the edge and the other in shade, fading outwards."""
    cut = reach > 0.25 if np.ndim(reach) else True
    facet += np.where((away > 0) & cut, 1 << (number % 60), 0)
    fade = np.exp(-np.abs(away) / rng.uniform(26, 70)) * reach
    glints += rng.choice([-1, 1]) * np.sign(away) * fade * rng.uniform(0.10, 0.24)
    seams += np.exp(-((away / 1.5) ** 2)) * reach * rng.uniform(0.3, 1)


def _broken(canvas: Canvas, scene, facet, rng) -> np.ndarray:
    """Each facet shows the scene a little displaced and in a slightly different light."""
    count = facet.max() + 1
    shift = rng.normal(0, 13, (2, count)).astype(np.float32)
    tone = (1 + rng.normal(0, 0.13, count)).astype(np.float32)
    tint = rng.normal(0, 0.03, (count, 3)).astype(np.float32)
    shown = sample(scene, (canvas.x + shift[0][facet]) * canvas.unit, (canvas.y + shift[1][facet]) * canvas.unit)
    return shown * tone[facet][..., None] + tint[facet]


def _brushwork(canvas: Canvas, facet, slant, rng) -> None:
    """Short parallel strokes, in each facet along its own direction, and the canvas below."""
    strokes, height = np.zeros(canvas.shape, np.float32), np.zeros(canvas.shape, np.float32)
    side = int(np.hypot(*canvas.shape)) + 2
    rows, columns = canvas.y * canvas.unit, canvas.x * canvas.unit
    for direction in range(6):
        turn = direction * np.pi / 6 + 0.2
        field = smooth_noise((side, side), (5.5 * canvas.unit, 24 * canvas.unit), rng) * 0.7
        field = field + 0.5 * smooth_noise((side, side), (2.2 * canvas.unit, 19 * canvas.unit), rng) - 0.6
        along = (columns * np.cos(turn) + rows * np.sin(turn)) % side
        beside = (rows * np.cos(turn) - columns * np.sin(turn)) % side
        here = slant[facet] == direction
        strokes[here] = sample(field, along, beside)[here]
    height = strokes + 0.25 * np.sin(canvas.x * 1.9) * np.sin(canvas.y * 1.9)
    canvas.light(np.clip(strokes * 0.5, -0.3, 0.3))
    warm = canvas.noise(50, rng, 4) - 0.5
    canvas.pixels = canvas.pixels + (warm * 0.12)[..., None] * np.array([1, 0.25, -0.9], np.float32)
    canvas.light(0.24 * relief(blur(height, 0.6 * canvas.unit), -2.2, 3.2 * canvas.unit))


def _seams(canvas: Canvas, seams, rng) -> None:
    """The drawing that shows through: dark here, light there, lost in between."""
    lost = canvas.noise(60, rng, 3)
    worn = np.clip(seams, 0, 1) * (0.4 + 0.6 * canvas.noise(5, rng, 3))
    canvas.glaze(colour("#1a1428"), 0.75 * worn * smoothstep(0.42, 0.6, lost))
    canvas.light(0.55 * worn * smoothstep(0.5, 0.3, lost))
