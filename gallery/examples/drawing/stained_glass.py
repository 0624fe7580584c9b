"""A leaded window: a sun with its rays over hills, a river and a tree, in mouth-blown glass."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import blur, cells, relief, scattered, smooth_noise, smoothstep
from gallery.examples.drawing.palettes import colour, colours, ramp, vary

ACROSS, DOWN = 790, 1000
SUN = (500, 300)
FRAME = 46
TREE = ((175, 330, 95), (105, 420, 70), (255, 425, 80), (190, 245, 62), (300, 330, 48), (85, 320, 50))
GLASS = {
    "sun": "#ffe68f #ffda6a #ffd45a",
    "corona": "#ff9e2c #f6781f #e85a1e",
    "ray": "#f7c548 #f2a03a #e6784a #d9566a #a94b8c #7a4ea6",
    "sky": "#7fc4e8 #4ba3dd #2f7fcb #2a5fb4 #27479a #222f7c",
    "far": "#6a5aa8 #574a9c #7d6cb8",
    "middle": "#1f8a86 #2aa394 #187274",
    "near": "#2f8f3e #5cab3a #1f7038 #86bd42",
    "river": "#bfeaf0 #7fd3e6 #3fb3dc #1f8cc8",
    "trunk": "#6b3420 #84452a #56281c",
    "leaf": "#2f9a48 #58b83e #8ccf46 #b9d94a #1f7d4a #e0b93c",
    "frame": "#b3202c #8c1626 #1c2f7a #d6932a",
}


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels high."""
    rng = np.random.default_rng(5)
    canvas = Canvas(size, ACROSS, DOWN, colour("#101014"))
    region, kinds = _design(canvas, rng)
    pane, pane_kinds = _panes(canvas, region, kinds, rng)
    glass = _glass(canvas, pane, pane_kinds, rng)
    canvas.pixels = glass
    _shine(canvas)
    _lead(canvas, region, pane, rng)
    return canvas.finished()


