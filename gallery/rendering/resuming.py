"""Where a training goes on: at its checkpoint, or from the start where that is of no use any more."""

from collections.abc import Generator
from pathlib import Path

from django.conf import settings

from stylize_engine.config import TrainingConfig
from stylize_engine.errors import ConfigurationError, DamagedCheckpointError
from stylize_engine.progress import Progress
from stylize_engine.training import CHECKPOINT, train

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
