"""Trainings small enough for a test."""

import copy
import json
from pathlib import Path

from safetensors.torch import load_file

from stylize_engine.config import Architecture, TrainingConfig
from stylize_engine.training import train

TINY = Architecture(fold=2, widths=(4, 8), blocks=1, edge_kernel=3)


def training_config(directories, output, **fields):
    """Two styles on three photographs, six steps."""
    photos, styles = directories
    pictures = {"dots": (styles / "0.png",), "lines": (styles / "1.png", styles / "2.png")}
    settings = {
        "dataset": photos, "styles": pictures, "output": output, "architecture": TINY, "steps": 6, "batch_size": 2,
        "image_size": 64, "style_size": 64, "report_every": 2, "checkpoint_every": 3, "sample_every": 3,
        "pyramid_levels": 2, "precision": "fp32",
    }  # fmt: skip
    return TrainingConfig(**settings | fields)


def diverging(config, learning_rate=1e30):
    """The configuration with a rate that none accepts, beyond what numbers can hold."""
    config = copy.copy(config)
    object.__setattr__(config, "learning_rate", learning_rate)
    return config


def run(config):
    return list(train(config, device="cpu"))


def read(config, name):
    return json.loads(Path(config.output, f"{name}.json").read_text())


def weights(folder, name="model"):
    return load_file(f"{folder}/{name}.safetensors")