def _design(canvas: Canvas, rng: np.random.Generator) -> tuple[np.ndarray, dict[int, str]]:
    """Regions that no pane may cross, as numbers, and what each number shows."""
    x = canvas.x + 10 * (canvas.noise(160, rng, 2) - 0.5)
    y = canvas.y + 10 * (canvas.noise(160, rng, 2) - 0.5)
    away, turn = np.hypot(x - SUN[0], y - SUN[1]), np.arctan2(y - SUN[1], x - SUN[0])
    sector = ((turn + np.pi) / (2 * np.pi) * 26).astype(np.int32) % 26
    ring = np.digitize(away, (150, 215, 292, 385, 495, 630))
    region = 100 + ring * 40 + sector
    kinds = {int(number): "ray" if int(number) % 2 else "sky" for number in np.unique(region)}
    petal = 98 + 15 * np.cos(13 * (turn + np.pi) - np.pi)
    region = np.where(away < petal, 40 + sector // 2, region)
    region = np.where(away < 62, 1, region)
    far = 560 - 70 * np.sin(x / 128 + 0.6) - 26 * np.sin(x / 47)
    middle = 655 - 46 * np.sin(x / 150 + 3.6) - 14 * np.sin(x / 60)
    near = 800 + 62 * np.sin(x / 170 + 0.5)
    region = np.where(y > far, 2, region)
    region = np.where(y > middle, 3, region)
    course = 470 + 120 * np.sin((y - 640) / 92) - 0.15 * (y - 640)
    breadth = 12 + 0.30 * np.clip(y - 640, 0, None)
    region = np.where((y > middle + 6) & (np.abs(x - course) < breadth), 4, region)
    region = np.where((y > near) & (np.abs(x - course) >= breadth), 5, region)
    bough = 178 + 22 * np.sin((y - 500) / 90)
    region = np.where((y > 400) & (y < 905) & (np.abs(x - bough) < 15 + 26 * smoothstep(760, 905, y)), 6, region)
    for crown, (left, top, radius) in enumerate(TREE):
        away = np.hypot(x - left, y - top)
        region = np.where(away < radius * (1 + 0.06 * np.cos(7 * np.arctan2(y - top, x - left))), 30 + crown, region)
    edge = np.minimum(np.minimum(canvas.x, ACROSS - canvas.x), np.minimum(canvas.y, DOWN - canvas.y))
    along = np.where(
        np.minimum(canvas.x, ACROSS - canvas.x) < np.minimum(canvas.y, DOWN - canvas.y), canvas.y, canvas.x
    )
    region = np.where(edge < FRAME, 1000 + (along / 66).astype(np.int32), region)
    region = np.where(edge < 11, 2000, region)
    kinds |= {1: "sun", 2: "far", 3: "middle", 4: "river", 5: "near", 6: "trunk", 2000: "frame"}
    kinds |= {40 + petal: "corona" for petal in range(13)}
    kinds |= {30 + crown: "leaf" for crown in range(len(TREE))} | {1000 + number: "frame" for number in range(20)}
    return region.astype(np.int32), kinds


def _panes(canvas, region, kinds, rng) -> tuple[np.ndarray, list[str]]:
    """Cut each region into panes: a number for each pixel's pane, and what each pane shows."""
    pane, pane_kinds = np.zeros(canvas.shape, np.int32), []
    for names, spacing in ((("sky", "ray"), 0), (("frame", "sun", "corona"), 0), (("leaf",), 33), (("trunk",), 58),
                           (("river",), 54), (("far", "middle", "near"), 68)):  # fmt: skip
        numbers = [number for number, kind in kinds.items() if kind in names]
        here = np.isin(region, numbers)
        if spacing:
            x, y = scattered(ACROSS, DOWN, spacing, rng, 1.0)
            owner = cells(canvas.shape, x * canvas.unit, y * canvas.unit, 2.4 * spacing * canvas.unit, region)[2]
        else:
            owner = np.zeros(canvas.shape, np.int32)
        key = np.where(here, region.astype(np.int64) * 100_000 + owner + 1, -1)
        found, place = np.unique(key[here], return_inverse=True)
        pane[here] = place + len(pane_kinds)
        pane_kinds += [kinds[int(number) // 100_000] for number in found]
    return pane, pane_kinds


def _glass(canvas, pane, pane_kinds, rng) -> np.ndarray:
    """Each pane's colour with the streaks, seeds and ripples of blown glass."""
    count = len(pane_kinds)
    tones = np.empty((count, 3), np.float32)
    for number, kind in enumerate(pane_kinds):
        tones[number] = vary(ramp(colours(GLASS[kind]), rng.random()), rng, 0.12, 0.02)
    sky = np.array([kind in ("sky", "ray") for kind in pane_kinds])
    away = np.hypot(canvas.x - SUN[0], canvas.y - SUN[1])
    sums = np.bincount(pane.ravel(), minlength=count)
    reach = np.bincount(pane.ravel(), away.ravel(), minlength=count) / np.maximum(sums, 1)
    for number in np.flatnonzero(sky):
        place = np.clip((reach[number] - 90) / 520 + rng.normal(0, 0.07), 0, 1)
        tones[number] = vary(ramp(colours(GLASS[pane_kinds[number]]), place), rng, 0.08, 0.02)
    slant = rng.uniform(0, np.pi, count)[pane]
    swirl = smooth_noise(canvas.shape, 90 * canvas.unit, rng) * 22
    turned = canvas.x * np.cos(slant) + canvas.y * np.sin(slant) + swirl + rng.uniform(0, 90, count)[pane]
    streaks = 0.5 * np.sin(turned / 6.5) + 0.5 * np.sin(turned / 2.7 + 2 * np.sin(turned / 13))
    cloudy = canvas.noise(70, rng, 5, 0.65) - 0.5
    shade = 1 + 0.09 * streaks + 0.5 * cloudy + 0.2 * np.sin(turned / 45)
    ripple = relief(canvas.noise(9, rng, 3, 0.6), -2.2, 5 * canvas.unit)
    glass = tones[pane] * shade[..., None] + (0.10 * streaks * (streaks > 0) + 0.11 * ripple)[..., None]
    x, y = scattered(ACROSS, DOWN, 13, rng, 1.0)
    keep = rng.random(x.size) < 0.25
    bubble = cells(canvas.shape, x[keep] * canvas.unit, y[keep] * canvas.unit, 3.2 * canvas.unit)[0] / canvas.unit
    ringed = np.exp(-(((bubble - 1.5) / 0.5) ** 2)) * 0.16 * (canvas.noise(60, rng, 2) > 0.45)
    return np.clip(glass + ringed[..., None], 0, 1.2)


def _shine(canvas: Canvas) -> None:
    """Daylight behind the window: strongest at the sun, weak towards the frame, spilling around bright panes."""
    away = np.hypot((canvas.x - SUN[0]) / 1.0, (canvas.y - SUN[1]) / 1.15)
    canvas.pixels = canvas.pixels * (0.66 + 0.6 * np.exp(-((away / 400) ** 2)))[..., None]
    glow = blur(np.clip(canvas.pixels - 0.35, 0, 1), 16 * canvas.unit)
    canvas.pixels = canvas.pixels + 0.3 * glow


def _lead(canvas: Canvas, region: np.ndarray, pane: np.ndarray, rng: np.random.Generator) -> None:
    """Cames over every joint, broader where the design runs, rounded and soldered."""
    unit = canvas.unit
    width = np.zeros(canvas.shape, np.float32)
    for numbers, sigma in ((pane, 2.3), (np.where(region >= 100, region // 1000 * 1000, region), 3.6)):
        joint = np.zeros(canvas.shape, np.float32)
        joint[:, 1:] = numbers[:, 1:] != numbers[:, :-1]
        joint[1:] = np.maximum(joint[1:], numbers[1:] != numbers[:-1])
        width = np.maximum(width, blur(joint, sigma * unit) * sigma * unit * 2.2)
    wobble = 0.2 * (canvas.noise(14, rng, 3) - 0.5)
    canvas.glaze(colour("#2a2018"), np.clip(blur(width, 5 * unit) * 1.0, 0, 0.62))
    came = np.maximum(smoothstep(0.36, 0.5, width + wobble), region == 2000)
    rounded = relief(blur(np.clip(width, 0, 1.1), 1.0 * unit), -2.2, 2.6 * unit)
    worn = 0.5 + 0.5 * canvas.noise(7, rng, 3)
    metal = colour("#2b2c31") * (0.62 + 0.5 * worn)[..., None] + (0.30 * rounded * worn)[..., None]
    canvas.paint(np.clip(metal, 0.03, 1), came)
