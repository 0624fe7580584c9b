"""Trains fast networks (Johnson et al., ECCV 2016; Dumoulin et al., ICLR 2017)."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import torch

from stylize_engine import __version__
from stylize_engine.config import TrainingConfig
from stylize_engine.devices import memory_errors_named
from stylize_engine.networks import save_network
from stylize_engine.outputs import folder_for, write_whole
from stylize_engine.progress import Progress
from stylize_engine.training.distributed import join_world, resolve_own_device
from stylize_engine.training.state import Training
from stylize_engine.training.validation import Validation, save_strip

MODEL, CHECKPOINT, HISTORY, SAMPLES = "model.safetensors", "checkpoint", "history.json", "samples"


def train(config: TrainingConfig, *, device: str = "auto") -> Generator[Progress, bool | None]:
    """Train and write into `config.output`; yields every `report_every` steps and at the last one.

    Losses in a `Progress` are means since the last report: content, style, tv and gamut, weighted so that they add up
    to total, the unweighted style loss by layer, and the last `validation` total once there is one. `preview` is the
    last strip of samples, a row a style. Closing the generator writes a checkpoint and stops the training; with
    `config.resume` it goes on from the last checkpoint and gives, on a CPU, the same network as a training that was
    never stopped; a GPU adds up gradients of padding and enlarging in another order each time. Sending True ends it at
    the step it has reached, measured and written as at its last one; the answer is its last `Progress`.

    Started by `torchrun`, each process trains on batches of its own, and on a GPU of its own where `device` names none;
    the first one reports and writes, the others yield nothing.

    Raises `ConfigurationError` for directories without pictures, an output that is no directory, a name the base has,
    or a checkpoint of another training, `WeightsError` for the extractor's or the base's file, `DivergenceError` when
    the training has failed, `DamagedCheckpointError` for a checkpoint that cannot be read, and `CheckpointError` or
    `OutputError` for a file that cannot be written.
    """
    target, output = resolve_own_device(device), Path(config.output)
    with folder_for(output, SAMPLES), memory_errors_named("choose a smaller style_size, batch_size or image_size"):
        training = Training(config, target, join_world(target))
        validation = Validation(training)
        if config.resume and (output / CHECKPOINT).exists():
            training.load(output / CHECKPOINT)
    if training.world.leads and training.step >= training.total:
        yield _progress(training, None)
    strip = None
    while training.step < training.total:
        epoch = training.epoch
        with memory_errors_named("choose a smaller batch_size or image_size"):
            training.advance()
        last, step = training.step == training.total, training.step
        reported = last or step % config.report_every == 0
        if reported:
            training.report()
        if training.world.leads and (last or step % config.sample_every == 0):
            strip = validation.strip()
            save_strip(strip, output / SAMPLES, step)
        if last or step % config.checkpoint_every == 0:
            _check_in(training, validation, output)
        if config.epochs and config.keep_epochs and training.epoch > epoch:
            _write(training, output / f"epoch_{training.epoch:02d}.safetensors")
        due = reported or step == training.total
        if due and (yield from _reported(training, strip, output)) and step < training.total:
            training.total = step
            _check_in(training, validation, output)
            if training.world.leads:
                yield _progress(training, strip)
    training.world.leave()


def _reported(training: Training, strip: torch.Tensor | None, output: Path) -> Generator[Progress, bool | None, bool]:
    """Yield, in the first process, how far the training is, and give what was sent there, in all of them.

    Where the caller stops here, what was learnt is kept.
    """
    sent = None
    try:
        if training.world.leads:
            sent = yield _progress(training, strip)
    except GeneratorExit:
        # Of several processes the others do not know of it: they cannot take part in a checkpoint.
        if training.world.size == 1:
            training.save(output / CHECKPOINT)
        raise
    return training.world.agree(bool(sent))


def _check_in(training: Training, validation: Validation, output: Path) -> None:
    """Validate and write a checkpoint; where patience has run out, this step becomes the last one."""
    if training.world.agree(_validate(training, validation, output)):
        training.total = training.step
    training.save(output / CHECKPOINT)


def _validate(training: Training, validation: Validation, output: Path) -> bool:
    """Measure, keep the network if it is the best so far, and say whether patience has run out."""
    if not training.world.leads:
        return False
    losses = validation.losses()
    best = min((row["total"] for row in training.validations), default=float("inf"))
    training.validations.append({"step": training.step, **losses})
    if losses["total"] < best:
        _write(training, output / MODEL)
    history = {"training": training.history, "validation": training.validations}
    write_whole(output / HISTORY, (json.dumps(history, indent=1) + "\n").encode())
    totals = [row["total"] for row in training.validations]
    patience = training.config.patience
    return patience is not None and len(totals) - 1 - totals.index(min(totals)) >= patience


def _write(training: Training, path: Path) -> None:
    if training.world.leads:
        manifest = _manifest(training)
        save_network(path, training.loaded.network, training.loaded.style_names, manifest)
        write_whole(path.with_suffix(".json"), (json.dumps(manifest, indent=2) + "\n").encode())


def _progress(training: Training, strip: torch.Tensor | None) -> Progress:
    losses = {name: value for name, value in training.history[-1].items() if name != "step"}
    if training.validations:
        losses["validation"] = training.validations[-1]["total"]
    return Progress(training.step, training.total, losses, strip)


def _manifest(training: Training) -> dict[str, Any]:
    config = training.config
    machine_bound = ("dataset", "samples", "output", "base", "start", "styles", "extractor_weights", "resume")
    return {
        "styles": list(training.loaded.style_names),
        "style_pictures": training.style_pictures,
        "begun_from": training.loaded.manifest or None,
        "data": {"photos": len(training.photos.paths), "fingerprint": training.fingerprint},
        "training": {name: value for name, value in config.to_dict().items() if name not in machine_bound},
        "step": training.step,
        "processes": training.world.size,
        "validation": training.validations[-1] if training.validations else None,
        "versions": {"stylize_engine": __version__, "torch": torch.__version__},
    }
