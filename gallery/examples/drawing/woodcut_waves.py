"""Breaking waves under a red sun, cut in wood: a key block in indigo, two blues and vermilion on fibrous paper."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import smoothstep
from gallery.examples.drawing.palettes import colour
from gallery.examples.drawing.printing import Press, curve, gouge

ACROSS, DOWN = 1000, 720
PAPER, KEY, DEEP, PALE, RED, SAND = (colour(name) for name in "#efe2c4 #13213f #1f5480 #8fb3b5 #c8371f #dfb877".split())
BACK = ((-330, 150), (-235, 92), (-150, 8), (-78, -82), (0, -138), (72, -146), (126, -112), (146, -64), (136, -26))
FACE = ((130, 170), (62, 150), (10, 112), (-22, 58), (-20, -6), (18, -52), (66, -70), (104, -58), (136, -26))
WAVES = (
    (250, 300, 0.62, 1), (770, 285, 0.55, -1), (530, 345, 0.5, 1), (960, 400, 0.8, -1), (60, 430, 0.85, 1),
    (752, 465, 1.2, -1), (225, 560, 1.5, 1),
)  # fmt: skip


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels wide."""
    rng = np.random.default_rng(31)
    canvas = Canvas(size, ACROSS, DOWN, PAPER)
    blocks = {name: np.zeros(canvas.shape, np.float32) for name in ("red", "sand", "pale", "deep", "key")}
    _cut_sky(canvas, blocks, rng)
    horizon = 330
    for number, (x, y, scale, side) in enumerate(WAVES):
        _cut_sea(canvas, blocks, horizon if number == 0 else y + 40 * scale, rng)
        _cut_wave(canvas, blocks, (x, y, scale, side), rng)
    _cut_sea(canvas, blocks, 668, rng)
    press = Press(canvas, rng)
    for name, ink, shift in (
        ("sand", SAND, 2),
        ("red", RED, 1),
        ("pale", PALE, -2),
        ("deep", DEEP, 1),
        ("key", KEY, 0),
    ):
        press.pull(blocks[name], ink, shift, strength=1.12 if name == "key" else 1.0)
    return canvas.finished()


def _clear(blocks, area) -> None:
    for block in blocks.values():
        block *= 1 - area


def _cut_sky(canvas: Canvas, blocks, rng) -> None:
    away = np.hypot(canvas.x - 505, canvas.y - 172)
    sun = (away < 118 + 2 * np.sin(canvas.y / 3)).astype(np.float32)
    bands = canvas.y + 5 * np.sin(canvas.x / 90) + 9 * (canvas.noise((40, 300), rng, 2) - 0.5)
    dusk = smoothstep(250, 60, canvas.y) * 0.95
    carved = np.sin(bands / 2.6) > 1.5 - 2.4 * smoothstep(330, -60, canvas.y) + 0.7 * (
        canvas.noise((6, 90), rng, 3) - 0.5
    )
    blocks["pale"] += np.where(carved, dusk, 0) * (away > 124)
    blocks["sand"] += smoothstep(120, 340, canvas.y) * (np.sin(bands / 3.1) > -0.2) * (away > 124)
    low = np.sin(bands / 3.4) > 0.95 - 1.1 * smoothstep(165, 300, canvas.y)
    blocks["red"] += sun * (1 - low)
    for _ in range(9):
        x, y, long = rng.uniform(0, ACROSS), rng.uniform(30, 250), rng.uniform(90, 240)
        for row in range(rng.integers(3, 6)):
            reach = long * rng.uniform(0.4, 1)
            t = np.linspace(-1, 1, 40)
            line = np.stack([x + t * reach + rng.normal(0, 14), y + row * 7 + 4 * np.sin(t * 3 + x)], 1)
            shape = canvas.mask([gouge(line, (1 - t**2) ** 0.7 * rng.uniform(2.5, 5))])
            _clear(blocks, shape * (away > 120))
            blocks["deep"] += shape * (away > 120) * (row % 2 == 0)


def _cut_sea(canvas: Canvas, blocks, top: float, rng) -> None:
    """Open water from `top` down: swell lines that thicken and break."""
    swell = 9 * np.sin(canvas.x / 61 + top) + 6 * np.sin(canvas.x / 27 + 2 * top) + 5 * np.sin(canvas.x / 140 + top)
    level = canvas.y - top - swell
    level = level + 7 * (canvas.noise((30, 120), rng, 2) - 0.5) * smoothstep(0, 40, level)
    water = (level > 0).astype(np.float32)
    _clear(blocks, water)
    broken = canvas.noise((7, 70), rng, 3)
    phase = np.sin(level / 3.3)
    blocks["pale"] += water * (phase > -0.75 + 0.5 * broken)
    blocks["deep"] += water * ((np.sin(level / 6.6) > 0.1 + 0.9 * (broken - 0.5)) & (level > 6))
    blocks["key"] += water * ((phase > 0.99 - 0.75 * broken * smoothstep(5, 90, level)) | (level < 2.6))


