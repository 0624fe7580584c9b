"""Pictures about pictures: curves of losses, and sheets of labelled pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike

from PIL import Image, ImageDraw, ImageFont

MARGIN, LABEL_SIZE, TITLE_SIZE = 12, 14, 20
PAPER, INK, FAINT = "#ffffff", "#1d2433", "#5b6577"


def plot_losses(history: Sequence[Mapping[str, float]], path: str | PathLike) -> None:
    """Draw the losses of `[{"step": int, name: float, ...}, ...]` over the steps into a PNG, on a logarithmic axis."""
    # The object interface alone: no window system, and nothing global that another thread could be using.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    names = list(dict.fromkeys(name for row in history for name in row if name != "step"))
    for name in names:
        points = [(row["step"], row[name]) for row in history if row.get(name, 0) > 0]
        if points:
            axes.plot(*zip(*points, strict=True), label=name, linewidth=2.2 if name == "total" else 1.4)
    axes.set_yscale("log")
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    if axes.lines:
        axes.legend(frameon=False)
    figure.savefig(path, format="png")


def contact_sheet(
    rows: Sequence[Sequence[tuple[Image.Image, str]]], *, cell: int = 256, title: str = ""
) -> Image.Image:
    """Rows of pictures, each with a label beneath, on white; a picture is scaled to fit a square of `cell` pixels.

    Labels too long for their cell are broken into lines, so that none is cut off.
    """
    font, title_font = ImageFont.load_default(LABEL_SIZE), ImageFont.load_default(TITLE_SIZE)
    labels = [[_broken(label, font, cell) for _, label in row] for row in rows]
    line = LABEL_SIZE + 4
    heights = [cell + line * max((len(label) for label in row), default=1) + MARGIN for row in labels]
    top = MARGIN + (TITLE_SIZE + MARGIN if title else 0)
    width = MARGIN + max(len(row) for row in rows) * (cell + MARGIN)
    width = max(width, MARGIN * 2 + round(title_font.getlength(title)))
    sheet = Image.new("RGB", (width, top + sum(heights) + MARGIN), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), title, INK, title_font)
    for row, lines, height in zip(rows, labels, heights, strict=True):
        for column, ((picture, _), label) in enumerate(zip(row, lines, strict=True)):
            left = MARGIN + column * (cell + MARGIN)
            shown = _fitted(picture, cell)
            sheet.paste(shown, (left + (cell - shown.width) // 2, top + (cell - shown.height) // 2))
            for index, text in enumerate(label):
                draw.text((left, top + cell + 2 + index * line), text, FAINT, font)
        top += height
    return sheet


def _fitted(picture: Image.Image, cell: int) -> Image.Image:
    scale = cell / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The text in lines that fit, broken between words where possible."""
    lines = [""]
    for word in text.split(" "):
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
