"""A poppy field at noon in thick paint: furrows running to a line of trees under a sky of rolling clouds."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import sample, scattered, smoothstep
from gallery.examples.drawing.palettes import colour, colours, ramp, vary
from gallery.examples.drawing.strokes import ThickPaint

ACROSS, DOWN, HORIZON = 1000, 780, 318
VANISHING = (655, HORIZON - 25)
SKY = colours("#1f5fa8 #3a86c4 #6fb3d3 #a9d3d2 #e4ead2 #fff6dc")
WHEAT = colours("#6d5a1e #b07c22 #dba32f #f1c84b #f9e58c #fff6c4")
GRASS = colours("#1d4a33 #33703a #5f9440 #a0b54a #d9d46a")
HILLS = colours("#33508f #4c6fae #7d93bd #9fb7b4 #c9c9a0")
TREES = colours("#0f2b2c #1d4a3a #2f6b41 #5a9148 #a9b955")
POPPY = colours("#8f1414 #c9241c #ea4526 #fb7c45")
CLOUDS = (
    (180, 130, 120, 46),
    (330, 95, 90, 38),
    (560, 175, 150, 40),
    (820, 105, 130, 52),
    (960, 210, 90, 30),
    (60, 235, 90, 26),
)


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels wide."""
    rng = np.random.default_rng(23)
    canvas = Canvas(size, ACROSS, DOWN, colour("#8a6a2a"))
    paint = ThickPaint(canvas, rng)
    _paint_sky(paint)
    _paint_hills(paint)
    _paint_field(paint)
    _paint_trees(paint)
    _paint_poppies(paint)
    paint.lit(strength=0.6)
    return canvas.finished()


def _paint_sky(paint: ThickPaint) -> None:
    canvas, rng = paint.canvas, paint.rng
    stream = canvas.y * 1.0 + 70 * canvas.noise((190, 330), rng, 2)
    cloud = np.zeros(canvas.shape, np.float32)
    for x, y, broad, high in CLOUDS:
        away = ((canvas.x - x) / broad) ** 2 + ((canvas.y - y) / high) ** 2
        stream = stream + 62 * np.exp(-away) * np.sign(np.float32(520 - x))
        cloud = np.maximum(cloud, np.exp(-(away**1.4)) * (1 - 0.55 * smoothstep(-0.2, 0.9, (canvas.y - y) / high)))
    turning = np.arctan2(*np.gradient(stream)) + np.pi / 2
    for spacing, length, width in ((17, 62, 22), (12, 46, 14), (10, 34, 9)):
        xs, ys = scattered(ACROSS, HORIZON, spacing, rng)
        px, py = xs * canvas.unit, ys * canvas.unit
        angles, white, levels = sample(turning, px, py), sample(cloud, px, py), sample(stream, px, py)
        bands = 0.5 + 0.5 * np.sin(levels / 7)
        tones = (
            0.12
            + 0.4 * ys / HORIZON
            + 0.2 * (bands - 0.4)
            + 0.75 * white * (0.7 + 0.4 * bands)
            + rng.normal(0, 0.06, xs.size)
        )
        for x, y, angle, tone in zip(xs, ys, angles, tones, strict=True):
            ink = vary(ramp(SKY, tone), rng, 0.05, 0.03)
            if tone > 0.62 and rng.random() < 0.16:
                ink = vary(colour(rng.choice(["#f6cfa8", "#d9c3d9", "#b7c9e2"])), rng)
            paint.stroke(
                x, y, angle + rng.normal(0, 0.1), length * rng.uniform(0.6, 1.1), width * rng.uniform(0.7, 1.2), ink,
                ramp(SKY, tone + rng.choice([-0.15, 0.2])), rng.normal(0, 0.1), rng.uniform(0.8, 1.2),
            )  # fmt: skip


def _paint_hills(paint: ThickPaint) -> None:
    rng = paint.rng
    for base, high, count, shift in ((HORIZON, 66, 520, 0.0), (HORIZON + 4, 34, 420, 0.38)):
        for _ in range(count):
            x = rng.uniform(-20, ACROSS + 20)
            crest = high * (0.55 + 0.3 * np.sin(x / 140 + high) + 0.18 * np.sin(x / 53 + 2 * high))
            rise = rng.random() ** 0.7 * crest
            slope = -high / 480 * np.cos(x / 140 + high)
            tone = shift + 0.15 + 0.45 * rise / high + rng.normal(0, 0.1)
            paint.stroke(
                x, base - rise, slope + rng.normal(0, 0.12), rng.uniform(26, 52), rng.uniform(8, 13),
                vary(ramp(HILLS, tone), rng), ramp(HILLS, tone + 0.2), rng.normal(0, 0.06), 1.1,
            )  # fmt: skip


def _paint_field(paint: ThickPaint) -> None:
    for rows, spread, slim in ((34, 0.75, 1.5), (62, 0.62, 1.0), (74, 0.8, 0.72)):
        _paint_rows(paint, rows, spread, slim)


