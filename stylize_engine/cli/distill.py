"""`distill`: make the small extractor that ships."""

import argparse
import json
from pathlib import Path

from stylize_engine.cli.arguments import (
    OneLineParser,
    add_device,
    add_fields,
    check_free,
    check_not_begun,
    make_config,
)
from stylize_engine.cli.terminal import saved_on_interrupt, shown, tell
from stylize_engine.config import DISTILLATION_TEACHERS, PRECISIONS, DistillationConfig
from stylize_engine.errors import ConfigurationError

DESCRIPTION = """\
Make 'slim', the small extractor, see what a large one sees. It is fitted layer by layer, which takes a minute; with
--steps it is then trained: on photos, paintings, blends of them, noise, and pictures that it has painted itself.
Writes the weights, a manifest beside them (.json), and checkpoints of a training (.checkpoint)."""

USAGE = "python -m stylize_engine distill --photos DIR --styles DIR --output FILE [option ...]"

EPILOG = """\
example:
    python -m stylize_engine distill --teacher vgg16 --photos photos/ --styles paintings/ --output slim.safetensors

  Stopped? The same line with --resume goes on from the last checkpoint; Ctrl-C and SIGTERM write one at the next
  report.

  Use the result:
    python -m stylize_engine stylize --extractor-weights slim.safetensors ..."""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "distill", help="make the small extractor", usage=USAGE, description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run, interrupted="the same line with --resume goes on from the last checkpoint, if any.")
    folder, file, number = ({"metavar": name} for name in ("DIR", "FILE", "NUMBER"))
    add_fields(parser.add_argument_group("data"), DistillationConfig, {
        "photos": ("photographs, at least a few hundred; subfolders count", {"required": True, **folder}),
        "styles": ("paintings, at least a dozen; subfolders count", {"required": True, **folder}),
        "output": ("weights to write, .safetensors", {"required": True, **file}),
        "teacher": ("the extractor to learn from", {"choices": DISTILLATION_TEACHERS}),
        "teacher_weights": ("weights of the teacher (default: torchvision's, downloaded once)", file),
        "start": ("weights of slim to begin with (default: fitted to the teacher)", file),
    })  # fmt: skip
    whole = {"type": int, **number}
    training = parser.add_argument_group("training")
    add_fields(training, DistillationConfig, {
        "steps": ("steps of training after the fit", whole),
        "batch_size": ("crops in a step", whole),
        "image_size": ("edge of the crops in pixels", whole),
        "paintings": ("pictures of its own that it is trained on; old ones are replaced", whole),
        "learning_rate": ("of Adam, falling at the end", {"type": float, "metavar": "RATE"}),
        "seed": ("of everything random", whole),
        "resume": ("go on from the last checkpoint", {"action": "store_true"}),
        "checkpoint_every": ("steps between checkpoints", whole),
        "report_every": ("steps between reports", whole),
        "precision": ("of convolutions; auto measures which is faster", {"choices": PRECISIONS}),
    })  # fmt: skip
    add_device(training)


def run(options: argparse.Namespace) -> None:
    config = make_config(DistillationConfig, options)
    from stylize_engine.distillation import distill, files_of
    from stylize_engine.images import check_writable

    _, manifest, checkpoint = written = files_of(config)
    check_free((config.teacher_weights, config.start), [("output", path) for path in written])
    _check_manifest(manifest)
    for path in written:
        check_writable(path)
    if not config.resume:
        check_not_begun("output", checkpoint)
    steps = distill(config, device=options.device)
    for _ in shown(saved_on_interrupt(steps) if config.steps else steps):  # a fit reports at its end alone
        pass
    trained = f"trained for {config.steps} steps" if config.steps else f"fitted to {config.teacher}"
    tell(f"{config.output}: {trained}")


def _check_manifest(path: Path) -> None:
    """Raises `ConfigurationError` where a file is in the manifest's place that no distillation has written."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("extractor") != "slim":
        message = f"output has its manifest in {path}, which is a file of something else; choose another name."
        raise ConfigurationError("output", message)
