"""What the trials of a grid have come to: their records, and the tables and the sheet that are made of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from stylize_engine.charts import contact_sheet, fitted
from stylize_engine.config import MAX_IMAGE_SIZE
from stylize_engine.config.grids import MARKDOWN, NOTE, SHEET, TABLE, trial_name
from stylize_engine.decoding import open_picture
from stylize_engine.errors import ImageError
from stylize_engine.outputs import write_whole

if TYPE_CHECKING:
    from stylize_engine.experiments import Grid

SCORES = ("style_score", "content_score")


def results_of(grid: Grid) -> list[dict[str, Any]]:
    """The trials done so far, by total loss; failed ones last. What is no trial's record does not count."""
    found = [result for number in range(1, len(grid.trials) + 1) if (result := _recorded(grid, number))]
    return sorted(found, key=lambda result: result.get("losses", {}).get("total", float("inf")))


def is_done(grid: Grid, number: int) -> bool:
    """Whether a trial, counted from 1, has its record, and its picture unless it failed."""
    result = _recorded(grid, number)
    if result is None:
        return False
    return "failed" in result or _picture(grid.output / f"{trial_name(number)}.png") is not None


def forget_failed(grid: Grid) -> None:
    """Remove the records of the trials that failed, which are to be done again."""
    for result in results_of(grid):
        if "failed" in result:
            (grid.output / f"{trial_name(result['trial'])}.json").unlink(missing_ok=True)


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is varied, as a record holds it."""
    return {name: plain(value) for name, value in settings.items()}


def plain(value: Any) -> Any:
    """A value as JSON and a table hold it."""
    return "+".join(map(str, value)) if isinstance(value, tuple) else value


def _recorded(grid: Grid, number: int) -> dict[str, Any] | None:
    """The record of a trial, counted from 1; None where there is none, or something else under its name."""
    try:
        result = json.loads((grid.output / f"{trial_name(number)}.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    own = {"trial": number, "settings": plain_settings(grid.trials[number - 1])}
    if not isinstance(result, dict) or any(result.get(name) != value for name, value in own.items()):
        return None
    if "failed" in result:
        return result if isinstance(result["failed"], str) else None
    losses = result.get("losses")
    if not isinstance(losses, dict) or "total" not in losses:
        return None
    numbers = [*losses.values(), *(result[name] for name in SCORES if name in result)]
    return result if all(isinstance(number, int | float) for number in numbers) else None


def _picture(path: Path) -> Image.Image | None:
    """The picture of a trial, unless it is missing or damaged."""
    try:
        return open_picture(path, max_pixels=MAX_IMAGE_SIZE**2, min_edge=1).image
    except ImageError:
        return None


def write_tables(grid: Grid) -> None:
    """Write the table as CSV and Markdown, and the sheet of all pictures but those of trials that failed, best first.

    Raises `OutputError` where one cannot be written.
    """
    results = results_of(grid)
    rows = [_row(grid, result) for result in results]
    names = list(dict.fromkeys(name for row in rows for name in row))
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, names)
    writer.writeheader()
    writer.writerows(rows)
    write_whole(grid.output / TABLE, written.getvalue().encode(errors="backslashreplace"))
    lines = [" | ".join(names), " | ".join("---" for _ in names)]
    lines += [" | ".join(str(row.get(name, "")).replace("|", "/") for name in names) for row in rows]
    table = "\n".join(f"| {line} |" for line in lines)
    write_whole(grid.output / MARKDOWN, f"{NOTE}\n\n{table}\n".encode(errors="backslashreplace"))
    cells = [(cell, _caption(result)) for result in results if (cell := _cell(grid, result)) is not None]
    if cells:
        columns = max(len(values) for values in grid.varied.values()) if grid.varied else 1
        sheet = [cells[start : start + max(2, columns)] for start in range(0, len(cells), max(2, columns))]
        picture = io.BytesIO()
        contact_sheet(sheet, title="Best total loss first").save(picture, "JPEG", quality=92)
        write_whole(grid.output / SHEET, picture.getvalue())


def _cell(grid: Grid, result: Mapping[str, Any]) -> Image.Image | None:
    if "failed" in result:  # a picture under its name is of another time
        return None
    picture = _picture(grid.output / f"{trial_name(result['trial'])}.png")
    return None if picture is None else fitted(picture)


def _row(grid: Grid, result: Mapping[str, Any]) -> dict[str, Any]:
    row = {"trial": result["trial"], **result["settings"]}
    row |= {name: f"{value:.5g}" for name, value in result.get("losses", {}).items()}
    row |= {name.replace("_", " "): f"{result[name]:.4f}" for name in SCORES if name in result}
    if "judge" in result:
        row["judge"] = result["judge"]
    return row | ({"failed": result["failed"]} if "failed" in result else {})


def _caption(result: Mapping[str, Any]) -> str:
    settings = " ".join(f"{name}={value}" for name, value in result["settings"].items())
    scores = (f"{name.removesuffix('_score')} {result[name]:.3g}" for name in SCORES if name in result)
    return " ".join((settings, *scores))