def _paint_rows(paint: ThickPaint, rows: int, spread: float, slim: float) -> None:
    """One layer of straw and grass, from the horizon forwards; `spread` is the gap between strokes by their width."""
    rng = paint.rng
    for near in np.geomspace(0.014, 1.06, rows):
        wide, long = (5 + 10 * near) * slim, 9 + 44 * near
        for x in np.arange(-40, ACROSS + 40, wide * (1.1 + spread)):
            x, y = x + rng.normal(0, wide * 0.5), HORIZON + near * (DOWN - HORIZON) + rng.normal(0, 2 + 9 * near)
            run, rise = x - VANISHING[0], y - VANISHING[1]
            ridge = np.sin(run / max(rise, 6) * 17)
            shade = rng.normal(0, 0.13) + 0.12 * (1 - near) + 0.16 * np.sin(x / 90 + y / 37)
            if ridge > -0.3 + rng.normal(0, 0.2):
                ink, streak = (
                    ramp(WHEAT, 0.4 + 0.3 * ridge + shade),
                    ramp(WHEAT, 0.5 + 0.4 * ridge + rng.normal(0, 0.2)),
                )
            elif rng.random() < 0.2:
                ink, streak = ramp(HILLS, rng.random() * 0.6), ramp(GRASS, 0.2)
            else:
                ink = ramp(GRASS, 0.3 + 0.35 * (1 - near) + shade)
                streak = ramp(GRASS if rng.random() < 0.6 else WHEAT, 0.55 + shade)
            lean = np.arctan2(rise, run) + rng.normal(0, 0.13)
            paint.stroke(
                x, y, lean, long * rng.uniform(0.6, 1.15), wide * rng.uniform(0.7, 1.2), vary(ink, rng), streak,
                rng.normal(0, 0.05), rng.uniform(0.65, 1.15),
            )  # fmt: skip


def _paint_trees(paint: ThickPaint) -> None:
    rng = paint.rng
    groves = [(x, rng.uniform(9, 17), 1.0) for x in np.arange(-10, ACROSS, 21) if rng.random() < 0.75]
    groves += [
        (120, 30, 3.1),
        (152, 24, 2.5),
        (84, 22, 2.0),
        (815, 26, 2.6),
        (850, 30, 1.4),
        (893, 34, 1.2),
        (445, 22, 1.4),
    ]
    for x, broad, tall in groves:
        for _ in range(int((22 if tall > 2 else 26) * tall + 2 * broad)):
            turn, out = rng.uniform(0, 2 * np.pi), np.sqrt(rng.random())
            dx, dy = out * np.cos(turn) * broad * (0.6 if tall > 2 else 1), out * np.sin(turn) * broad * tall
            tone = 0.35 - 0.3 * dx / broad - 0.2 * dy / (broad * tall) + rng.normal(0, 0.12)
            sway = -np.pi / 2 + dx / broad * 0.5 if tall > 2 else turn + np.pi / 2
            paint.stroke(
                x + dx, HORIZON + 6 - broad * tall * 0.85 + dy, sway + rng.normal(0, 0.3), rng.uniform(9, 18),
                rng.uniform(4.5, 7.5), vary(ramp(TREES, tone), rng), ramp(TREES, tone + 0.25), rng.normal(0, 0.12), 1.1,
            )  # fmt: skip
        for _ in range(5):
            paint.stroke(
                x + rng.normal(6, broad * 0.7), HORIZON + 10 + rng.normal(0, 2), rng.normal(0, 0.1), broad * 1.1, 6,
                ramp(HILLS, rng.random() * 0.3), ramp(GRASS, 0.1), 0, 0.9,
            )  # fmt: skip


def _paint_poppies(paint: ThickPaint) -> None:
    rng = paint.rng
    flowers = []
    for _ in range(1900):
        near = rng.random() ** 1.4
        x = rng.uniform(-10, ACROSS + 10)
        drift = np.sin((x - VANISHING[0]) / (20 + 480 * near) * 5 + 1.3) + 0.5 * np.sin(x / 70 + near * 9)
        if rng.random() < smoothstep(-0.3, 1.1, np.float32(drift)):
            flowers.append((HORIZON + 14 + near * (DOWN - HORIZON - 10), x, near))
    for y, x, near in sorted(flowers):
        big = 3.5 + 15 * near * rng.uniform(0.6, 1.15)
        tone = rng.uniform(0.2, 0.85)
        for petal in range(1 + int(near * 3.6)):
            turn = rng.uniform(-0.5, 0.5) + np.pi * (petal % 2)
            paint.stroke(
                x + big * 0.34 * np.cos(turn), y + big * rng.normal(0, 0.2), turn + rng.normal(0, 0.5), big * 1.05,
                big * 0.66,
                vary(ramp(POPPY, tone - 0.1 * petal), rng), ramp(POPPY, tone + 0.35), rng.normal(0, 0.15), 1.2,
            )  # fmt: skip
        if near > 0.28 and rng.random() < 0.5:
            paint.stroke(x, y, rng.uniform(0, 3), big * 0.32, big * 0.26, colour("#1a0f18"), colour("#43203a"), 0, 1.3)