def _cut_wave(canvas: Canvas, blocks, place, rng) -> None:
    """One breaking wave: lines run from its foot along the back and the face and meet in the curling tip."""
    x, y, scale, side = place

    def put(points: np.ndarray) -> np.ndarray:
        return np.stack([x + side * scale * points[:, 0], y + scale * points[:, 1]], 1)

    back, face = curve(BACK), curve(FACE)
    body = canvas.mask([[*map(tuple, put(back)), *map(tuple, put(face)[::-1])]])
    foot = put(np.array([[-330, 150], [130, 170], [160, 260], [-520, 260]]))
    body = np.maximum(body, canvas.mask([list(map(tuple, foot))]))
    _clear(blocks, body)
    t = np.linspace(0, 1, 90)
    blocks["pale"] += body
    lines = int(15 * scale**0.5) + 6
    for share in (np.arange(lines) + 0.5) / lines:
        line = put(back * (1 - share) + face * share)
        line = line + (rng.normal(0, 0.7, 90).cumsum() * 0.35 * np.sin(np.pi * t))[:, None]
        gap = np.hypot(*(put(back) - put(face)).T) / lines
        block = "deep" if share < 0.62 else "key"
        start, stop = rng.uniform(0, 0.12), rng.uniform(0.82, 0.97)
        worn = smoothstep(start, start + 0.12, t) * smoothstep(stop, stop - 0.2, t) * rng.uniform(0.4, 0.8)
        blocks[block] += canvas.mask([gouge(line, gap * worn + 0.6)])
        if share < 0.62 and rng.random() < 0.6:
            blocks["key"] += canvas.mask([gouge(line + 1.5, gap * worn * 0.3 * (t > rng.uniform(0, 0.5)))])
    for edge, broad in ((back, 4.4), (face, 3.4)):
        blocks["key"] += canvas.mask(
            [gouge(put(edge), (1.2 + broad * scale**0.5 * np.sin(np.pi * np.clip(t + 0.15, 0, 1))))]
        )
    _cut_foam(canvas, blocks, put(back), put(face), scale, side, rng)


def _cut_foam(canvas: Canvas, blocks, back, face, scale, side, rng) -> None:
    """White claws and bubbles along the crest, and spray in front of it."""
    edge, fill, ring = back[34:], [], []
    for index, (x, y) in enumerate(edge):
        ripe = index / len(edge)
        for _ in range(2):
            radius = scale**0.7 * rng.uniform(3.5, 10) * (0.45 + 0.75 * ripe)
            away = scale * rng.normal(6 - 12 * ripe, 7)
            fill.append((x + rng.normal(0, 3), y + away, radius))
        if index % 3 == 0 and ripe > 0.35:
            long, turn = scale * rng.uniform(16, 34), rng.uniform(0.2, 1.2)
            t = np.linspace(0, 1, 16)
            hook = np.stack([x + side * long * 0.62 * np.sin(t * turn * 2), y + long * (t - 0.25 * t**3)], 1)
            ring.append(gouge(hook, (1 - t) * 8.5 * scale**0.6 + 2.4))
            fill.append(gouge(hook[:14], np.maximum((1 - t[:14]) * 8.5 * scale**0.6 - 2.2, 0.4)))
    for _ in range(int(46 * scale)):
        tip = back[-1 - rng.integers(0, 50)]
        radius = scale**0.5 * rng.uniform(1, 3.4)
        fill.append((tip[0] + side * scale * rng.uniform(-20, 95), tip[1] + scale * rng.normal(-22, 40), radius))
    turn = np.linspace(0, 2 * np.pi, 18)
    discs = [item for item in fill if isinstance(item, tuple)]
    claws = [item for item in fill if not isinstance(item, tuple)]

    def blobs(grow: float):
        return [
            list(zip(x + (r + grow) * np.cos(turn), y + (r + grow) * np.sin(turn), strict=True)) for x, y, r in discs
        ]

    outline = canvas.mask([*blobs(1.5), *ring])
    white = canvas.mask([*blobs(0), *claws])
    _clear(blocks, outline)
    blocks["key"] += outline * (1 - white)
    for x, y, radius in discs:
        if radius > 4.5 * scale**0.7 and rng.random() < 0.7:
            arc = np.linspace(0.2, 2.4, 12) + rng.uniform(0, 6)
            line = np.stack([x + radius * 0.6 * np.cos(arc), y + radius * 0.6 * np.sin(arc)], 1)
            blocks["deep"] += canvas.mask([gouge(line, np.sin(np.linspace(0, np.pi, 12)) * 2.2)])
