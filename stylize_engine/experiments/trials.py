"""One trial of a grid: painting its picture, by a search or by a network trained for it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from stylize_engine.config import ApplyConfig, GatysConfig, TrainingConfig
from stylize_engine.config.grids import trial_name
from stylize_engine.errors import DamagedCheckpointError
from stylize_engine.evaluation import LONG_EDGE
from stylize_engine.gatys import optimize
from stylize_engine.images import LoadedImage, load_image
from stylize_engine.inference import apply_network
from stylize_engine.networks import load_network
from stylize_engine.progress import Progress
from stylize_engine.training import CHECKPOINT, MODEL, train

if TYPE_CHECKING:
    from stylize_engine.experiments import Grid


def photo_of(grid: Grid, config: GatysConfig | TrainingConfig) -> LoadedImage:
    """The photo as a trial paints it: at the size at which `stylize` would load it, or that of the scores."""
    return load_image(grid.content, config.image_size if isinstance(config, GatysConfig) else LONG_EDGE)


def attempt(
    grid: Grid, config: GatysConfig | TrainingConfig, index: int, photo: Tensor, device: str
) -> Generator[Progress]:
    """Paint one trial's picture; the last `Progress` holds it."""
    if isinstance(config, GatysConfig):
        styles = [load_image(path, config.painting_size).tensor for path in grid.styles]
        yield from optimize(photo, styles, config, weights_path=grid.extractor_weights, device=device)
        return
    folder = grid.output / trial_name(index + 1)
    progress = yield from _trained(replace(config, output=str(folder), resume=True), device)
    network = load_network(folder / MODEL)
    shares = dict.fromkeys(config.styles, 1.0)
    painted = apply_network(network, photo, ApplyConfig(styles=shares), device=device)
    yield Progress(progress.total, progress.total, progress.losses, painted)


def _trained(config: TrainingConfig, device: str) -> Generator[Progress, None, Progress]:
    """Train a trial, from its checkpoint where a run before this one has left one that can be read; returns the last
    step."""
    try:
        return (yield from passed_on(train(config, device=device)))
    except DamagedCheckpointError:
        (Path(config.output) / CHECKPOINT).unlink()
        return (yield from passed_on(train(config, device=device)))


def passed_on(
    steps: Generator[Progress], as_seen: Callable[[Progress], Progress] = lambda progress: progress
) -> Generator[Progress, None, Progress]:
    """The steps `as_seen` from outside; returns the last one. What is thrown in reaches `steps`: a training leaves its
    checkpoint alone then, where it would write one if it were closed."""
    with closing(steps):
        for progress in steps:
            try:
                yield as_seen(progress)
            except Exception as error:
                steps.throw(error)
                raise
    return progress
