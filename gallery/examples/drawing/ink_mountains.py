"""Mountains in mist, brushed in ink on a tall sheet: wet washes, dry texture strokes, pines, a boat and a seal."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import blur, sample, smooth_noise, smoothstep
from gallery.examples.drawing.palettes import colour

ACROSS, DOWN = 760, 1000
PAPER, INK, WARM, SEAL = colour("#ece2cb"), colour("#14161a"), colour("#6d5f4a"), colour("#b5271f")
FAR = ((430, 300, 0.34, 480, 150), (475, 250, 0.42, 225, 120), (560, 330, 0.62, 625, 120), (650, 250, 0.75, 130, 140),
       (745, 215, 0.85, 420, 150))  # fmt: skip
NEAR = ((935, 330, 1.0, 745, 125), (1010, 330, 1.0, 10, 150))
PINES = ((22, 170), (62, 130), (120, 90), (186, 120), (585, 95), (668, 120), (716, 175))


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels high."""
    rng = np.random.default_rng(8)
    canvas = Canvas(size, ACROSS, DOWN, PAPER)
    tooth = canvas.noise(2.4, rng, 4, 0.75)
    pools = canvas.noise(85, rng, 5, 0.6)
    canvas.glaze(
        WARM,
        0.16 * canvas.noise(300, rng, 4)
        + 0.10 * smoothstep(330, 480, np.hypot(canvas.x - 380, (canvas.y - 500) * 0.75)),
    )
    _moon(canvas, pools)
    for peak in FAR:
        _peak(canvas, peak, tooth, pools, rng)
    _water(canvas, tooth, rng)
    _boat(canvas, tooth)
    crest = np.min([_peak(canvas, peak, tooth, pools, rng) for peak in NEAR], 0)
    for x, tall in PINES:
        _pine(canvas, x, crest[int(x * canvas.unit)] + 9, tall, tooth, rng)
    _birds(canvas, tooth)
    _seal(canvas, tooth, rng)
    canvas.light(canvas.paper(rng, 0.085))
    return canvas.finished()


def _wash(canvas: Canvas, alpha: np.ndarray, ink: np.ndarray = INK) -> None:
    canvas.glaze(ink, np.clip(alpha, 0, 0.97))


def _moon(canvas: Canvas, pools: np.ndarray) -> None:
    away = np.hypot(canvas.x - 235, canvas.y - 165)
    halo = smoothstep(50, 56, away) * smoothstep(210, 60, away + 50 * (pools - 0.5))
    _wash(canvas, 0.26 * halo * (0.6 + 0.8 * pools))
    sky = smoothstep(330, 0, canvas.y) * smoothstep(60, 230, away)
    _wash(canvas, 0.30 * sky * pools**1.5)


def _peak(canvas: Canvas, peak, tooth, pools, rng) -> np.ndarray:
    """One mountain, `(foot, height, tone of the ink, centre, breadth)`: a wash dark at the crest that runs out into
    mist, a broken outline, and texture strokes. Returns the crest's height over the sheet's columns."""
    foot, tall, tone, centre, broad = peak
    across = canvas.x[0]
    rough = canvas.noise((4000, 120), rng, 6, 0.55)[0] - 0.5
    shape = np.exp(-(np.abs((across - centre) / broad) ** 1.5))
    shoulder = 0.55 * np.exp(-(np.abs((across - centre - 1.15 * broad) / (0.6 * broad)) ** 1.6))
    shoulder += 0.45 * np.exp(-(np.abs((across - centre + 1.3 * broad) / (0.7 * broad)) ** 1.6))
    crest = foot - tall * np.maximum(shape, shoulder) - 95 * rough * (0.35 + shape)
    below = canvas.y - crest + 5 * (pools - 0.5)
    stands = smoothstep(0.02, 0.22, np.maximum(shape, shoulder))
    mist = smoothstep(1.12, 0.15, below / (tall * 0.82) + 0.75 * (pools - 0.5)) * stands
    inside = smoothstep(-0.8, 1.4, below)
    bleed = smoothstep(-9, 0, below + 8 * (tooth - 0.5)) * (1 - inside)
    _wash(canvas, tone * 0.16 * bleed * mist * stands)
    canvas.paint(PAPER, inside * mist * 0.72)
    slope = np.gradient(blur(crest[None].repeat(3, 0), 8 * canvas.unit)[1]) * 1.0
    fall = canvas.x + below * np.clip(slope, -1.6, 1.6) * 0.7 + 26 * (pools - 0.5)
    fold = sample(canvas.noise((60, 30), rng, 5, 0.6), fall * canvas.unit % canvas.shape[1], below * 0.8 * canvas.unit)
    wet = np.exp(-np.clip(below, 0, None) / (tall * 0.30))
    wash = tone * mist * inside * (0.10 + 0.74 * wet * (0.45 + 0.9 * pools) + 0.42 * smoothstep(0.48, 0.7, fold))
    _wash(canvas, wash * (0.86 + 0.28 * tooth))
    rim = np.exp(-(((below - 3) / (2.2 + 2.6 * pools)) ** 2)) * smoothstep(0.36, 0.56, tooth * 0.55 + pools * 0.55)
    _wash(canvas, tone * 0.85 * rim * inside * stands**2)
    _texture_strokes(canvas, crest, slope, stands, peak, tooth, rng)
    return crest


