"""`train`: train a fast network, or teach one a new style."""

import argparse
import dataclasses
import json
import os
import shlex
from pathlib import Path

from stylize_engine.cli.arguments import OneLineParser, add_device, add_fields, check_free, make_config
from stylize_engine.cli.terminal import saved_on_interrupt, shown, speaks, tell
from stylize_engine.config import (
    CHANGEABLE,
    DEFAULT_BATCH_SIZE,
    DEFAULT_LEARNING_RATE,
    DEFAULT_STEPS,
    POOLINGS,
    PRECISIONS,
    UPSAMPLINGS,
    Architecture,
    TrainingConfig,
)
from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS

DESCRIPTION = """\
Train a fast network, which paints in one pass (Johnson et al., ECCV 2016) in any of its styles (Dumoulin et al., ICLR
2017), or teach a trained one a new style in minutes.

Writes into the output folder: model.safetensors, the best network by the photographs it was not trained on, with its
manifest; with --epochs a network for each; samples/; history.json; and a checkpoint, from which --resume goes on, to
the very same network on a CPU with as many threads (OMP_NUM_THREADS)."""

USAGE = "python -m stylize_engine train --dataset DIR [...] --style [NAME=]FILE [FILE ...] --output DIR [option ...]"

EPILOG = """\
examples:
  One network for two styles:
    python -m stylize_engine train --dataset photos/ --style wave=wave.jpg --style scream=scream.jpg --output two

  A new style on a trained network; its other styles stay as they are:
    python -m stylize_engine train --dataset photos/ --base model.safetensors --add-style painting.jpg --output new

  Several pictures for one style, and the large network to compare them by:
    python -m stylize_engine train --dataset photos/ --style monet=pond.jpg bridge.jpg --extractor vgg16 --output m

  On four GPUs:
    torchrun --nproc-per-node 4 -m stylize_engine train --dataset photos/ --style wave.jpg --output wave

  Stopped? The same line with --resume goes on from the last checkpoint; Ctrl-C and SIGTERM write one at the next
  report. torchrun waits half a minute for it, or as many seconds as TORCH_ELASTIC_SHUTDOWN_TIMEOUT says."""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "train", help="train a fast network or add a style to one", usage=USAGE, description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run, interrupted="the same line with --resume goes on from the last checkpoint, if any.")
    folder, file, number = ({"metavar": name} for name in ("DIR", "FILE", "NUMBER"))
    data = parser.add_argument_group("data")
    style = {"nargs": "+", "action": "append", "metavar": "[NAME=]FILE"}
    data.add_argument("--style", **style, help="the picture or pictures that teach a style; may be given many times")
    data.add_argument("--add-style", **style, help="the same, to teach the network of --base a new style")
    add_fields(data, TrainingConfig, {
        "dataset": ("photographs, the more the better; subfolders count", {"required": True, "nargs": "+", **folder}),
        "output": ("folder for all that is written", {"required": True, **folder}),
        "samples": ("photographs painted on the way, in up to twelve of the styles (default: four held out)",
                    {"nargs": "+", "metavar": "FILE"}),
        "start": ("a trained network to be trained further; name all its styles, and new ones if wished", file),
        "base": ("a trained network whose convolutions rest while new styles are added", file),
    })  # fmt: skip
    _add_losses(parser.add_argument_group("losses"))
    _add_training(parser.add_argument_group("training"))
    shape = "Of a new one; that of --base or --start has its own, but to --start --upsampling and --skip may be given."
    network = parser.add_argument_group("network", shape)
    add_fields(network, Architecture, {
        "fold": ("edge of the squares of pixels that become channels", {"type": int, **number}),
        "widths": ("channels at each size", {"type": int, "nargs": "+", **number}),
        "blocks": ("residual blocks", {"type": int, **number}),
        "edge_kernel": ("size of the first and last convolution", {"type": int, **number}),
        "upsampling": ("how the stages after the residual blocks enlarge", {"choices": UPSAMPLINGS}),
        "skip": ("lead the first stage's output past the small ones to the last one too", {"action": "store_true"}),
        "bound": ("how far activations may go, in standard deviations", {"type": float, **number}),
    })  # fmt: skip


def _add_losses(group: argparse._ArgumentGroup) -> None:
    weight, layers = {"type": float, "metavar": "WEIGHT"}, {"nargs": "+", "metavar": "LAYER"}
    add_fields(group, TrainingConfig, {
        "content_weight": ("how much the photo counts", weight),
        "style_weight": ("how much the style counts", weight),
        "tv_weight": ("how much smoothness counts", weight),
        "content_layers": ("layers that compare the content (default: the extractor's own)", layers),
        "style_layers": ("layers that compare the style (default: the extractor's own)", layers),
        "pyramid_levels": ("at how many sizes the style is compared", {"type": int, "metavar": "LEVELS"}),
        "extractor": ("the network that the losses are taken on", {"choices": tuple(EXTRACTORS)}),
        "extractor_weights": ("its weights, .safetensors or .pth (default: its own)", {"metavar": "FILE"}),
        "pooling": ("how it shrinks its layers", {"choices": POOLINGS}),
    })  # fmt: skip


