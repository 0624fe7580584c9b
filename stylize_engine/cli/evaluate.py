"""`evaluate`: score stylized images."""

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stylize_engine.cli.arguments import OneLineParser, add_device
from stylize_engine.cli.terminal import tell
from stylize_engine.config.checks import Checks
from stylize_engine.errors import ImageError

if TYPE_CHECKING:
    from stylize_engine.evaluation import Reference, Score

DESCRIPTION = """\
Score pictures against the photo and the paintings they were made of, by one fixed network at 512 pixels.

style    0 where a picture has the paintings' statistics, 1 where it has those of the untouched photo
content  0 where it shows what the photo shows; the higher, the less of it is left

Compare scores on the same photo and paintings only, and by the same judge: VGG-16 where its weights are at hand, else
the extractor that ships."""

EPILOG = """\
example:
    python -m stylize_engine evaluate --content photo.jpg --style painting.jpg --result first.png second.png"""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser("evaluate", help="score stylized images", description=DESCRIPTION, epilog=EPILOG)
    parser.set_defaults(run=run)
    parser.add_argument("--content", required=True, type=Path, metavar="FILE", help="the photo")
    parser.add_argument("--style", required=True, type=Path, nargs="+", action="extend", metavar="FILE",
                        help="the painting or paintings")  # fmt: skip
    parser.add_argument("--style-weights", type=float, nargs="+", action="extend", metavar="SHARE",
                        help="the share of each painting, as stylize had them (default: all the same)")  # fmt: skip
    parser.add_argument("--result", required=True, type=Path, nargs="+", action="extend", metavar="FILE",
                        help="the pictures to score")  # fmt: skip
    parser.add_argument("--judge-weights", type=Path, metavar="FILE", help="weights of VGG-16, at least to relu3_3")
    parser.add_argument("--json", action="store_true", help="print an object with each result's score")
    add_device(parser)


def run(options: argparse.Namespace) -> None:
    _check_shares(options)
    from stylize_engine.evaluation import LONG_EDGE, Judge
    from stylize_engine.images import load_image

    content = load_image(options.content, LONG_EDGE).tensor
    styles = [load_image(path, LONG_EDGE).tensor for path in options.style]
    reference = Judge(options.judge_weights, options.device).reference(content, styles, options.style_weights)
    scores = {str(path): _scored(reference, path) for path in options.result}
    if options.json:
        tell(json.dumps({path: _plain(score) for path, score in scores.items()}, indent=1))
        return
    tell(f"{'style':>8} {'content':>8}  result (judged by {reference.judge.name})")
    for path, score in scores.items():
        tell(f"{score.style:8.4f} {score.content:8.4f}  {path}")


def _check_shares(options: argparse.Namespace) -> None:
    if (shares := options.style_weights) is None:
        return
    with Checks() as check:
        if len(shares) != len(options.style) or not check.shares("style_weights", shares):
            message = f"style_weights needs {len(options.style)} numbers, at least one of them above 0."
            check.refuse("style_weights", message)


def _scored(reference: "Reference", path: Path) -> "Score":
    from stylize_engine.evaluation import LONG_EDGE
    from stylize_engine.images import load_image

    try:
        return reference.score(load_image(path, LONG_EDGE).tensor)
    except ImageError as error:
        message = str(error)
        raise ImageError(message if path.name in message else f"{path}: {message}") from error


def _plain(score: "Score") -> dict[str, Any]:
    """As JSON can hold it: where the photo is its own painting, the style's score is no number."""
    return asdict(score) | ({} if math.isfinite(score.style) else {"style": None})
