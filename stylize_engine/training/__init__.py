"""Trains fast networks (Johnson et al., ECCV 2016; Dumoulin et al., ICLR 2017)."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from stylize_engine.config import TrainingConfig
from stylize_engine.devices import memory_errors_named
from stylize_engine.outputs import folder_for
from stylize_engine.progress import Progress
from stylize_engine.training.distributed import join_world, resolve_own_device
from stylize_engine.training.records import CHECKPOINT, HISTORY, MODEL, SAMPLES, Records
from stylize_engine.training.state import Training

__all__ = ["CHECKPOINT", "HISTORY", "MODEL", "SAMPLES", "train"]


def train(config: TrainingConfig, *, device: str = "auto") -> Generator[Progress, bool | None]:
    """Train and write into `config.output`; yields every `report_every` steps and at the last one.

    Losses in a `Progress` are means since the last report: content, style, tv and gamut, weighted so that they add up
    to total, the unweighted style loss by layer, and the last `validation` total once there is one. `preview` is the
    last strip of samples, a row a style. Closing the generator writes a checkpoint and stops the training; with
    `config.resume` it goes on from the last checkpoint and gives, on a CPU, the same network as a training that was
    never stopped; a GPU adds up gradients of padding and enlarging in another order each time. Sending True ends it at
    the step it has reached, measured and written as at its last one; the answer is its last `Progress`.

    Started by `torchrun`, each process trains on batches of its own, and on a GPU of its own where `device` names none;
    the first one reports, reads the checkpoint and writes, the others yield nothing and need not see its files.

    Raises `ConfigurationError` for directories without pictures, an output that is no directory, a name the base has,
    or a checkpoint of another training, `WeightsError` for the extractor's or the base's file, `DivergenceError` when
    the training has failed, `DamagedCheckpointError` for a checkpoint that cannot be read, and `CheckpointError` or
    `OutputError` for a file that cannot be written.
    """
    target, output = resolve_own_device(device), Path(config.output)
    with folder_for(output, SAMPLES), memory_errors_named("choose a smaller style_size, batch_size or image_size"):
        training = Training(config, target, join_world(target))
        records = Records(training, output)
        if config.resume and training.world.agree((output / CHECKPOINT).exists()):
            training.load(output / CHECKPOINT)
    if training.step >= training.total:
        records.keep()  # earlier versions left the last step unreported where patience had run out
        if training.world.leads:
            yield records.progress()
    while training.step < training.total:
        epoch = training.epoch
        with memory_errors_named("choose a smaller batch_size or image_size"):
            training.advance()
        records.keep()
        if config.epochs and config.keep_epochs and training.epoch > epoch:
            records.keep_epoch()
        last = training.step == training.total
        due = last or training.step % config.report_every == 0
        if due and (yield from _reported(training, records)) and not last:
            records.end()
            if training.world.leads:
                yield records.progress()
    training.world.leave()


def _reported(training: Training, records: Records) -> Generator[Progress, bool | None, bool]:
    """Yield, in the first process, how far the training is, and give what was sent there, in all of them.

    Where the caller stops here, what was learnt is kept.
    """
    sent = None
    try:
        if training.world.leads:
            sent = yield records.progress()
    except GeneratorExit:
        # Of several processes the others do not know of it: they cannot take part in a checkpoint.
        if training.world.size == 1:
            records.save()
        raise
    return training.world.agree(bool(sent))
