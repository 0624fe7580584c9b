"""Two koi in a pool of glass and gold tesserae, laid in rows that follow the fish and the ripples."""

from __future__ import annotations

import numpy as np
from PIL import Image

from gallery.examples.drawing.canvas import Canvas
from gallery.examples.drawing.noise import blur, cells, fractal_noise, relief, sample, scattered, smoothstep
from gallery.examples.drawing.palettes import colour, colours, ramp, vary

ACROSS, DOWN, TILE, FINE = 1000, 800, 12.5, 9.4
GROUT = colour("#4a453d")
POOL = colours("#0c2c4c #12507a #1a7fa0 #37aab0 #7fcfc0 #c6e9d2")
ORANGE = colours("#8c1f10 #c9361a #ea5a1f #f98a2b #fdb95a")
WHITE = colours("#cfc6b0 #e9e2cf #f7f3e6 #fffdf6")
GOLD = colours("#8f5f12 #c9921f #efc14a #fde9a2")
BLACK = colours("#07090f #141a2a #26324a")
LILY = colours("#123a2a #1f6a3c #4a9c45 #9ccb55 #d8e288")
PINK = colours("#a92a5c #dd5f8c #f4a3bb #fde0e4")
KOI = (
    ((205, 560), (290, 470), (400, 425), (515, 440), (600, 500)),
    ((835, 258), (735, 330), (620, 322), (530, 255), (462, 178)),
)
PADS = (
    (120, 150, 92, 0.6),
    (890, 640, 112, 3.6),
    (770, 735, 66, 2.2),
    (250, 90, 52, 5.0),
    (935, 120, 60, 1.4),
    (90, 730, 60, 0.2),
)
# Where each fin grows (a point of the spine), the turn and length of its rays, and how far beside the spine.
FINS = (
    (39, (-0.75, -0.3, 0.0, 0.3, 0.75), (120, 100, 62, 100, 128), 0),
    (13, (0.45, 0.75, 1.1), (92, 98, 66), 42),
    (13, (-0.45, -0.75, -1.1), (92, 98, 66), -42),
    (27, (0.5, 0.85), (62, 50), 22),
    (27, (-0.5, -0.85), (62, 50), -22),
)


def draw(size: int = 1024) -> Image.Image:
    """The picture, `size` pixels wide."""
    rng = np.random.default_rng(64)
    canvas = Canvas(size, ACROSS, DOWN, GROUT)
    level, part, along = _design(canvas, rng)
    grout = 0.75 + 0.4 * canvas.noise(4, rng, 4, 0.7)
    canvas.pixels = canvas.pixels * grout[..., None]
    x, y, turn, length = _rows(canvas, level, part, rng)
    inks, shine = _inks(canvas, x, y, part, along, rng)
    height = _set(canvas, x, y, turn, length, inks, shine, rng)
    canvas.light(0.42 * relief(height, -2.2, 1.5 * canvas.unit))
    lamp = np.exp(-(((canvas.x - 380) / 620) ** 2 + ((canvas.y - 250) / 520) ** 2))
    canvas.pixels = canvas.pixels * (0.80 + 0.30 * lamp)[..., None]
    return canvas.finished()


