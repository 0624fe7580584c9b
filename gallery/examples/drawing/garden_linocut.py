"""A garden cut in linoleum: blossoms, ferns and berries standing out of dark ground full of gouge marks."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import sample, scattered
from gallery.examples.drawing.palettes import colour
from gallery.examples.drawing.printing import Press, curve, gouge

ACROSS, DOWN = 790, 1000
PAPER, KEY, GREEN, CORAL, OCHRE = (colour(name) for name in "#f0e4c8 #15271f #6fa06a #e0573a #e8b04a".split())
BLOSSOMS = (
    (395, 300, 148, 17),
    (178, 520, 92, 13),
    (622, 560, 104, 14),
    (300, 800, 84, 12),
    (660, 130, 62, 10),
    (110, 160, 66, 10),
)
STEMS = (
    ((395, 1010), (405, 760), (372, 560), (395, 300)), ((380, 1010), (300, 800), (220, 660), (178, 520)),
    ((420, 1010), (520, 820), (600, 700), (622, 560)), ((330, 1010), (310, 930), (300, 860), (300, 800)),
    ((400, 480), (500, 330), (620, 230), (660, 130)), ((380, 470), (260, 330), (150, 250), (110, 160)),
)  # fmt: skip
FERNS = (
    (700, 1000, -1.75, 430),
    (60, 990, -1.35, 400),
    (745, 470, -1.75, 300),
    (40, 480, -1.4, 260),
    (560, 1010, -1.2, 280),
)
SPRIGS = (
    (520, 440, -0.5, 150),
    (268, 420, -2.6, 130),
    (480, 900, -1.0, 150),
    (200, 940, -2.2, 120),
    (770, 300, -2.2, 120),
    (290, 110, -1.3, 110),
    (500, 110, -1.7, 100),
)


class _Blocks:
    """The four blocks as sheets to fill (255 stands and prints) and to cut (0)."""

    def __init__(self, canvas: Canvas) -> None:
        self.unit = canvas.unit
        self.sheets = {
            name: Image.new("L", canvas.shape[::-1], 255 * (name == "key"))
            for name in ("key", "green", "coral", "ochre")
        }
        self.pens = {name: ImageDraw.Draw(sheet) for name, sheet in self.sheets.items()}

    def shape(self, name: str, outline, stands: bool = True) -> None:
        corners = [(float(x) * self.unit, float(y) * self.unit) for x, y in outline]
        self.pens[name].polygon(corners, fill=255 if stands else 0)

    def lift(self, outline, below: str | None) -> None:
        """Cut the shape out of every block and let it print in `below` only."""
        for name in self.pens:
            self.shape(name, outline, name == below)


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels high."""
    rng = np.random.default_rng(19)
    canvas = Canvas(size, ACROSS, DOWN, PAPER)
    blocks = _Blocks(canvas)
    _ground(canvas, blocks, rng)
    for fern in FERNS:
        _fern(blocks, fern, rng)
    for stem in STEMS:
        _stem(blocks, stem, rng)
    for sprig in SPRIGS:
        _berries(blocks, sprig, rng)
    for blossom in sorted(BLOSSOMS, key=lambda blossom: blossom[2]):
        _blossom(blocks, blossom, rng)
    _border(blocks, rng)
    press = Press(canvas, rng, grain=0.12)
    for name, ink, shift in (("ochre", OCHRE, 2), ("green", GREEN, -2), ("coral", CORAL, 2), ("key", KEY, 0)):
        press.pull(np.asarray(blocks.sheets[name], np.float32) / 255, ink, shift, 1.05)
    return canvas.finished()


def _ground(canvas: Canvas, blocks: _Blocks, rng) -> None:
    """Gouge marks that run round the big blossom and thin out towards it."""
    turning = canvas.noise((170, 170), rng, 2) * 3.2
    xs, ys = scattered(ACROSS, DOWN, 10.5, rng, 1.0)
    for x, y in zip(xs, ys, strict=True):
        around = np.arctan2(y - 300, x - 395) + np.pi / 2
        lean = around + float(sample(turning, np.array(x * canvas.unit), np.array(y * canvas.unit))) - 1.6
        if rng.random() < 0.2:
            continue
        long = rng.uniform(9, 24)
        t = np.linspace(-0.5, 0.5, 8)
        line = np.stack([x + long * t * np.cos(lean), y + long * t * np.sin(lean)], 1)
        line += (3 * t**2 * rng.normal(0, 2))[:, None]
        blocks.shape(
            "key",
            gouge(line, rng.uniform(1.6, 3.6) * np.sin(np.pi * (t + 0.5)) ** 0.7 * (0.6 + 0.6 * (t + 0.5))),
            False,
        )


