"""A river on a summer evening in points of pure colour: poplars, sails and their reflections."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import relief, sample, scattered, smoothstep
from gallery.examples.drawing.palettes import colour, colours, ramp

ACROSS, DOWN, SHORE, BANK = 1000, 740, 372, 590
PIGMENTS = colours(
    "#fff4d6 #fde58a #f9c440 #f28e2c #e65a34 #c9324a #e88aa0 #f3b9a6 #8d4fa0 #5a4bb0 #2f4fb2 #2f7fcf #6fb6e6 #b4dcec "
    "#2aa198 #1f7f5a #4aa84a #97c84c #d5df68 #1c2f66 #3a2352 #1a4a40 #7a3b30"
)
EVENING = colours("#6294d0 #8fb2dc #c6b8dc #f2c3b4 #fbd69a #fdeaa8")
SUN = (640, 268)
POPLARS = ((92, 590, 560, 50), (168, 600, 430, 40), (24, 610, 450, 46), (962, 660, 540, 48), (905, 668, 350, 34))
SAILS = ((300, 366, 118, 1), (430, 352, 74, -1), (790, 360, 92, 1), (885, 345, 48, -1))


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels wide."""
    rng = np.random.default_rng(47)
    canvas = Canvas(size, ACROSS, DOWN, colour("#efe3c8"))
    scene = _scene(canvas, rng)
    canvas.paint(scene * 0.55 + 0.45 * colour("#e9dcc4"), 0.8)
    canvas.light(canvas.paper(rng, 0.06))
    height = np.zeros(canvas.shape, np.float32)
    for spacing, radius, accents in ((13, 7.4, 0.08), (9, 5.3, 0.10), (7.2, 4.1, 0.12), (8.5, 2.8, 0.24)):
        _dab(canvas, height, scene, spacing, radius, accents, rng)
    canvas.light(0.16 * relief(height, -2.2, 0.9 * canvas.unit))
    return canvas.finished()


