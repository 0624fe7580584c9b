"""Grids: the same pictures painted under every combination of some settings, as a table and a sheet to look at."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from stylize_engine.config import GatysConfig, TrainingConfig, described_as_before
from stylize_engine.config.grids import GRID, trial_name
from stylize_engine.datasets import PictureDirectory
from stylize_engine.errors import ConfigurationError, StylizeError, WeightsNotFoundError
from stylize_engine.evaluation import LONG_EDGE, Judge, Reference
from stylize_engine.experiments.results import (
    forget_failed,
    is_done,
    plain,
    plain_settings,
    results_of,
    write_tables,
)
from stylize_engine.experiments.trials import attempt, passed_on, photo_of
from stylize_engine.images import load_image, save_image
from stylize_engine.outputs import folder_for, held, write_whole
from stylize_engine.progress import Progress

__all__ = ["Grid", "results_of", "run_grid", "write_tables"]

MAX_TRIALS = 200
# Names of the records and pictures of trials.
TRIAL = re.compile(r"trial_[0-9]{3}\.(json|png)")
# In the folder of a grid, while somebody tries it.
LOCK = ".lock"


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
        varied = {name: list(map(plain, values)) for name, values in self.varied.items()}
        files = {"extractor": self.extractor_weights, "judge": self.judge_weights}
        weights = {name: _weights_digest(path) for name, path in files.items() if path}
        return json.dumps([settings, varied, pictures, *([weights] if weights else [])])


def run_grid(grid: Grid, *, retry_failed: bool = False, device: str = "auto") -> Iterator[Progress]:
    """Try every combination, writing its picture and result as it is done, then the tables and the sheet.

    Yields a `Progress` for each report of each trial: `step` counts finished trials of `total`, `work` is the share of
    all that is done, `losses` and `preview` are the trial's own. Trials of an earlier run are not repeated, unless they
    failed and `retry_failed`, or their record or picture is missing or damaged. A trial that fails is recorded with its
    reason and does not stop the others.

    Raises, before any work, `ConfigurationError` where a value makes no sense, for a dataset without pictures, for a
    folder that cannot be made and for one that holds another grid, `InUseError` for one that another process tries, the
    `ImageError` family for the pictures and `WeightsError` for those of `grid`; at any time `OutputError` for a file
    that cannot be written.
    """
    trials = grid.trials
    configurations = [grid.configuration(settings) for settings in trials]
    for config in configurations:
        if isinstance(config, TrainingConfig):
            PictureDirectory(config.dataset, "dataset", config.image_size)
            _check_apart(grid.output, config.dataset)
    content, *styles = (load_image(path, LONG_EDGE).tensor for path in (grid.content, *grid.styles))
    reference = Judge(grid.judge_weights, device).reference(content, styles)
    message = f"output {grid.output} belongs to a grid that another process tries; choose another folder, or wait."
    with folder_for(grid.output), held(grid.output / LOCK, message):
        _claim_folder(grid)
        if retry_failed:
            forget_failed(grid)
        yield from _tried(grid, configurations, reference, device)


def _tried(
    grid: Grid, configurations: Sequence[GatysConfig | TrainingConfig], reference: Reference, device: str
) -> Iterator[Progress]:
    trials = grid.trials
    left = [index for index in range(len(trials)) if not is_done(grid, index + 1)]
    for done, index in enumerate(left, start=len(trials) - len(left)):
        config = configurations[index]
        record = grid.output / f"{trial_name(index + 1)}.json"
        result = {"trial": index + 1, "settings": plain_settings(trials[index])}
        try:
            photo = photo_of(grid, config)
            steps = attempt(grid, config, index, photo.tensor, device)
            progress = yield from passed_on(steps, partial(_among_all, done, len(trials)))
            picture = progress.preview
            score = reference.score(picture)
            save_image(picture, record.with_suffix(".png"), photo.alpha)
            result |= {"losses": dict(progress.losses), "content_score": score.content, "judge": score.judge}
            if math.isfinite(score.style):  # it is not where the photo is its own painting
                result["style_score"] = score.style
        except StylizeError as error:
            result["failed"] = str(error)
        write_whole(record, json.dumps(result, indent=1).encode())
        yield Progress(done + 1, len(trials), result.get("losses", {}), None, (done + 1) / len(trials))
    write_tables(grid)


def _among_all(done: int, count: int, progress: Progress) -> Progress:
    """A trial's step, counted among `count` trials of which some are done."""
    share = (done + min(progress.fraction, 0.999)) / count
    return Progress(done, count, progress.losses, progress.preview, share)


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
    file = grid.output / GRID
    identity = grid.identity()
    known = file.exists()
    left = [] if known else [path for path in grid.output.iterdir() if TRIAL.fullmatch(path.name)]
    if left or (known and file.read_bytes() != identity.encode()):
        raise ConfigurationError("output", f"output {grid.output} holds another grid; choose another folder.")
    write_whole(file, identity.encode())
