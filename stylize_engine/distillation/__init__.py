"""Makes `slim`, the small extractor that ships: fitted to what a large one sees, then trained as long as wished.

In training the student learns to reproduce its teacher's activations and their Gram matrices on photographs, paintings,
blends of them, noise and blurred ones, and on pictures that it has painted itself a moment ago. Of these it also learns
how the teacher would have painted on.
"""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch

from stylize_engine.checkpoints import check_replaceable
from stylize_engine.config import DistillationConfig
from stylize_engine.devices import memory_errors_named, resolve_device
from stylize_engine.distillation.state import Distillation
from stylize_engine.outputs import folder_for, held, write_whole
from stylize_engine.progress import Progress
from stylize_engine.topologies import SLIM_RANKS, SLIM_WIDTHS

ADVICE = "choose a smaller image_size or batch_size, or the device cpu"


def files_of(config: DistillationConfig) -> tuple[Path, Path, Path]:
    """What a distillation writes: weights, manifest and checkpoint."""
    output = Path(config.output)
    return output, output.with_suffix(".json"), Path(config.output + ".checkpoint")


def distill(config: DistillationConfig, *, device: str = "auto") -> Generator[Progress, None]:
    """Train `slim` and write `config.output` and its manifest at the end; yields every `report_every` steps.

    The losses are `features` and `grams` (see `slim.imitation_losses`), `differences` and `gradients` (see
    `agreement.agreement_losses`) and their sum, `total`, as means since the last report. Closing the generator
    writes a checkpoint and stops the training; `config.resume` goes on from the last checkpoint and gives, on a CPU
    with as many threads, the same weights as training that was never stopped.

    Raises `ConfigurationError` for directories without pictures or a checkpoint of another configuration, `InUseError`
    for an output that another process writes, `WeightsError` for the teacher's weights, `ImageError` where no picture
    can be read, `DeviceUnavailableError`, `DivergenceError` when the training has failed, `OutOfMemoryError`, and
    `CheckpointError` or `OutputError` for a file that cannot be written, or that is no checkpoint and would be replaced
    by one.
    """
    output, *_ = files_of(config)
    message = f"output {output} is being written by another process; choose another name, or wait for its end."
    with folder_for(output.parent), held(Path(f"{output}.lock"), message):
        yield from _distilled(config, device)


def _distilled(config: DistillationConfig, device: str) -> Generator[Progress, None]:
    weights, manifest, checkpoint = files_of(config)
    if config.steps and not config.resume:
        check_replaceable(checkpoint)
    with memory_errors_named(ADVICE):
        training = Distillation(config, resolve_device(device))
    if config.resume and checkpoint.exists():
        training.load(checkpoint)
    while training.step < config.steps:
        with memory_errors_named(ADVICE):
            training.advance()
        last = training.step == config.steps
        if last or training.step % config.report_every == 0:
            training.report()
        if last or training.step % config.checkpoint_every == 0:
            training.save(checkpoint)
        if not last and training.step % config.report_every == 0:
            try:
                yield training.progress()
            except GeneratorExit:
                training.save(checkpoint)
                raise
    # In half precision, and beside them where they come from.
    tensors = {name: value.half().cpu().contiguous() for name, value in training.weights().items()}
    write_whole(weights, safetensors.torch.save(tensors))
    write_whole(manifest, (json.dumps(_manifest(training), indent=2) + "\n").encode())
    yield training.progress()


def _manifest(training: Distillation) -> dict[str, Any]:
    config = training.config
    return {
        "extractor": "slim",
        "architecture": {"topology": "VGG up to relu3_3", "widths": SLIM_WIDTHS, "ranks": SLIM_RANKS},
        "teacher": config.teacher,
        "start": config.start and Path(config.start).name,
        "data": {
            kind: {"count": len(pictures.paths), "fingerprint": training.fingerprints[kind]}
            for kind, pictures in training.pictures.items()
        },
        "training": {
            "steps": config.steps,
            "batch_size": config.batch_size,
            "image_size": config.image_size,
            "paintings": config.paintings,
            "learning_rate": config.learning_rate,
            "seed": config.seed,
            "precision": str(training.precision).removeprefix("torch."),
        },
        "losses": training.history[-1] if training.history else None,
        "versions": {"torch": torch.__version__, "numpy": np.__version__},
    }
