"""What a training leaves behind on its way: means of its losses, samples, networks, checkpoints."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from stylize_engine import __version__
from stylize_engine.errors import WeightsError
from stylize_engine.networks import load_network, save_network
from stylize_engine.outputs import write_whole
from stylize_engine.progress import Progress
from stylize_engine.training.state import SAMPLES, Training, check_finite
from stylize_engine.training.validation import Validation, save_strip

MODEL, CHECKPOINT, HISTORY = "model.safetensors", "checkpoint", "history.json"


class Records:
    """The records of one training in `output`; all processes keep them together, the first one writes."""

    def __init__(self, training: Training, output: Path):
        self.training, self.output = training, output
        self.validation = Validation(training)
        self.strip: torch.Tensor | None = None
        self._painted_at: int | None = None
        self._best_since = 0

    def keep(self) -> None:
        """Record what is due at this step, all of it at the last one, and nothing twice.

        Where patience has run out, this step becomes the last one.
        """
        training = self.training
        self._report_and_paint()
        if self._is_due(training.config.checkpoint_every):
            if training.world.agree(training.world.leads and self._validate()):
                training.total = training.step
                self._report_and_paint()
            self._write_history()
            self.save()

    def end(self) -> None:
        """Make this step the last one."""
        self.training.total = self.training.step
        self.keep()

    def restore(self) -> None:
        """Write what the training that is gone on with has not left: the network of the epoch that has ended, where it
        could not be written after the checkpoint, and the best network, or its manifest. Where that is gone or damaged,
        the best one from here on takes its place."""
        training, best = self.training, self.output / MODEL
        self.keep_epoch(missing=True)
        if not (training.world.leads and training.validations):
            return
        try:
            manifest = load_network(best).manifest
        except WeightsError:
            self._best_since = training.step
            if training.validations[-1]["step"] == training.step:
                self._write_network(best)
            return
        self._best_since = manifest.get("step", 0)  # better ones may have been gone when it took their place
        if not os.path.exists(best.with_suffix(".json")):
            _write_manifest(best, manifest)

    def save(self) -> None:
        """Write a checkpoint; all processes take part."""
        self.training.save(self.output / CHECKPOINT)

    def keep_epoch(self, *, missing: bool = False) -> None:
        """Write the network of the epoch that has ended at this step, if one has and networks of epochs are kept; with
        `missing`, unless it is there."""
        training, config = self.training, self.training.config
        counted = config.epochs and config.steps is None and config.keep_epochs
        if not (counted and training.step) or training.step % training.steps_per_epoch:
            return
        path = self.output / f"epoch_{training.epoch:02d}.safetensors"
        if training.world.leads and not (missing and path.exists()):
            self._write_network(path)

    def progress(self) -> Progress:
        """How far the training is, by its last report; only the first process validates."""
        training = self.training
        losses = {name: value for name, value in training.history[-1].items() if name != "step"}
        if training.world.leads and training.validations:
            losses["validation"] = training.validations[-1]["total"]
        return Progress(training.step, training.total, losses, self.strip)

    def _is_due(self, every: int) -> bool:
        step = self.training.step
        return step >= self.training.total or step % every == 0

    def _report_and_paint(self) -> None:
        training = self.training
        if training.unreported and self._is_due(training.config.report_every):
            training.report()
        painted = self._painted_at == training.step
        if training.world.leads and not painted and self._is_due(training.config.sample_every):
            self.strip, self._painted_at = self.validation.strip(), training.step
            save_strip(self.strip, self.output / SAMPLES, training.step)

    def _validate(self) -> bool:
        """Measure, keep the network if it is the best so far, and say whether patience has run out."""
        training = self.training
        if not training.validations or training.validations[-1]["step"] < training.step:
            losses = self.validation.losses()
            check_finite(losses["total"])
            kept = (row["total"] for row in training.validations if row["step"] >= self._best_since)
            best = min(kept, default=float("inf"))
            training.validations.append({"step": training.step, **losses})
            if losses["total"] < best:
                self._write_network(self.output / MODEL)
        totals = [row["total"] for row in training.validations]
        patience = training.config.patience
        return patience is not None and len(totals) - 1 - totals.index(min(totals)) >= patience

    def _write_history(self) -> None:
        if self.training.world.leads:
            history: dict[str, Any] = {"training": self.training.history, "validation": self.training.validations}
            if left_out := sorted(Path(path).name for path in self.training.photos.left_out):
                history["left_out"] = left_out
            write_whole(self.output / HISTORY, (json.dumps(history, indent=1) + "\n").encode())

    def _write_network(self, path: Path) -> None:
        loaded, manifest = self.training.loaded, self._manifest()
        save_network(path, loaded.network, loaded.style_names, manifest)
        _write_manifest(path, manifest)

    def _manifest(self) -> dict[str, Any]:
        training, config = self.training, self.training.config
        settings = config.to_dict() | {"architecture": asdict(training.loaded.network.architecture)}
        machine_bound = ("dataset", "samples", "output", "base", "start", "styles", "extractor_weights", "resume")
        return {
            "styles": list(training.loaded.style_names),
            "style_pictures": training.style_pictures,
            "begun_from": training.loaded.manifest or None,
            "data": {"photos": len(training.photos.paths), "fingerprint": training.fingerprint},
            "training": {name: value for name, value in settings.items() if name not in machine_bound},
            "step": training.step,
            "processes": training.world.size,
            "validation": training.validations[-1] if training.validations else None,
            "versions": {"stylize_engine": __version__, "torch": torch.__version__},
        }


def _write_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write what a network's file holds of its making beside it."""
    write_whole(path.with_suffix(".json"), (json.dumps(manifest, indent=2) + "\n").encode())
