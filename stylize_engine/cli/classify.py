"""`classify`: what an extractor sees in a photo."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from stylize_engine.cli.arguments import OneLineParser, add_device
from stylize_engine.cli.terminal import tell
from stylize_engine.layers import EXTRACTORS

DESCRIPTION = """\
Name the five ImageNet classes that a pretrained network finds likeliest in a photo. A network that recognises what is
in a photo tells well what pictures show.

Needs the network's full weights, down to its last layer: those of torchvision, which are downloaded once, or a file.
The middle of the photo is looked at."""

EPILOG = """\
examples:
  The classes that VGG-19 sees:
    python -m stylize_engine classify --content photo.jpg --extractor vgg19

  With weights fetched elsewhere, for another program to read:
    python -m stylize_engine classify --content photo.jpg --extractor resnet50 --weights resnet50-0676ba61.pth --json

exit code: 0 when the classes are printed, 2 after one line about bad input or missing weights, 130 after Ctrl-C."""

CLASSIFIERS = tuple(name for name in EXTRACTORS if name != "slim")


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "classify", help="name what an extractor sees in a photo", description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run)
    parser.add_argument("--content", required=True, type=Path, metavar="FILE", help="the photo")
    parser.add_argument("--extractor", choices=CLASSIFIERS, default="vgg16", help="the network (default: vgg16)")
    parser.add_argument(
        "--weights", type=Path, metavar="FILE", help="its full weights, .pth or .safetensors (default: torchvision's)"
    )
    parser.add_argument("--json", action="store_true", help="print a list of objects instead of a table")
    add_device(parser)


def run(options: argparse.Namespace) -> None:
    from stylize_engine.classification import classify
    from stylize_engine.images import load_image

    image = load_image(options.content).tensor
    guesses = classify(image, options.extractor, options.weights, device=options.device)
    if options.json:
        tell(json.dumps([asdict(guess) for guess in guesses], indent=1))
        return
    for guess in guesses:
        tell(f"{guess.probability:7.1%}  {guess.name}")
