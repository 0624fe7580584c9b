"""Trains fast networks (Johnson et al., ECCV 2016; Dumoulin et al., ICLR 2017)."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch

from stylize_engine.checkpoints import check_replaceable
from stylize_engine.config import TrainingConfig
from stylize_engine.devices import memory_errors_named
from stylize_engine.errors import ConfigurationError
from stylize_engine.outputs import folder_for, held
from stylize_engine.progress import Progress
from stylize_engine.training.beginning import check_apart
from stylize_engine.training.distributed import World, join_world, resolve_own_device
from stylize_engine.training.records import CHECKPOINT, HISTORY, MODEL, SAMPLES, Records
from stylize_engine.training.state import Training

__all__ = ["CHECKPOINT", "HISTORY", "MODEL", "SAMPLES", "train"]

# In `output`, while somebody trains there.
LOCK = ".lock"


# Whatever mode torch is in: what a training computes has gradients. Each step anew: the caller's own mode is back
# between them.
@torch.inference_mode(False)
@torch.enable_grad()
def train(config: TrainingConfig, *, device: str = "auto") -> Generator[Progress, bool | None]:
    """Train and write into `config.output`; yields every `report_every` steps and at the last one.

    Losses in a `Progress` are means since the last report: content, style, tv, gamut, speckle and grid, weighted so
    that they add up to total, the unweighted style loss by layer, and the last `validation` total once there is one.
    `preview` is the last strip of samples, a row a style. Closing the generator writes a checkpoint and stops; with
    `config.resume` it goes on from the last checkpoint and gives, on a CPU with as many threads, the same network as a
    training that was never stopped; of other threads each adds up other shares of a batch, and a GPU adds up gradients
    of padding and enlarging in another order each time. Sending True ends it at the step it has reached, measured and
    written as at its last one; the answer is its last `Progress`.

    Started by `torchrun`, each process trains on batches of its own, and on a GPU of its own where `device` names none.
    All report, the first one with validation and preview; it reads the checkpoint and writes, and the others need not
    see its files. Whichever is closed, all stop: the others' generators end before the last step. What is sent counts
    in the first one.

    Raises `ConfigurationError` for directories without pictures, an output that is no directory or holds the network of
    `base` or `start`, or a training already where this one does not `resume`, a name the base has, or a checkpoint of
    another training, `InUseError` for an output that another process trains into, `WeightsError` for the extractor's or
    the base's file, the `ImageError` family for style pictures and samples, `DeviceUnavailableError`,
    `DivergenceError` when the training has failed, `OutOfMemoryError`, `DamagedCheckpointError` for a checkpoint that
    cannot be read, and `CheckpointError` or `OutputError` for a file that cannot be written, or that is no checkpoint
    and would be replaced by one.
    """
    target = resolve_own_device(device)
    with join_world(target) as world:
        yield from _steps(config, target, world)


def _steps(config: TrainingConfig, device: torch.device, world: World) -> Generator[Progress, bool | None]:
    check_apart(config)
    output = Path(config.output)
    with folder_for(output, SAMPLES), _alone(output) if world.leads else nullcontext():
        if world.leads and not config.resume:
            _check_unused(output)
        with memory_errors_named("choose a smaller style_size, batch_size or image_size"):
            records = _begun(config, device, world)
        yield from _advanced(records)


def _alone(output: Path) -> AbstractContextManager[None]:
    message = f"output {output} is being trained into by another process; choose another folder, or wait for its end."
    return held(output / LOCK, message)


def _check_unused(output: Path) -> None:
    """Raises `ConfigurationError` where a training lies in the folder already, even the same one, whose hours would be
    lost, and `CheckpointError` where a file that is no checkpoint would be replaced by one."""
    check_replaceable(output / CHECKPOINT)
    for name in (CHECKPOINT, MODEL):
        if os.path.isfile(output / name):
            message = f"output {output} holds a training already ({name}); choose another folder, or resume it."
            raise ConfigurationError("output", message)


def _begun(config: TrainingConfig, device: torch.device, world: World) -> Records:
    output = Path(config.output)
    training = Training(config, device, world)
    records = Records(training, output)
    if config.resume and world.agree(os.path.exists(output / CHECKPOINT)):
        training.load(output / CHECKPOINT)
        records.restore()
    return records


def _advanced(records: Records) -> Generator[Progress, bool | None]:
    training, world = records.training, records.training.world
    if training.step >= training.total:
        records.keep()  # earlier versions left the last step unreported where patience had run out
        yield records.progress()
    while training.step < training.total:
        with memory_errors_named("choose a smaller batch_size or image_size"):
            training.advance()
            records.keep()
        records.keep_epoch()
        last = training.step == training.total
        if last or training.step % training.config.report_every == 0:
            closed, sent = False, None
            try:
                sent = yield records.progress()
            except GeneratorExit:
                closed = True
            answers = world.gather((closed, bool(sent)))
            if any(closed for closed, _ in answers):
                records.save()
                return
            if answers[0][1] and not last:
                with memory_errors_named("choose a smaller batch_size or image_size"):
                    records.end()
                yield records.progress()
