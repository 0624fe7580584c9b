"""A night harbour in thick paint: a sky of whirls over dark hills, and lamps drawn out on the water."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import sample, scattered, smoothstep
from gallery.examples.drawing.palettes import colour, colours, ramp, vary
from gallery.examples.drawing.strokes import ThickPaint

ACROSS, DOWN, SHORE = 1000, 790, 545
SKY = colours("#0b1636 #14275e #1d4488 #2f6cab #5fa3bd #a9cdb8 #e9dd9a")
WATER = colours("#081028 #0f2350 #1a3f78 #2b6492 #5a97a8")
LAMP = colours("#d9772a #f2a93b #fbd76c #fdf3c0")
HALO = colours("#fff6cf #fbdc74 #f4b63c #e8a237 #efe19a #c3d8ae #86bbbb #4d8fbd #2f6cab")
WHIRLS = ((285, 215, 92, 1.0), (560, 300, 70, -0.95), (800, 330, 55, 0.9), (120, 400, 50, -0.8), (430, 90, 45, 0.7))
STARS = ((845, 120, 74), (90, 110, 34), (430, 150, 24), (620, 110, 30), (690, 215, 20), (200, 355, 22), (945, 300, 24))
LAMPS = (70, 150, 262, 318, 455, 540, 598, 735, 812, 925)


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels wide."""
    rng = np.random.default_rng(11)
    canvas = Canvas(size, ACROSS, DOWN, colour("#122049"))
    paint = ThickPaint(canvas, rng)
    stream = _stream(canvas, rng)
    turning = np.arctan2(*np.gradient(stream)) + np.pi / 2
    glow = _glow(canvas)
    hill = (
        SHORE - 8 - 95 * canvas.noise((4000, 260), rng, 4)[0] * (0.5 + np.abs(np.linspace(-0.9, 1.1, canvas.shape[1])))
    )
    for spacing, length, width in ((16, 76, 21), (11, 52, 14), (9.5, 38, 9)):
        _paint_sky(paint, turning, stream, glow, spacing, length, width)
    _paint_stars(paint)
    for spacing, length, width in ((13, 60, 13), (9, 42, 7)):
        _paint_water(paint, spacing, length, width)
    _paint_hills(paint, hill)
    _paint_lamps(paint)
    paint.lit(strength=0.55)
    return canvas.finished()


