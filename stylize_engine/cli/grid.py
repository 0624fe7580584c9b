"""`grid`: try every combination of some settings."""

import argparse
from collections.abc import Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylize_engine.cli.arguments import OneLineParser, add_device, check_free, each_once
from stylize_engine.cli.terminal import saved_on_interrupt, shown, tell
from stylize_engine.config import GatysConfig, TrainingConfig
from stylize_engine.config.grids import GRID, MARKDOWN, SHEET, TABLE, parse_values, trial_name
from stylize_engine.errors import ConfigurationError, StylizeError

if TYPE_CHECKING:
    from stylize_engine.experiments import Grid

DESCRIPTION = """\
Paint the same photo under every combination of some settings. Writes each picture, a table (CSV and Markdown) sorted by
total loss with scores beside it, and one sheet of all pictures with labels. Stopped, the same line goes on, and
tries once more what has failed. A training that is stopped goes on too: Ctrl-C writes its checkpoint first."""

USAGE = "python -m stylize_engine grid --content FILE --style FILE --output DIR --vary NAME=VALUE,... [option ...]"

EPILOG = """\
examples:
  Weights against each other:
    python -m stylize_engine grid --content photo.jpg --style painting.jpg --output weights \\
      --vary style_weight=20,200,2000 --vary content_weight=0.5,1,2

  Which layers of VGG-19 should compare the content (join layers with +)?
    python -m stylize_engine grid --content photo.jpg --style painting.jpg --output layers --set extractor=vgg19 \\
      --vary content_layers=relu4_2,all-conv,all-relu,all-pool,conv5_3

  Short trainings of a fast network:
    python -m stylize_engine grid --method train --dataset photos/ --content photo.jpg --style painting.jpg \\
      --output trainings --set steps=200 --vary style_weight=6,12,24

exit code: 0 when every trial ended well, 1 when one failed (the table says why), 2 after one line about bad input."""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "grid", help="try every combination of some settings", usage=USAGE, description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run, interrupted="the same line again goes on.")
    file = {"type": Path, "metavar": "FILE"}
    parser.add_argument("--content", required=True, **file, help="the photo")
    parser.add_argument("--style", required=True, nargs="+", action="extend", **file, help="the painting or paintings")
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="folder for all that is written")
    parser.add_argument("--method", choices=("gatys", "train"), default="gatys", help="how to paint (default: gatys)")
    pair = {"action": "append", "default": [], "metavar": "NAME=VALUES"}
    parser.add_argument("--vary", required=True, **pair, help="a setting and its values, with commas between them")
    parser.add_argument("--set", dest="settings", **pair, help="a setting that is the same for all trials")
    parser.add_argument("--dataset", nargs="+", action="extend", metavar="DIR", help="photographs, for --method train")
    parser.add_argument("--extractor-weights", **file, help="weights of the extractor")
    parser.add_argument("--judge-weights", **file, help="weights of VGG-16 for the scores")
    add_device(parser)


def run(options: argparse.Namespace) -> None:
    kind = GatysConfig if options.method == "gatys" else TrainingConfig
    from stylize_engine.experiments import Grid, results_of, run_grid

    varied = each_once("vary", [_values(kind, "vary", "NAME=VALUE,VALUE", text) for text in options.vary])
    settings = each_once("set", [_setting(kind, text) for text in options.settings])
    for name in settings.keys() & varied.keys():
        raise ConfigurationError("set", f"set gives {name}, which --vary varies; leave one of them out.")
    if kind is TrainingConfig:
        settings |= _training_settings(options, settings.keys() | varied.keys())
    elif options.dataset:
        raise ConfigurationError("dataset", "dataset is for --method train; leave it out, or give the method.")
    grid = Grid(
        kind(**settings), varied, options.content, tuple(options.style), options.output,
        options.extractor_weights, options.judge_weights,
    )  # fmt: skip
    _check_free(grid)
    tell(f"{len(grid.trials)} trials: {' x '.join(str(len(values)) for values in varied.values())}")
    steps = run_grid(grid, retry_failed=True, device=options.device)
    for _ in shown(saved_on_interrupt(steps) if kind is TrainingConfig else steps):  # a search keeps no checkpoint
        pass
    results = results_of(grid)
    failed = [result["trial"] for result in results if "failed" in result]
    painted = len(results) - len(failed)
    tell(f"{options.output / SHEET}: {painted} pictures" if painted else "No trial ended well.")
    if failed:
        raise TrialsFailed(f"{len(failed)} of {len(results)} trials failed; {options.output / 'table.md'} says why.")


def _training_settings(options: argparse.Namespace, asked: Set[str]) -> dict[str, Any]:
    """What the options say of each training, which --set and --vary, `asked`, must not."""
    if not options.dataset:
        raise ConfigurationError("dataset", "dataset is missing; give --dataset DIR with photographs.")
    given = {"dataset": options.dataset, "styles": {"style": options.style}, "output": options.output}
    if options.extractor_weights:
        given["extractor_weights"] = options.extractor_weights
    for name in sorted(given.keys() & asked):
        raise ConfigurationError("set", f"set and --vary cannot change {name}; the grid's own options say it.")
    return given


def _check_free(grid: "Grid") -> None:
    names = [trial_name(number) for number in range(1, len(grid.trials) + 1)]
    written = [name + suffix for name in names for suffix in (".png", ".json")]
    used = (grid.content, *grid.styles, grid.extractor_weights, grid.judge_weights)
    check_free(used, [("output", grid.output / name) for name in (GRID, TABLE, MARKDOWN, SHEET, *written)])


class TrialsFailed(StylizeError):
    """Some trials of a grid failed; the others are done."""

    exit_code = 1


def _values(kind: type, option: str, form: str, text: str) -> tuple[str, list[Any]]:
    """A field and the values given to it as `form` shows, by that option."""
    name, separator, values = text.partition("=")
    if not separator or not values:
        raise ConfigurationError(option, f"{option}: {text!r} has no values; write {form}.")
    name = name.strip().replace("-", "_")
    return name, parse_values(kind, name, values, option)


def _setting(kind: type, text: str) -> tuple[str, Any]:
    name, values = _values(kind, "set", "NAME=VALUE", text)
    if len(values) > 1:
        raise ConfigurationError("set", f"set gives {name} {len(values)} values; give one here, or several to --vary.")
    return name, values[0]