def _texture_strokes(canvas, crest, slope, stands, peak, tooth, rng) -> None:
    """Axe-cut strokes down the folds: a half-dry brush dragged with the fall of the rock."""
    foot, tall, tone, centre, broad = peak
    ink = np.zeros(canvas.shape, np.float32)
    for _ in range(int(760 * tone + 90)):
        x = rng.normal(centre, broad * 1.25)
        column = int(np.clip(x * canvas.unit, 0, canvas.shape[1] - 1))
        y = float(crest[column]) + rng.exponential(tall * 0.2) + 3
        if y > foot + 40 or not -20 < x < ACROSS + 20:
            continue
        lean = np.arctan2(1.0, float(np.clip(slope[column], -1.6, 1.6)) * 1.1) + rng.normal(0, 0.16)
        long, wide = rng.uniform(10, 46) * (0.5 + 0.5 * tone), rng.uniform(0.8, 3.4) * (0.5 + 0.6 * tone)
        _brush(
            canvas,
            ink,
            x,
            y,
            lean,
            long,
            wide,
            tone * rng.uniform(0.2, 0.9) * np.exp(-(y - crest[column]) / (tall * 0.5)) * stands[column],
        )
    dry = smoothstep(
        0.22, 0.62, tooth + 0.35 * smooth_noise(canvas.shape, (9 * canvas.unit, 1.8 * canvas.unit), rng) - 0.1
    )
    _wash(canvas, np.clip(ink, 0, 0.92) * (0.25 + 0.75 * dry))


def _brush(canvas, ink, x, y, lean, long, wide, strength) -> None:
    """Add one tapering stroke from `(x, y)` on to a sheet of ink; heavy at its start, lifted at its end."""
    window = canvas.window(x, y, long + wide + 2)
    dx, dy = canvas.x[window] - np.float32(x), canvas.y[window] - np.float32(y)
    if not dx.size:
        return
    along = (dx * np.cos(lean) + dy * np.sin(lean)) / long
    beside = (dy * np.cos(lean) - dx * np.sin(lean)) / wide + 1.1 * along * along
    taper = np.clip(1.1 - along, 0, 1) * np.clip(along * 8 + 0.6, 0, 1)
    alpha = np.clip((taper - np.abs(beside)) * wide * 1.3, 0, 1) * (along > -0.08) * (along < 1)
    ink[window] = 1 - (1 - ink[window]) * (1 - alpha * strength * (1.05 - 0.5 * along))


def _water(canvas: Canvas, tooth, rng) -> None:
    ink = np.zeros(canvas.shape, np.float32)
    for _ in range(150):
        near = rng.random()
        x, y = rng.uniform(200, 640), 800 + 180 * near**0.8
        _brush(
            canvas,
            ink,
            x,
            y,
            rng.normal(0, 0.025),
            rng.uniform(30, 110) * (0.5 + 0.8 * near),
            rng.uniform(0.9, 2.6),
            rng.uniform(0.08, 0.4),
        )
    _wash(canvas, ink * (0.3 + 0.7 * smoothstep(0.3, 0.6, tooth)))
    depth = smoothstep(790, 1000, canvas.y) * canvas.noise((22, 200), rng, 4)
    _wash(canvas, 0.34 * depth)


