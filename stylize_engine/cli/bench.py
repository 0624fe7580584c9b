"""`bench`: how fast this machine is."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from stylize_engine.cli.arguments import OneLineParser, add_device
from stylize_engine.cli.terminal import tell
from stylize_engine.errors import ConfigurationError

DESCRIPTION = """\
Measure each recipe of this package beside a plain textbook one (the published method, float32), in the same run on the
same pictures, each in a process of its own. Close other programs first."""

EPILOG = """\
examples:
    python -m stylize_engine bench
    python -m stylize_engine bench --only gatys-step apply-1080x720 --json"""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser("bench", help="measure speed and memory", description=DESCRIPTION, epilog=EPILOG)
    parser.set_defaults(run=run)
    file = {"type": Path, "metavar": "FILE"}
    parser.add_argument("--only", nargs="+", action="extend", metavar="NAME", help="cases to measure (default: all)")
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of a table")
    parser.add_argument("--content", **file, help="a photo (default: one drawn by a formula)")
    parser.add_argument("--style", **file, help="a painting (default: one drawn by a formula)")
    parser.add_argument("--model", **file, help="a fast network (default: the usual shape with random weights)")
    parser.add_argument(
        "--repeats", type=int, default=3, metavar="NUMBER", help="timings, the best counts (default: 3)"
    )
    parser.add_argument("--scale", type=float, default=1.0, metavar="SCALE",
                        help="shrink all pictures, for a quick look (default: 1)")  # fmt: skip
    add_device(parser)


def run(options: argparse.Namespace) -> None:
    if options.repeats < 1:
        raise ConfigurationError("repeats", f"repeats is {options.repeats}; give 1 or more.")
    if not 0 < options.scale <= 1:
        raise ConfigurationError("scale", f"scale is {options.scale}; give a number above 0 and 1 at the most.")
    from stylize_engine.bench import run_bench
    from stylize_engine.bench.cases import CASES, Settings

    content, style, model = (str(path) if path else None for path in (options.content, options.style, options.model))
    settings = Settings(options.device, content, style, model, options.repeats, options.scale)
    rows = []
    if not options.json:
        tell(f"{'case':<16}{'seconds':>10}{'textbook':>10}{'ratio':>8}{'peak MB':>9}{'limit':>7}  score")
    for row in run_bench(options.only or list(CASES), settings):
        rows.append(asdict(row))
        if not options.json:
            tell(_line(row))
            print(f"{'':<16}{row.work}", file=sys.stderr)
    if options.json:
        tell(json.dumps(rows, indent=1))


def _line(row) -> str:
    score = "" if row.score is None else f"style {row.score['style']:.3f}, content {row.score['content']:.2f}"
    cells = (_number(row.seconds, ".3f"), _number(row.textbook_seconds, ".2f"), _number(row.ratio, ".1f"))
    peak, limit = _number(row.peak_mb, ".0f"), _number(row.limit_share, ".0%")
    return f"{row.name:<16}{cells[0]:>10}{cells[1]:>10}{cells[2]:>8}{peak:>9}{limit:>7}  {score}"


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