def _distance(canvas: Canvas, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel is from a dense line of points, and which point is nearest."""
    unit = canvas.unit
    away, _, nearest = cells(canvas.shape, points[:, 0] * unit, points[:, 1] * unit, 330 * unit)
    return away / unit, nearest


def _koi(spine) -> tuple[np.ndarray, np.ndarray]:
    """Points along a fish, head first, and its half breadth at each."""
    spine = np.array(spine, float)[::-1]
    t = np.linspace(0, 1, 42)
    curve = np.stack([np.polyval(np.polyfit(np.linspace(0, 1, 5), spine[:, axis], 4), t) for axis in (0, 1)], 1)
    breadth = 66 * np.sqrt(np.clip(t * 7, 0, 1)) * np.clip(1.06 - t, 0, 1) ** 0.8 + 5
    return curve, breadth


def _fins(curve: np.ndarray) -> list[list[tuple[float, float]]]:
    """Tail and side fins as fans."""
    ahead = np.gradient(curve, axis=0)
    ahead /= np.hypot(*ahead.T)[:, None]
    side = np.stack([-ahead[:, 1], ahead[:, 0]], 1)
    fans = []
    for at, spread, long, offset in FINS:
        root = curve[at] + side[at] * offset
        fan = [tuple(root - ahead[at] * 12)]
        fan += [
            tuple(root + reach * (np.cos(turn) * ahead[at] + np.sin(turn) * side[at]))
            for turn, reach in zip(spread, long, strict=True)
        ]
        fan.append(tuple(root + ahead[at] * 14 + side[at] * np.sign(spread[-1]) * -4))
        fans.append(fan)
    return fans


def _design(canvas: Canvas, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The field whose level lines the rows follow, what each pixel shows, and the place along its thing."""
    warp = 46 * canvas.noise((330, 420), rng, 1)
    level = np.hypot(canvas.x - 500, canvas.y - 400) + warp
    part, along = np.zeros(canvas.shape, np.int32), np.zeros(canvas.shape, np.float32)
    for x, y, radius, notch in PADS:
        away, turn = np.hypot(canvas.x - x, canvas.y - y), np.arctan2(canvas.y - y, canvas.x - x)
        wedge = np.abs((turn - notch + np.pi) % (2 * np.pi) - np.pi)
        leaf = (away < radius) & (wedge > 0.28)
        near = away < radius * 1.45
        level = np.where(near, away, level)
        part, along = np.where(leaf, 3, part), np.where(leaf, away / radius + 0.15 * np.cos(turn * 9), along)
    flower = np.hypot(canvas.x - 890, canvas.y - 640)
    bloom = flower < 52 + 14 * np.cos(8 * np.arctan2(canvas.y - 640, canvas.x - 890))
    part, along = np.where(bloom, 4, part), np.where(bloom, flower / 60, along)
    for number, spine in enumerate(KOI):
        curve, breadth = _koi(spine)
        away, nearest = _distance(canvas, curve)
        body = away - breadth[nearest]
        fin = canvas.mask(_fins(curve)) > 0
        level = np.where(body < 50 - 12 * number, body, level)
        part = np.where((body > 0) & (body < FINE), 8, part)
        part = np.where(fin & (body > 0), 5, np.where(body < 0, 1 + number, part))
        along = np.where((body < 0) | fin, np.clip(nearest / 41.0, 0, 1), along)
        for sign in (-1, 1):
            ahead = curve[5] - curve[3]
            spot = curve[4] + sign * 31 * np.array([-ahead[1], ahead[0]]) / np.hypot(*ahead)
            part = np.where(np.hypot(canvas.x - spot[0], canvas.y - spot[1]) < 8, 6, part)
    border = np.minimum(np.minimum(canvas.x, ACROSS - canvas.x), np.minimum(canvas.y, DOWN - canvas.y))
    part, level = np.where(border < 40, 7, part), np.where(border < 40, border, level)
    return level, part, np.where(border < 40, border / 40, along)


def _rows(canvas: Canvas, level, part, rng):
    """Walk along the level lines, setting a stone wherever there is room; whole stones first, then fillings."""
    unit = canvas.unit
    stride = max(int(2 * unit), 1)
    down, across = np.gradient(blur(level, unit)[::stride, ::stride], stride / unit)
    taken = [[[] for _ in range(int(ACROSS / TILE) + 4)] for _ in range(int(DOWN / TILE) + 4)]
    stones = []

    def lay(x: float, y: float, gap: float) -> bool:
        row, column = int(y // TILE) + 2, int(x // TILE) + 2
        if not (0 <= x < ACROSS and 0 <= y < DOWN):
            return False
        near = (stone for rows in taken[row - 1 : row + 2] for cell in rows[column - 1 : column + 2] for stone in cell)
        if any((left - x) ** 2 + (top - y) ** 2 < (0.5 * (gap + other)) ** 2 for left, top, other in near):
            return False
        taken[row][column].append((x, y, gap))
        return True

    for share, spacing in ((1.0, TILE * 0.9), (0.8, TILE * 0.42), (0.6, TILE * 0.36)):
        xs, ys = scattered(ACROSS, DOWN, spacing, rng, 1.0)
        inside = (xs > 0) & (xs < ACROSS) & (ys > 0) & (ys < DOWN)
        xs, ys = xs[inside], ys[inside]
        heights, kinds = sample(level, xs * unit, ys * unit), sample(part, xs * unit, ys * unit)
        order = np.lexsort((np.abs(heights) // TILE, kinds == 0, kinds != 6))
        for x, y, kind in zip(xs[order], ys[order], kinds[order], strict=True):
            gap = share * (FINE if kind in (1, 2, 5, 6, 8) else TILE)
            target = None
            while True:
                row, column = (
                    min(int(edge * unit), limit - 1) for edge, limit in zip((y, x), level.shape, strict=True)
                )
                if row < 0 or column < 0:
                    break
                slope = (across[row // stride, column // stride], down[row // stride, column // stride])
                steep = max(slope[0] ** 2 + slope[1] ** 2, 0.2)
                if target is None:
                    target = (np.floor(level[row, column] / gap) + 0.5) * gap
                pull = np.clip((target - level[row, column]) / steep, -gap, gap) * (share == 1)
                x, y = x + pull * slope[0], y + pull * slope[1]
                if not lay(x, y, gap * 0.9):
                    break
                turn = np.arctan2(slope[1], slope[0]) + np.pi / 2
                stones.append((x, y, turn, gap))
                x, y = x + gap * np.cos(turn), y + gap * np.sin(turn)
    return (np.array(column) for column in zip(*stones, strict=True))


def _inks(canvas: Canvas, x, y, part, along, rng):
    """A colour for each stone and how much it shines."""
    unit = canvas.unit
    px, py = x * unit, y * unit
    kind, place = sample(part, px, py), sample(along, px, py)
    depth = sample(canvas.noise((120, 260), rng, 4), px, py)
    ripple = np.sin(np.hypot(x - 500, (y - 400) * 1.1) / 17 + 6 * depth)
    inks = ramp(POOL, 0.08 + 0.62 * depth + 0.16 * ripple + rng.normal(0, 0.09, x.size))
    patch = sample(canvas.noise(74, rng, 3), px, py)
    fish = np.where(
        (patch > 0.47)[:, None],
        ramp(ORANGE, 0.3 + 0.9 * (patch - 0.4) + rng.normal(0, 0.13, x.size)),
        ramp(WHITE, rng.random(x.size)),
    )
    other = np.where(
        (patch > 0.7)[:, None],
        ramp(BLACK, rng.random(x.size)),
        ramp(ORANGE, 0.25 + 0.8 * patch + rng.normal(0, 0.14, x.size)),
    )
    for number, tint in (
        (1, fish),
        (2, other),
        (3, ramp(LILY, 0.2 + 0.6 * place + rng.normal(0, 0.12, x.size))),
        (4, ramp(PINK, place + rng.normal(0, 0.12, x.size))),
        (5, ramp(np.vstack([ORANGE[2:], WHITE[2:3]]), rng.random(x.size))),
        (6, np.tile(BLACK[0], (x.size, 1))),
        (8, ramp(BLACK, rng.random(x.size))),
        (7, ramp(GOLD, 0.55 + rng.normal(0, 0.25, x.size))),
    ):
        inks = np.where((kind == number)[:, None], tint, inks)
    edge = (kind == 7) & (((x + y) // 37).astype(int) % 3 == 0)
    inks = np.where(edge[:, None], ramp(POOL, rng.random(x.size) * 0.5), inks)
    gold = (kind == 0) & (rng.random(x.size) < 0.045)
    inks = np.where(gold[:, None], ramp(GOLD, rng.random(x.size)), inks)
    return vary(inks, rng, 0.07, 0.018), np.where(gold | (kind == 7), 1.0, 0.35)


def _set(canvas: Canvas, x, y, turn, gap, inks, shine, rng) -> np.ndarray:
    """Press the stones into the grout, each hand-cut, tilted a little, catching the light its own way."""
    unit, height = canvas.unit, np.zeros(canvas.shape, np.float32)
    grit = fractal_noise((256, 256), 3 * unit, rng, 3, 0.6).astype(np.float32)
    for index in range(x.size):
        half = gap[index] * unit * 0.5
        reach = int(half * 1.6 + 2)
        left, top = int(x[index] * unit), int(y[index] * unit)
        window = np.s_[max(top - reach, 0) : top + reach, max(left - reach, 0) : left + reach]
        dx, dy = canvas.x[window] * unit - x[index] * unit, canvas.y[window] * unit - y[index] * unit
        lean = turn[index] + rng.normal(0, 0.07)
        along, beside = dx * np.cos(lean) + dy * np.sin(lean), dy * np.cos(lean) - dx * np.sin(lean)
        cut = rng.normal(0, 0.06, 4)
        bound = np.maximum(
            np.abs(along) * (1 + cut[0] * np.sign(along) + cut[1] * beside / half),
            np.abs(beside) * (1 + cut[2] + cut[3] * along / half),
        )
        soft = min(1.5, half / 2)
        inside = np.clip(half * 0.95 - bound, 0, soft) / soft
        tilt = rng.normal(0, 0.1, 2)
        row, column = rng.integers(0, 200, 2)
        rough = grit[row : row + dx.shape[0], column : column + dx.shape[1]]
        rough = rough if rough.shape == dx.shape else np.float32(0.5)
        tone = 1 + tilt[0] * 1.3 + (tilt[0] * along + tilt[1] * beside) / half * 0.8 + 0.22 * (rough - 0.5)
        glint = (
            shine[index]
            * max(tilt[0] + tilt[1], 0)
            * 1.5
            * np.exp(-((along + half * 0.3) ** 2 + (beside + half * 0.3) ** 2) / (half * half * 0.3))
        )
        pixels = canvas.pixels[window]
        pixels += inside[..., None] * (inks[index] * tone[..., None] + glint[..., None] - pixels)
        dome = smoothstep(0, 0.5, (half * 0.95 - bound) / half) + 0.08 * rough
        height[window] = np.maximum(height[window], dome * (bound < half))
    return height