def _add_training(group: argparse._ArgumentGroup) -> None:
    whole = {"type": int, "metavar": "NUMBER"}
    add_fields(group, TrainingConfig, {
        "steps": (f"how long to train ({_defaults(DEFAULT_STEPS)})", whole),
        "epochs": ("how long to train, in passes over the photographs", whole),
        "batch_size": (f"pictures in a step, of each process ({_defaults(DEFAULT_BATCH_SIZE)})", whole),
        "image_size": ("edge of the crops in pixels", whole),
        "style_size": ("long edge of the style pictures in pixels: larger teaches larger strokes", whole),
        "learning_rate": (f"of Adam, falling at the end ({_defaults(DEFAULT_LEARNING_RATE)})",
                          {"type": float, "metavar": "RATE"}),
        "validation_share": ("share of the photographs never trained on", {"type": float, "metavar": "SHARE"}),
        "patience": ("end after so many validations without improvement", whole),
        "checkpoint_every": ("steps between checkpoints, each with a validation", whole),
        "sample_every": ("steps between strips of samples", whole),
        "report_every": ("steps between reports", whole),
        "keep_epochs": ("with --epochs: write a network for each", {"action": argparse.BooleanOptionalAction}),
        "resume": ("go on from the last checkpoint", {"action": "store_true"}),
        "precision": ("of convolutions; auto measures which is faster", {"choices": PRECISIONS}),
        "seed": ("of everything random", whole),
    })  # fmt: skip
    add_device(group)


def _defaults(values: dict[str, float]) -> str:
    return f"default: {values['new']}; {values['base']} for new styles of a base"


def run(options: argparse.Namespace) -> None:
    options.styles = _styles(options)
    if hasattr(options, "steps") and hasattr(options, "epochs"):
        raise ConfigurationError("epochs", "epochs and steps both say how long to train; give one of them.")
    options.architecture = make_config(Architecture, options)
    config = make_config(TrainingConfig, options)
    from stylize_engine.training import CHECKPOINT, HISTORY, MODEL, train

    written = [("output", Path(config.output) / name) for name in (MODEL, CHECKPOINT, HISTORY)]
    check_free((config.extractor_weights,), written)
    for progress in shown(saved_on_interrupt(train(config, device=options.device))):
        pass
    if speaks():
        tell(_told(config, progress.step))


def _told(config: TrainingConfig, steps: int) -> str:
    """What the best network of a training is, in one line, and in another how to paint with its new styles."""
    from stylize_engine.networks import load_network
    from stylize_engine.training import HISTORY, MODEL

    output = Path(config.output)
    history, best = json.loads((output / HISTORY).read_bytes()), load_network(output / MODEL).manifest
    which = "" if best["step"] == steps else f", the best after {best['step']}"
    left_out = f"; {HISTORY} names {len(history['left_out'])} unusable photographs" if "left_out" in history else ""
    network = f"{output / MODEL}: {steps} steps{which}, validation {best['validation']['total']:.3f}{left_out}"
    options = shlex.join(["--model", str(output / MODEL), "--style", *config.styles])
    return f"{network}\nTo paint with it: apply {options}" if config.base else network


def _styles(options: argparse.Namespace) -> dict[str, list[str]]:
    """Styles by name; a style without a name is called like its first picture."""
    _check_which(options)
    option = "style" if options.style else "add-style"
    styles: dict[str, list[str]] = {}
    for first, *others in options.style or options.add_style:
        name, named, path = first.partition("=")
        if not named or os.path.exists(first):
            name, path = Path(first).stem, first
        if name in styles:
            message = f"styles: two are called {name!r}; name them apart: --{option} NAME=FILE."
            raise ConfigurationError("styles", message)
        styles[name] = [path, *others]
    return styles


def _check_which(options: argparse.Namespace) -> None:
    """Raises `ConfigurationError` unless styles are given for a network of its own, or for that of `--base`, and a
    shape for a new one alone."""
    new, added, base = bool(options.style), bool(options.add_style), hasattr(options, "base")
    if base and not added:
        message = "add_style is missing; give the picture that teaches the base a new style."
        raise ConfigurationError("add_style", message)
    if new and added:
        message = "style is for a network of its own and --add-style for that of --base; give one of them."
        raise ConfigurationError("style", message)
    if added and not base:
        raise ConfigurationError("base", "base is missing; give the network that learns the style of --add-style.")
    if not new and not added:
        raise ConfigurationError("style", "style is missing; give a picture for each style of the new network.")
    trained = "base" if base else "start"
    for field in dataclasses.fields(Architecture):
        may_change = field.name in CHANGEABLE and not base
        if hasattr(options, field.name) and hasattr(options, trained) and not may_change:
            message = f"{field.name} is for a new network and that of --{trained} has its own; leave one of them out."
            raise ConfigurationError(field.name, message)
    if hasattr(options, "start") and getattr(options, "upsampling", None) == Architecture.upsampling:
        message = "upsampling of a network that is trained further can only become bilinear; leave it out."
        raise ConfigurationError("upsampling", message)
