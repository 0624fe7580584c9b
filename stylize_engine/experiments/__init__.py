"""Grids: the same pictures painted under every combination of some settings, as a table and a sheet to look at."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from stylize_engine.charts import contact_sheet, fitted
from stylize_engine.config import GatysConfig, TrainingConfig, described_as_before
from stylize_engine.config.grids import GRID, MARKDOWN, NOTE, SHEET, TABLE, trial_name
from stylize_engine.datasets import PictureDirectory
from stylize_engine.errors import ConfigurationError, StylizeError, WeightsNotFoundError
from stylize_engine.evaluation import LONG_EDGE, Judge
from stylize_engine.experiments.trials import attempt, passed_on, photo_of
from stylize_engine.images import load_image, save_image
from stylize_engine.outputs import folder_for, write_whole
from stylize_engine.progress import Progress

MAX_TRIALS = 200
SCORES = ("style_score", "content_score")


@dataclass(frozen=True)
class Grid:
    """What to try: a base configuration and, by field, the values to vary.

    `base` is a `GatysConfig`, or a `TrainingConfig` whose networks are then applied to the photo. `judge_weights` is a
    weights file of VGG-16 for the scores.
    """

    base: GatysConfig | TrainingConfig
    varied: Mapping[str, Sequence[Any]]
    content: Path
    styles: tuple[Path, ...]
    output: Path
    extractor_weights: Path | None = None
    judge_weights: Path | None = None

    @property
    def trials(self) -> list[dict[str, Any]]:
        """Every combination of the varied values, in order; raises `ConfigurationError` where there are too many."""
        count = math.prod(map(len, self.varied.values()))
        if count > MAX_TRIALS:
            raise ConfigurationError(
                "vary", f"vary asks for {count} trials; {MAX_TRIALS} are the most, so name fewer values."
            )
        return [dict(zip(self.varied, values, strict=True)) for values in itertools.product(*self.varied.values())]

    def configuration(self, settings: Mapping[str, Any]) -> GatysConfig | TrainingConfig:
        """The configuration of one trial; raises `ConfigurationError` for values that make no sense."""
        return replace(self.base, **settings)

    def identity(self) -> str:
        """What must be the same for a grid to go on."""
        pictures = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (self.content, *self.styles)]
        settings = described_as_before(self.base.to_dict()) | {"output": ""}
        varied = {name: list(map(_plain, values)) for name, values in self.varied.items()}
        weights = [_weights_digest(path) for path in (self.extractor_weights, self.judge_weights) if path]
        return json.dumps([settings, varied, pictures, *weights])


def run_grid(grid: Grid, *, retry_failed: bool = False, device: str = "auto") -> Iterator[Progress]:
    """Try every combination, writing its picture and result as it is done, then the tables and the sheet.

    Yields a `Progress` for each report of each trial: `step` counts finished trials of `total`, `work` is the share of
    all that is done, `losses` and `preview` are the trial's own. Trials of an earlier run are not repeated, unless they
    failed and `retry_failed`. A trial that fails is recorded with its reason and does not stop the others.

    Raises, before any work, `ConfigurationError` where a value makes no sense, for a dataset without pictures, for a
    folder that cannot be made and for one that holds another grid, the `ImageError` family for the pictures and
    `WeightsError` for those of `grid`; at any time `OutputError` for a file that cannot be written.
    """
    trials = grid.trials
    configurations = [grid.configuration(settings) for settings in trials]
    for config in configurations:
        if isinstance(config, TrainingConfig):
            PictureDirectory(config.dataset, "dataset", config.image_size)
            _check_apart(grid.output, config.dataset)
    content, *styles = (load_image(path, LONG_EDGE).tensor for path in (grid.content, *grid.styles))
    reference = Judge(grid.judge_weights, device).reference(content, styles)
    _claim_folder(grid)
    if retry_failed:
        _forget_failed(grid)
    for index, (settings, config) in enumerate(zip(trials, configurations, strict=True)):
        record = grid.output / f"{trial_name(index + 1)}.json"
        if record.exists():
            continue
        result = {"trial": index + 1, "settings": {name: _plain(value) for name, value in settings.items()}}
        try:
            photo = photo_of(grid, config)
            steps = attempt(grid, config, index, photo.tensor, device)
            progress = yield from passed_on(steps, partial(_among_all, index, len(trials)))
            picture = progress.preview
            save_image(picture, record.with_suffix(".png"), photo.alpha)
            score = reference.score(picture)
            result |= {"losses": dict(progress.losses), "content_score": score.content, "judge": score.judge}
            if math.isfinite(score.style):  # it is not where the photo is its own painting
                result["style_score"] = score.style
        except StylizeError as error:
            result["failed"] = str(error)
        write_whole(record, json.dumps(result, indent=1).encode())
        yield Progress(index + 1, len(trials), result.get("losses", {}), None, (index + 1) / len(trials))
    write_tables(grid)


def _among_all(index: int, count: int, progress: Progress) -> Progress:
    """A trial's step, counted among `count` trials."""
    share = (index + min(progress.fraction, 0.999)) / count
    return Progress(index, count, progress.losses, progress.preview, share)


def _check_apart(output: Path, dataset: Sequence[str]) -> None:
    """Raises `ConfigurationError` where trials would learn from what those before them have painted."""
    own = Path(os.path.realpath(output))
    for root in dataset:
        if Path(os.path.realpath(root)) in (own, *own.parents):
            message = f"output {output} lies among the photographs of {root}; choose a folder elsewhere."
            raise ConfigurationError("output", message)


def _weights_digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise WeightsNotFoundError(f"The weights file {path} cannot be read: {error.strerror}.") from error


def _claim_folder(grid: Grid) -> None:
    with folder_for(grid.output):
        file = grid.output / GRID
        identity = grid.identity()
        if file.exists() and file.read_bytes() != identity.encode():
            raise ConfigurationError("output", f"output {grid.output} holds another grid; choose another folder.")
        write_whole(file, identity.encode())


def _forget_failed(grid: Grid) -> None:
    for result in results_of(grid):
        if "failed" in result:
            (grid.output / f"{trial_name(result['trial'])}.json").unlink(missing_ok=True)


def results_of(grid: Grid) -> list[dict[str, Any]]:
    """The trials done so far, by total loss; failed ones last."""
    records = (grid.output / f"{trial_name(number)}.json" for number in range(1, len(grid.trials) + 1))
    found = [json.loads(record.read_text(encoding="utf-8")) for record in records if record.exists()]
    return sorted(found, key=lambda result: result.get("losses", {}).get("total", float("inf")))


def write_tables(grid: Grid) -> None:
    """Write the table as CSV and Markdown, and the sheet of all pictures, best first.

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
    painted = [(result, grid.output / f"{trial_name(result['trial'])}.png") for result in results]
    cells = [(_shrunk(path), _caption(result)) for result, path in painted if path.exists()]
    if cells:
        columns = max(len(values) for values in grid.varied.values()) if grid.varied else 1
        sheet = [cells[start : start + max(2, columns)] for start in range(0, len(cells), max(2, columns))]
        picture = io.BytesIO()
        contact_sheet(sheet, title="Best total loss first").save(picture, "JPEG", quality=92)
        write_whole(grid.output / SHEET, picture.getvalue())


def _shrunk(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        return fitted(picture)


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


def _plain(value: Any) -> Any:
    return "+".join(map(str, value)) if isinstance(value, tuple) else value