def _pine(canvas: Canvas, x, y, tall, tooth, rng) -> None:
    """A leaning pine: a twisted trunk in few strokes and flat cushions of needles."""
    ink = np.zeros(canvas.shape, np.float32)
    lean, points = rng.normal(0, 0.12), []
    for step in np.linspace(0, 1, 9):
        points.append((x + tall * (lean * step + 0.05 * np.sin(step * 7 + x)), y - tall * step))
    for (left, low), (right, high) in pairwise(points):
        turn = np.arctan2(high - low, right - left)
        for _ in range(2):
            _brush(
                canvas,
                ink,
                left + rng.normal(0, 1),
                low,
                turn + rng.normal(0, 0.1),
                tall * 0.17,
                tall * 0.028 * (1.25 - 0.8 * (y - low) / tall),
                0.8,
            )
    for step in np.linspace(0.34, 1.04, 8):
        side = 1 if rng.random() < 0.5 else -1
        reach = tall * (0.42 - 0.26 * step) * rng.uniform(0.7, 1.2)
        left, top = x + tall * lean * step, y - tall * step
        _brush(canvas, ink, left, top, 0.15 if side > 0 else np.pi - 0.15, reach * 1.2, tall * 0.012, 0.75)
        for _ in range(3):
            middle, level = left + side * reach * rng.uniform(0.0, 1.1), top - rng.uniform(-3, 6)
            cushion = reach * rng.uniform(0.35, 0.6)
            for _ in range(26):
                turn = -np.pi * rng.random()
                out = cushion * rng.random() ** 0.5
                _brush(
                    canvas,
                    ink,
                    middle + out * np.cos(turn),
                    level + 0.35 * out * np.sin(turn),
                    turn * 0.75 - 0.4 + rng.normal(0, 0.25),
                    rng.uniform(5, 10) * tall / 120,
                    0.95,
                    rng.uniform(0.35, 0.85),
                )
    _wash(canvas, np.clip(ink, 0, 0.96) * (0.72 + 0.28 * smoothstep(0.25, 0.5, tooth)))


def _boat(canvas: Canvas, tooth) -> None:
    ink = np.zeros(canvas.shape, np.float32)
    for x, y, lean, long, wide, strength in (
        (352, 872, 0.10, 82, 4.2, 0.9), (430, 880, -0.35, 26, 3.2, 0.9), (372, 872, -1.0, 26, 6, 0.75),
        (392, 872, -2.1, 24, 6, 0.7), (418, 873, -1.5, 26, 3.6, 0.9), (417, 848, 0.0, 10, 2.6, 0.9),
        (421, 866, 0.7, 46, 1.1, 0.8), (350, 884, 0.03, 96, 2.2, 0.3),
    ):  # fmt: skip
        _brush(canvas, ink, x, y, lean, long, wide, strength)
    _wash(canvas, ink * (0.7 + 0.3 * tooth))


def _birds(canvas: Canvas, tooth) -> None:
    ink = np.zeros(canvas.shape, np.float32)
    for x, y, span in ((330, 250, 15), (362, 236, 12), (296, 272, 11), (398, 258, 9), (310, 228, 8)):
        _brush(canvas, ink, x, y, -2.6, span, 1.5, 0.85)
        _brush(canvas, ink, x, y, -0.5, span, 1.5, 0.85)
    _wash(canvas, ink * (0.7 + 0.3 * tooth))


def _seal(canvas: Canvas, tooth, rng) -> None:
    """A square red seal with an invented sign: three peaks over a wave."""
    x, y = canvas.x - 52, canvas.y - 60
    edge = np.maximum(np.abs(x - 22), np.abs(y - 22)) + 2.2 * (canvas.noise(9, rng, 2) - 0.5)
    frame = smoothstep(24, 22.5, edge)
    sign = (np.abs(np.abs((x % 14.6) - 7.3) * 1.7 + 9 - y + 4) < 1.9) & (y < 27) | (
        np.abs(y - 33 - 2.6 * np.sin(x / 3.4)) < 1.9
    )
    rim = (edge > 18.6) & (edge < 20.2)
    carved = frame * (1 - (sign & (edge < 18)).astype(np.float32)) * (1 - rim)
    canvas.glaze(SEAL, 0.92 * carved * smoothstep(0.2, 0.42, tooth))
