"""Where a training or a search goes on: at its checkpoint, or from the start where that is of no use any more."""

import logging
from collections.abc import Generator, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from torch import Tensor

from gallery.exceptions import LeaseLost
from gallery.rendering.process import stop_requested
from stylize_engine.config import GatysConfig, TrainingConfig
from stylize_engine.errors import CheckpointError, ConfigurationError, DamagedCheckpointError
from stylize_engine.gatys import optimize
from stylize_engine.progress import Progress
from stylize_engine.training import CHECKPOINT, train

logger = logging.getLogger(__name__)
# Where a checkpoint of no use waits for the end of its training, in case that somebody can still read it.
PUT_ASIDE = f"{CHECKPOINT}.unusable"


def train_on(config: TrainingConfig, *, otherwise: str | None = None) -> Generator[Progress, bool | None]:
    """As the engine's `train`, but anew where the checkpoint is damaged, or of other photos, pictures or settings.

    Where what such a checkpoint holds is dear, `otherwise` says that the training cannot go on: the checkpoint is kept,
    for photos may be put back, and `ConfigurationError` raised.
    """
    try:
        yield from train(config, device=settings.DEVICE)
        return
    except DamagedCheckpointError:
        pass
    except ConfigurationError as error:
        if error.field != "resume":
            raise
        if otherwise:
            raise ConfigurationError("resume", otherwise) from error
    (Path(config.output) / CHECKPOINT).replace(Path(config.output) / PUT_ASIDE)
    yield from train(config, device=settings.DEVICE)


class _Left(Exception):
    """A search that nobody goes on with."""


def search_on(
    content: Tensor,
    styles: Sequence[Tensor],
    config: GatysConfig,
    checkpoint: Path | None,
    checkpoint_every: int | None = None,
) -> Generator[Progress]:
    """As the engine's `optimize`, from its checkpoint where there is one that is of use; without any for None.

    The state, which may be a gigabyte, is written every `checkpoint_every` steps, and where it is closed because this
    worker is being stopped; not where `LeaseLost` is thrown into it. Where it cannot be written on the way, the search
    goes on from the last one, if there is one, and writes no more.
    """
    search = _begun(content, styles, config, checkpoint, checkpoint_every)
    try:
        yield from _kept_where_stopped(search)
        return
    except CheckpointError:
        logger.exception("The state of a search could not be written; it goes on from the last one and writes no more.")
    del search  # out of the error's reach too: two searches at a time may be too large
    yield from _kept_where_stopped(_begun(content, styles, config, checkpoint, None))


def _kept_where_stopped(search: Generator[Progress]) -> Generator[Progress]:
    for progress in search:
        try:
            yield progress
        except (GeneratorExit, LeaseLost) as end:
            if isinstance(end, LeaseLost) or not stop_requested.is_set():
                with suppress(_Left):
                    search.throw(_Left())
            search.close()
            raise


def _begun(
    content: Tensor, styles: Sequence[Tensor], config: GatysConfig, checkpoint: Path | None, every: int | None
) -> Generator[Progress]:
    if checkpoint:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
    ways = {"device": settings.DEVICE, "checkpoint": checkpoint, "checkpoint_every": every}
    try:
        return optimize(content, styles, config, resume=True, **ways)
    except DamagedCheckpointError:
        pass
    except ConfigurationError as error:
        if error.field != "resume":
            raise
    checkpoint.unlink()
    return optimize(content, styles, config, **ways)