def _leaf(blocks: _Blocks, x, y, lean, long, broad, below: str, rng) -> None:
    """One leaf: carved edge, midrib and veins; one half stays dark with light veins, the other light with dark ones."""
    t = np.linspace(0, 1, 30)
    bow = rng.normal(0, 0.16)
    belly = broad * np.sin(np.pi * t**0.8) ** 0.85

    def place(along, beside):
        beside = beside + bow * long * along * (1 - along)
        along = along * long
        return np.stack(
            [x + along * np.cos(lean) - beside * np.sin(lean), y + along * np.sin(lean) + beside * np.cos(lean)], 1
        )

    blocks.lift([*place(t, belly + 2.6), *place(t, -belly - 2.6)[::-1]], None)
    blocks.lift([*place(t, belly), *place(t, -belly)[::-1]], below)
    blocks.shape("key", [*place(t, belly), *place(t, t * 0)[::-1]])
    blocks.shape("key", gouge(place(t, -belly), 1.4 + 1.4 * np.sin(np.pi * t)))
    count = max(int(long / 8.5), 5)
    for at in np.linspace(0.08, 0.9, count):
        for side in (-1, 1):
            s = np.linspace(0, 1, 9)
            reach = 0.93 * np.interp(np.clip(at + 0.16, 0, 1), t, belly) * rng.uniform(0.75, 1)
            vein = place(at + s * 0.17 * rng.uniform(0.8, 1.2), side * reach * s**0.9)
            blocks.shape("key", gouge(vein, np.clip(1 - s, 0.08, 1) * rng.uniform(2.2, 3.6)), side < 0)
    blocks.shape("key", gouge(place(t, t * 0), 3.4 * (1.05 - t)), False)


