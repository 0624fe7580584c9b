"""Pictures about pictures: curves of losses, and sheets of labelled pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from stylize_engine.images import save_picture, scaled_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL = 256
MARGIN, LABEL_SIZE, TITLE_SIZE = 12, 14, 20
PAPER, INK, FAINT = "#ffffff", "#1d2433", "#5b6577"


def plot_losses(history: Sequence[Mapping[str, float]], path: str | PathLike) -> None:
    """Draw the losses of `[{"step": int, name: float, ...}, ...]` over the steps, on a logarithmic axis.

    Each name is a curve; a row may lack some. Losses that are not above 0 have no place on that axis and are left out.
    The file is a picture as `save_image` writes it; raises `ImageError` as that does.
    """
    # The object interface alone: no window system, and nothing global that another thread could be using.
    from cycler import cycler
    from matplotlib import colormaps
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), dpi=120, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    # More losses than colours come when each layer has a curve; then the colours begin again with dashes.
    axes.set_prop_cycle(cycler(linestyle=["-", "--", ":"]) * cycler(color=colormaps["tab10"].colors))
    for name in dict.fromkeys(name for row in history for name in row if name not in ("step", "total")):
        _draw_curve(axes, history, name, linewidth=1.4)
    _draw_curve(axes, history, "total", linewidth=2.2, color=INK, linestyle="-")
    axes.set_yscale("log")
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.lines:
        figure.legend(loc="outside right upper", frameon=False)
    canvas.draw()
    save_picture(Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB"), path)


def _draw_curve(axes: Axes, history: Sequence[Mapping[str, float]], name: str, **look: Any) -> None:
    points = [(row["step"], row[name]) for row in history if row.get(name, 0) > 0]
    if points:
        # A single point would be invisible as a line.
        axes.plot(*zip(*points, strict=True), label=name, marker="o" if len(points) == 1 else None, **look)


def contact_sheet(
    rows: Sequence[Sequence[tuple[Image.Image, str]]], *, cell: int = CELL, title: str = ""
) -> Image.Image:
    """Rows of pictures, each with a label beneath, on white; a picture is scaled to fit a square of `cell` pixels.

    Labels too long for their cell are broken into lines, so that none is cut off; a row is as high as its highest
    picture. No rows give an empty sheet.
    """
    font, title_font = ImageFont.load_default(LABEL_SIZE), ImageFont.load_default(TITLE_SIZE)
    shown = [[(fitted(picture, cell), _broken(label, font, cell)) for picture, label in row] for row in rows]
    line = LABEL_SIZE + 4
    pictures = [max((picture.height for picture, _ in row), default=0) for row in shown]
    labels = [max((len(label) for _, label in row), default=0) * line for row in shown]
    top = MARGIN + (TITLE_SIZE + MARGIN if title else 0)
    width = MARGIN + max(map(len, rows), default=0) * (cell + MARGIN)
    width = max(width, MARGIN * 2 + math.ceil(title_font.getlength(title)))
    sheet = Image.new("RGB", (width, top + sum(pictures) + sum(labels) + len(rows) * 2 * MARGIN), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), title, INK, title_font)
    for row, height, room in zip(shown, pictures, labels, strict=True):
        for column, (picture, label) in enumerate(row):
            left = MARGIN + column * (cell + MARGIN)
            sheet.paste(picture, (left + (cell - picture.width) // 2, top + height - picture.height))
            for index, text in enumerate(label):
                draw.text((left, top + height + 2 + index * line), text, FAINT, font)
        top += height + room + 2 * MARGIN
    return sheet


def fitted(picture: Image.Image, cell: int = CELL) -> Image.Image:
    """The picture as a sheet shows it, in RGB and scaled to a long edge of `cell` pixels: all that has to be kept where
    there are many."""
    return picture.convert("RGB").resize(scaled_size(picture.size, cell), Image.Resampling.LANCZOS)


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The text in lines that fit, broken between words where possible."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            continue
        lines.append("")
        for letter in word:
            if font.getlength(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return [line for line in lines if line] or [""]
