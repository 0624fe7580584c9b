"""Tries every combination of an experiment's settings and writes down what each has come to."""

import math
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.text import slugify

from gallery.models import ContentImage, Experiment
from gallery.rendering.gate import present, readable
from gallery.rendering.networks import path_of
from gallery.rendering.process import check_weights_here
from gallery.rendering.reporting import Cancelled, WorkerStopping, fit_to_read, reported
from gallery.services import jobs
from gallery.services.experiments import QUEUES, record_results
from gallery.services.jobs import Claim
from gallery.services.lessons import MAX_OWN_PHOTOS
from gallery.services.room import check_room_of, room_for
from stylize_engine.config import GatysConfig, TrainingConfig
from stylize_engine.config.grids import GRID
from stylize_engine.errors import ConfigurationError, StylizeError
from stylize_engine.experiments import Grid, results_of, run_grid, write_tables
from stylize_engine.outputs import folder_for, write_whole
from stylize_engine.progress import Progress

REPORT_EVERY, CHECKPOINT_EVERY = 5, 25
# How much longer than the longest trial so far the next one may be.
LONGER = 3
# In the folder of a grid: the job that tries it.
ASKED = "job"


class NoTrialEndedWell(StylizeError):
    """Every trial of an experiment has failed."""


def try_out(claim: Claim) -> None:
    """Do the trials of a claimed job that are not done yet; each is in the table as soon as it is.

    Where every one fails, the job fails with the reason of the first. Raises `ConfigurationError` where the pictures
    are not those it was begun with, `WeightsNotFoundError` where this machine lacks weights, and, before a further
    trial, `NoRoom` where the disk is nearly full and `QuotaExceeded` where its owner has filled all that each may fill.
    """
    experiment = Experiment.objects.select_related("owner", "content", "base").get(jobs=claim.job_id)
    grid = _grid(experiment)
    check_weights_here(grid.configuration(trial).extractor for trial in grid.trials)
    _check_folder(grid)
    again, turn = _is_another_try(grid, claim), _Turn(QUEUES[experiment.method])
    try:
        with closing(reported(claim, run_grid(grid, retry_failed=again, device=settings.DEVICE), [])) as reports:
            for progress in reports:
                if progress.step != turn.done:
                    room_for(0)
                    record_results(claim, experiment, _results(grid))
                    if progress.step != progress.total:
                        check_room_of(experiment.owner)
                    turn.note(progress)
    except Cancelled:
        if results_of(grid):
            write_tables(grid)
        raise
    results = _results(grid)
    record_results(claim, experiment, results)
    if all("failed" in result for result in results):
        raise NoTrialEndedWell(f"None of the {len(results)} trials ended well. The first: {results[0]['failed']}")
    jobs.succeed_job(claim, experiment, {"results": results}, total=len(grid.trials), loss_history=[])


class _Turn:
    """How many trials are done, and whether another one fits into the time that a queue leaves to a job at once."""

    def __init__(self, queue: str):
        self.limit = settings.Q_CLUSTER["ALT_CLUSTERS"][queue]["timeout"]
        self.begun = self.last = time.monotonic()
        self.done, self.longest = None, 0.0

    def note(self, progress: Progress) -> None:
        """Count a trial that is done. Raises `WorkerStopping` where the next one might not be done in time: it may well
        be longer than all before it, which rise in size or steps as a rule."""
        now, begins = time.monotonic(), self.done is None
        self.done, self.longest, self.last = progress.step, max(self.longest, now - self.last), now
        if begins or progress.step == progress.total:
            return
        if now - self.begun + LONGER * self.longest > self.limit:
            raise WorkerStopping


def _grid(experiment: Experiment) -> Grid:
    pictures = [Path(picture.file.path) for picture in experiment.pictures.order_by("created_at", "pk")]
    folder = Path(settings.MEDIA_ROOT) / experiment.work_folder
    varied = {
        name: [tuple(value) if isinstance(value, list) else value for value in values]
        for name, values in experiment.varied.items()
    }
    if experiment.method == Experiment.Method.TRAINING:
        base = _training(experiment, pictures, folder)
    else:
        base = GatysConfig(**experiment.parameters)
    return Grid(base, varied, Path(experiment.content.file.path), tuple(pictures), folder)


def _training(experiment: Experiment, pictures: list[Path], folder: Path) -> TrainingConfig:
    photos = present(_photos(experiment))
    name = slugify(experiment.title)[:60] or "style"
    if experiment.base and name in experiment.base.manifest.get("styles", []):
        name = f"{name}-{experiment.pk.hex[:8]}"
    return TrainingConfig(
        dataset=photos,
        samples=readable(photos),
        styles={name: pictures},
        base=path_of(experiment.base) if experiment.base else None,
        output=folder,
        report_every=REPORT_EVERY,
        sample_every=CHECKPOINT_EVERY,
        checkpoint_every=CHECKPOINT_EVERY,
        keep_epochs=False,
        **experiment.parameters,
    )


def _photos(experiment: Experiment) -> Iterator[ContentImage]:
    """The photographs to train on: its owner's and the gallery's, as they were when it was asked for."""
    photos = ContentImage.objects.filter(created_at__lte=experiment.created_at).order_by("-created_at", "pk")
    yield from photos.owned_by(experiment.owner)[:MAX_OWN_PHOTOS]
    yield from photos.examples()


def _check_folder(grid: Grid) -> None:
    file = grid.output / GRID
    if file.exists() and file.read_text(encoding="utf-8") != grid.identity():
        raise ConfigurationError(
            "pictures", "Pictures of this experiment have changed since it began, so it cannot go on; make a new one."
        )


def _is_another_try(grid: Grid, claim: Claim) -> bool:
    """Whether its owner has asked for the trials once more, and not a worker for what another one has left."""
    asked = grid.output / ASKED
    if asked.exists() and asked.read_text(encoding="utf-8") == str(claim.job_id):
        return False
    with folder_for(grid.output):
        write_whole(asked, str(claim.job_id).encode())
    return True


def _results(grid: Grid) -> list[dict[str, Any]]:
    """As `results_of`, for the page: with None for numbers that are none, as JSON has no word for them."""
    return [_finite(result) | _failure(result) for result in results_of(grid)]


def _failure(result: dict[str, Any]) -> dict[str, str]:
    return {"failed": fit_to_read(result["failed"])} if "failed" in result else {}


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(inner) for name, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