def _stem(blocks: _Blocks, points, rng) -> None:
    line = curve(points, 60)
    t = np.linspace(0, 1, 60)
    blocks.lift(gouge(line, 13 - 5 * t), None)
    blocks.lift(gouge(line, 9 - 4 * t), "green")
    blocks.shape("key", gouge(line + np.array([1.6, 0]), 4 - 2 * t))
    for at in range(8, 46, 6):
        ahead = np.arctan2(*(line[at + 1] - line[at])[::-1])
        side = 1 if (at // 6) % 2 else -1
        long = rng.uniform(95, 150) * (1.1 - 0.5 * t[at])
        _leaf(
            blocks,
            *line[at],
            ahead + side * rng.uniform(0.65, 1.05),
            long,
            long * rng.uniform(0.17, 0.24),
            rng.choice(["green", "green", "ochre"]),
            rng,
        )


def _fern(blocks: _Blocks, fern, rng) -> None:
    """A frond: leaflets in pairs, smaller towards the curling tip."""
    x, y, lean, long = fern
    s = np.linspace(0, 1, 44)
    turn = lean + (0.75 if lean < -1.57 else -0.75) * -(s**2)
    line = np.stack([x + np.cumsum(np.cos(turn)) * long / 44, y + np.cumsum(np.sin(turn)) * long / 44], 1)
    for at in range(4, 43):
        for side in (-1, 1):
            reach = long * 0.26 * np.sin(np.pi * (0.12 + 0.86 * s[at])) * rng.uniform(0.9, 1.1)
            u = np.linspace(0, 1, 12)
            aim = turn[at] + side * (1.15 - 0.35 * s[at])
            path = np.stack(
                [
                    line[at, 0] + reach * u * np.cos(aim - side * 0.3 * u),
                    line[at, 1] + reach * u * np.sin(aim - side * 0.3 * u),
                ],
                1,
            )
            blocks.lift(gouge(path, 6.8 * np.sin(np.pi * (0.1 + 0.9 * u)) + 0.6), "green" if at % 2 else None)
            blocks.shape("key", gouge(path, 1.2 * (1 - u) + 0.3))
    blocks.lift(gouge(line, 4.2 - 3 * s), None)


def _berries(blocks: _Blocks, sprig, rng) -> None:
    x, y, lean, long = sprig
    t = np.linspace(0, 1, 24)
    turn = lean + 0.5 * t * rng.choice([-1, 1])
    line = np.stack([x + np.cumsum(np.cos(turn)) * long / 24, y + np.cumsum(np.sin(turn)) * long / 24], 1)
    blocks.lift(gouge(line, 3.6 - 2 * t), None)
    disc = np.linspace(0, 2 * np.pi, 26)
    for at in range(5, 24, 3):
        side = 1 if at % 2 else -1
        stalk = rng.uniform(14, 24)
        left, top = line[at] + stalk * np.array([np.cos(turn[at] + side), np.sin(turn[at] + side)])
        blocks.lift(gouge(np.linspace(line[at], (left, top), 6), np.full(6, 2.0)), None)
        radius = rng.uniform(8, 12)
        ring = np.stack([np.cos(disc), np.sin(disc)], 1)
        blocks.lift((left, top) + ring * (radius + 2.4), None)
        blocks.shape("coral", (left, top) + ring * radius)
        blocks.shape("key", gouge((left, top) + ring[2:15] * (radius - 1.5), 2.6 * np.sin(np.linspace(0, np.pi, 13))))
        blocks.shape(
            "coral", gouge((left, top) + ring[15:22] * radius * 0.55, 2.8 * np.sin(np.linspace(0, np.pi, 7))), False
        )


def _blossom(blocks: _Blocks, blossom, rng) -> None:
    """Rings of petals from the outside in, each petal hatched from its root, and a seeded heart."""
    x, y, radius, count = blossom
    inks = rng.permutation(["coral", "ochre", "coral"])
    for ring, (out, ink) in enumerate(zip((1.0, 0.74, 0.5), inks, strict=True)):
        petals = count - 2 * ring
        for turn in (np.arange(petals) + 0.5 * (ring % 2)) / petals * 2 * np.pi + rng.normal(0, 0.02):
            u = np.linspace(0, 1, 22)
            long, broad = radius * out * rng.uniform(0.93, 1.05), radius * out * np.pi / petals * 0.92

            def place(along, beside, turn=turn):
                return np.stack(
                    [
                        x + along * np.cos(turn) - beside * np.sin(turn),
                        y + along * np.sin(turn) + beside * np.cos(turn),
                    ],
                    1,
                )

            belly = broad * np.clip(np.sin(np.pi * u**1.7), 0, 1) ** 0.6
            blocks.lift([*place(long * u, belly + 2.4), *place(long * u, -belly - 2.4)[::-1]], None)
            blocks.shape("key", [*place(long * u, belly), *place(long * u, -belly)[::-1]])
            blocks.lift([*place(long * u * 0.97, belly * 0.8), *place(long * u * 0.97, -belly * 0.8)[::-1]], str(ink))
            for lane in np.linspace(-0.6, 0.6, 5):
                s = np.linspace(0.1, rng.uniform(0.55, 0.85) - 0.2 * abs(lane), 10)
                blocks.shape(
                    "key",
                    gouge(place(long * s, lane * np.interp(s, u, belly)), np.linspace(3.4, 0.3, 10) * radius / 110),
                )
    disc = np.linspace(0, 2 * np.pi, 40)
    heart = np.stack([np.cos(disc), np.sin(disc)], 1)
    blocks.lift((x, y) + heart * radius * 0.25, None)
    blocks.shape("key", (x, y) + heart * radius * 0.225)
    for seed in range(46):
        out, turn = radius * 0.2 * np.sqrt(seed / 46), seed * 2.39996
        blocks.lift((x + out * np.cos(turn), y + out * np.sin(turn)) + heart[::4] * radius * 0.016, "ochre")


def _border(blocks: _Blocks, rng) -> None:
    """The uncut rim of the block, its edge none too straight, and the bare paper around it."""
    for inset, width, stands in ((-8, 25, False), (17, 8, True), (25, 4, False)):
        for (ax, ay), (bx, by) in (((0, 0), (1, 0)), ((1, 0), (1, 1)), ((1, 1), (0, 1)), ((0, 1), (0, 0))):
            low, high = np.array([inset + width / 2] * 2), np.array([ACROSS, DOWN]) - inset - width / 2
            s = np.linspace(-0.02, 1.02, 50)[:, None]
            line = (low + (high - low) * [ax, ay]) * (1 - s) + (low + (high - low) * [bx, by]) * s
            path = gouge(line + rng.normal(0, 0.5, (50, 2)), np.full(50, width + 1.0))
            blocks.lift(path, None)
            if stands:
                blocks.shape("key", path)