def _stream(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """A stream function: strokes run along its level lines."""
    field = canvas.y * 0.9 + 95 * canvas.noise((230, 420), rng, 2)
    for x, y, radius, spin in WHIRLS:
        field = field + spin * radius * 2.1 * np.exp(-((canvas.x - x) ** 2 + (canvas.y - y) ** 2) / (2 * radius**2))
    for x, y, radius in STARS:
        field = field + radius * 2.6 * np.exp(-((canvas.x - x) ** 2 + (canvas.y - y) ** 2) / (2 * (radius * 0.8) ** 2))
    return field


def _glow(canvas: Canvas) -> np.ndarray:
    glow = 0.5 * smoothstep(230, 560, canvas.y)
    for x, y, radius in STARS:
        distance = np.hypot(canvas.x - x, canvas.y - y)
        glow = glow + 0.75 * np.exp(-((distance / (radius * 1.25)) ** 2))
    for x, y, radius, _ in WHIRLS:
        distance = np.hypot(canvas.x - x, canvas.y - y)
        glow = glow + 0.4 * np.exp(-(((distance - radius * 0.75) / (radius * 0.4)) ** 2))
    return glow


def _paint_sky(paint, turning, stream, glow, spacing, length, width) -> None:
    canvas, rng = paint.canvas, paint.rng
    xs, ys = scattered(ACROSS, SHORE, spacing, rng)
    px, py = xs * canvas.unit, ys * canvas.unit
    angles, levels, lights = sample(turning, px, py), sample(stream, px, py), sample(glow, px, py)
    bands = 0.5 + 0.5 * np.sin(levels / 8.5) * np.cos(levels / 31 + 1)
    tones = (
        0.05 + 0.56 * bands**1.5 * (0.6 + 0.7 * lights) + 0.42 * np.clip(lights, 0, 1.25) + rng.normal(0, 0.05, xs.size)
    )
    inks = vary(ramp(SKY, tones), rng, 0.06, 0.025)
    streaks = vary(ramp(SKY, tones + rng.choice([-0.14, 0.16, 0.22], xs.size)), rng, 0.05, 0.03)
    ahead = sample(turning, px + 14 * canvas.unit * np.cos(angles), py + 14 * canvas.unit * np.sin(angles))
    bends = np.clip((ahead - angles + np.pi / 2) % np.pi - np.pi / 2, -0.6, 0.6) * length / 14 * 0.16
    for index in range(xs.size):
        paint.stroke(
            xs[index], ys[index], angles[index] + rng.normal(0, 0.07), length * rng.uniform(0.6, 1.1),
            width * rng.uniform(0.7, 1.2), inks[index], streaks[index], float(np.clip(bends[index], -0.5, 0.5)),
            rng.uniform(0.75, 1.2),
        )  # fmt: skip


def _paint_stars(paint) -> None:
    rng = paint.rng
    for x, y, radius in STARS:
        for ring in np.arange(radius * 1.5, 2, -5.2):
            count = max(int(ring * 0.52), 4)
            for turn in np.arange(count) / count * 2 * np.pi + rng.uniform(0, 6):
                place = ring / (radius * 1.5) + rng.normal(0, 0.05)
                if rng.random() < 0.95 * (place - 0.38):
                    continue
                paint.stroke(
                    x + ring * np.cos(turn), y + ring * np.sin(turn), turn + np.pi / 2 + rng.normal(0, 0.08),
                    min(ring * 1.2, 22) + 7, rng.uniform(5.5, 8.5), vary(ramp(HALO, place), rng),
                    ramp(HALO, place + rng.choice([-0.2, 0.12])), 0.12, 1.15,
                )  # fmt: skip
        paint.stroke(x, y, rng.uniform(0, 3), 9, 9, LAMP[3], LAMP[2], 0, 1.3)


def _paint_water(paint, spacing, length, width) -> None:
    rng = paint.rng
    xs, ys = scattered(ACROSS, DOWN - SHORE, spacing, rng)
    order = np.argsort(ys + rng.normal(0, 20, ys.size))
    for x, y in zip(xs[order], ys[order] + SHORE, strict=True):
        depth = (y - SHORE) / (DOWN - SHORE)
        wave = np.sin(y / 9 + 2.2 * np.sin(x / 120 + depth * 3)) * 0.5 + 0.5
        tone = 0.16 + 0.45 * wave * (1 - 0.35 * depth) + rng.normal(0, 0.08)
        moon = np.exp(-(((x - 845) / (34 + 55 * depth)) ** 2))
        ink = ramp(WATER, tone)
        if rng.random() < 0.75 * moon:
            ink = ramp(SKY, 0.62 + 0.4 * rng.random())
        paint.stroke(
            x, y, rng.normal(0.02 * np.sin(x / 50), 0.06), length * rng.uniform(0.5, 1.1) * (0.55 + 0.6 * depth),
            width * rng.uniform(0.7, 1.1) * (0.65 + 0.6 * depth), vary(ink, rng), ramp(WATER, tone + 0.25),
            rng.normal(0, 0.05), rng.uniform(0.6, 1.1),
        )  # fmt: skip


def _paint_hills(paint, hill) -> None:
    rng, columns = paint.rng, paint.canvas.shape[1]
    greens = colours("#050a1c #0a1730 #12304a #1c4a56 #3a6b5e")
    for _ in range(1500):
        x = rng.uniform(-10, ACROSS + 10)
        column = int(np.clip(x * paint.canvas.unit, 0, columns - 1))
        top = float(hill[column])
        y = rng.uniform(top, SHORE + 3)
        slope = np.arctan2(
            float(hill[min(column + 20, columns - 1)] - hill[max(column - 20, 0)]), 40 / paint.canvas.unit
        )
        tone = 0.15 + 0.5 * np.exp(-(y - top) / 14) * rng.random() + rng.normal(0, 0.08)
        paint.stroke(
            x, y, slope * 0.8 + rng.normal(0, 0.25), rng.uniform(16, 36), rng.uniform(6, 11), ramp(greens, tone),
            ramp(greens, tone + 0.2), rng.normal(0, 0.12), 1.1,
        )  # fmt: skip


def _paint_lamps(paint) -> None:
    rng = paint.rng
    for x in LAMPS:
        x, strong = x + rng.normal(0, 6), rng.uniform(0.6, 1.2)
        for y in np.arange(SHORE + 8, SHORE + 60 + 150 * strong, 6.5):
            fade = (y - SHORE) / (60 + 150 * strong)
            if rng.random() < 0.25 + 0.45 * fade:
                continue
            tone = 0.9 - 0.85 * fade + rng.normal(0, 0.1)
            paint.stroke(
                x + rng.normal(0, 2 + 6 * fade), y + rng.normal(0, 2), rng.normal(0, 0.12),
                rng.uniform(9, 22) * (0.7 + fade), rng.uniform(4, 8),
                vary(ramp(LAMP, tone), rng), ramp(LAMP, tone + 0.3), rng.normal(0, 0.15), rng.uniform(0.5, 1.0),
            )  # fmt: skip
        for dx, dy, tone in ((-3, -3, 0.4), (3, -5, 0.7), (0, -4, 1.0)):
            paint.stroke(x + dx, SHORE + dy, rng.uniform(0, 3), 10, 8, ramp(LAMP, tone), ramp(LAMP, tone + 0.2), 0, 1.3)