def _scene(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """The colours the points stand for when seen from afar."""
    x, y = canvas.x, canvas.y
    wander = canvas.noise((24, 90), rng, 3) - 0.5
    scene = ramp(EVENING, y / SHORE * 0.95 + 0.14 * wander)
    glow = np.exp(-(((x - SUN[0]) / 210) ** 2 + ((y - SUN[1]) / 120) ** 2))
    scene = _over(scene, colour("#fff0b0"), 0.75 * glow)
    for cloud, (left, top, broad) in enumerate(
        ((170, 95, 190), (470, 150, 150), (820, 80, 220), (330, 215, 170), (900, 190, 130))
    ):
        billow = canvas.noise((26, 60), rng, 4)
        body = np.exp(-(((x - left) / broad) ** 2 + ((y - top) / (broad * 0.17)) ** 2)) * (0.4 + billow)
        tint = colour("#f7b9a0") if cloud % 2 else colour("#fce6c0")
        scene = _over(scene, tint, smoothstep(0.28, 0.75, body) * 0.9)
        scene = _over(scene, colour("#9a8fc8"), smoothstep(0.3, 0.75, body) * smoothstep(0, 22, y - top) * 0.6)
    scene = _over(scene, colour("#fff6cc"), smoothstep(34, 29, np.hypot(x - SUN[0], y - SUN[1])))
    scene = _far_shore(canvas, scene, rng)
    scene = _water(canvas, scene, rng)
    for left, foot, tall, side in SAILS:
        scene = _boat(canvas, scene, left, foot, tall, side)
    return _bank(canvas, scene, rng)


def _over(scene: np.ndarray, ink: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = np.asarray(alpha, np.float32)[..., None]
    return scene * (1 - share) + ink * share


def _far_shore(canvas: Canvas, scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    x, y = canvas.x, canvas.y
    hills = SHORE - 52 - 24 * np.sin(x / 120 + 1) - 14 * np.sin(x / 47)
    scene = _over(scene, ramp(colours("#7a7fc0 #8f9cd0 #c3a9cc"), (y - hills) / 70), smoothstep(-2, 3, y - hills) * 0.9)
    trees = SHORE - 16 - 30 * canvas.noise((4000, 60), rng, 3)[0] * (0.4 + 0.6 * np.abs(np.sin(x[0] / 170)))
    tint = ramp(colours("#b9c860 #5fa050 #2b7a5c #28407a"), (y - trees) / 44 + 0.5 * (canvas.noise(18, rng, 2) - 0.5))
    return _over(scene, tint, smoothstep(-2, 3, y - trees))


def _water(canvas: Canvas, scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The upper half mirrored below the shore, broken by ripples that grow towards us."""
    x, y = canvas.x, canvas.y
    depth = np.clip(y - SHORE, 0, None)
    ripple = np.sin(depth**0.82 * 0.8 + 9 * canvas.noise((20, 160), rng, 3))
    mirrored = sample(
        scene, (x + ripple * (3 + depth * 0.05)) * canvas.unit, (SHORE - depth * 1.12 + ripple * 6) * canvas.unit
    )
    tint = ramp(colours("#5a86c0 #3f6fb4 #2f4f9a"), depth / (DOWN - SHORE))
    water = mirrored * 0.72 + tint * 0.28
    sparkle = np.exp(-(((x - SUN[0]) / (26 + 0.35 * depth)) ** 2)) * (ripple > 0.1)
    water = _over(water, colour("#ffe9a0"), 0.75 * sparkle)
    water = _over(water, colour("#2b3f92"), 0.4 * (ripple < -0.5) * canvas.noise((10, 80), rng, 2))
    return np.where((y > SHORE)[..., None], water, scene)


def _boat(canvas: Canvas, scene, left: float, foot: float, tall: float, side: int) -> np.ndarray:
    foot = foot + tall * 0.25 + 8
    for flip, fade in ((1, 1.0), (-0.8, 0.62)):
        deck, stern = foot - flip * 4, foot + flip * tall * 0.1
        sail = [(left, foot - flip * tall), (left + side * tall * 0.46, deck), (left + side * 2, deck)]
        jib = [(left - side * 3, foot - flip * tall * 0.86), (left - side * tall * 0.28, deck), (left - side * 3, deck)]
        hull = [(left - tall * 0.34, deck), (left + tall * 0.5, deck), (left + tall * 0.38, stern)]
        hull.append((left - tall * 0.24, stern))
        lit = ramp(colours("#fff7e0 #fbe0b4 #e9a98a"), np.abs(canvas.x - left) / (tall * 0.45))
        scene = _over(scene, lit, canvas.mask([sail]) * fade)
        scene = _over(scene, colour("#f0a070"), canvas.mask([jib]) * fade)
        scene = _over(scene, colour("#7a2f44"), canvas.mask([hull]) * fade)
    return scene


def _bank(canvas: Canvas, scene: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The near bank with its flowers and the poplars that frame the view."""
    x, y = canvas.x, canvas.y
    edge = BANK + 62 - 105 * np.exp(-(((x - 60) / 260) ** 2)) - 30 * np.sin(x / 210 + 2.4) + 8 * np.sin(x / 31)
    patches = canvas.noise((22, 60), rng, 4)
    grass = ramp(
        colours("#1f4f5a #2a7a50 #62ab48 #b7cf55 #eedc70"),
        patches * 1.15 - 0.1 + 0.2 * np.exp(-(((x - SUN[0]) / 260) ** 2)),
    )
    scene = _over(scene, grass, smoothstep(-3, 3, y - edge))
    shadow = smoothstep(0.52, 0.66, canvas.noise((16, 120), rng, 3)) * (y > edge)
    scene = _over(scene, colour("#27408a"), 0.55 * shadow)
    blossom = smoothstep(0.6, 0.68, canvas.noise(13, rng, 2)) * (y > edge + 12)
    scene = _over(scene, ramp(colours("#e4465a #f3b0c4 #f7e08a"), canvas.noise(60, rng, 1)), 0.85 * blossom)
    for left, foot, tall, broad in POPLARS:
        lean = left + 7 * np.sin(y / 70 + left)
        rise = (foot - y) / tall
        ragged = 0.55 + 0.75 * canvas.noise((34, 16), rng, 4, 0.7)
        shape = broad * np.clip(rise * 9, 0, 1) ** 0.5 * np.clip(1.02 - rise, 0, 1) ** 0.62 * ragged
        inside = smoothstep(2, -2, np.abs(x - lean) - shape) * (rise > 0.06)
        light = 0.5 + 0.5 * (x - lean) / broad * np.sign(SUN[0] - left) + 0.9 * (canvas.noise(20, rng, 3) - 0.5)
        leaves = ramp(colours("#1b2f6a #1a5a58 #3a8f4a #8fbf48 #f0dc62"), light)
        scene = _over(scene, colour("#4a2a50"), (np.abs(x - lean) < 6) * (y < foot + 8) * (y > foot - tall * 0.4))
        scene = _over(scene, leaves, inside)
    return scene


def _dab(canvas, height, scene, spacing: float, radius: float, accents: float, rng) -> None:
    """One layer of points: each takes a pigment near the scene's colour, some its complement."""
    unit = canvas.unit
    xs, ys = scattered(ACROSS, DOWN, spacing, rng, 0.75)
    wanted = sample(scene, xs * unit, ys * unit)
    away = ((wanted[:, None] - PIGMENTS) ** 2 @ np.array([1.0, 1.4, 0.8], np.float32)) / 0.030
    grey = wanted.mean(1, keepdims=True)
    counter = np.clip(grey + (grey - wanted) * 1.3 + 0.06, 0, 1)
    against = ((counter[:, None] - PIGMENTS) ** 2).sum(2) / 0.035
    away = np.where(rng.random((xs.size, 1)) < accents, against, away)
    chosen = np.argmin(away + rng.gumbel(0, 0.85, away.shape), 1)
    inks = PIGMENTS[chosen] * 0.82 + wanted * 0.18 + rng.normal(0, 0.025, (xs.size, 3))
    for x, y, ink in zip(xs * unit, ys * unit, inks, strict=True):
        size = radius * unit * rng.uniform(0.72, 1.12)
        reach = int(size * 1.4 + 2)
        window = np.s_[max(int(y) - reach, 0) : max(int(y) + reach, 0), max(int(x) - reach, 0) : max(int(x) + reach, 0)]
        pixels = canvas.pixels[window]
        if not pixels.size:
            continue
        rows = np.arange(window[0].start, window[0].start + pixels.shape[0])[:, None] - y
        columns = np.arange(window[1].start, window[1].start + pixels.shape[1]) - x
        turn, squash = rng.uniform(0, np.pi), rng.uniform(0.72, 1)
        along = (columns * np.cos(turn) + rows * np.sin(turn)) * squash
        beside = rows * np.cos(turn) - columns * np.sin(turn)
        out = np.sqrt(along * along + beside * beside) / size
        alpha = (np.clip((1 - out) * size * 0.8, 0, 1) * 0.94).astype(np.float32)
        pixels += alpha[..., None] * (ink.astype(np.float32) - pixels)
        height[window] += alpha * (0.4 + np.clip(1 - out * out, 0, 1) + 0.5 * out**4 - height[window] * 0.8)
