"""`features`: draw what the layers of an extractor answer to a picture."""

import argparse
from pathlib import Path

from stylize_engine.cli.arguments import OneLineParser, add_device
from stylize_engine.config import GatysConfig
from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS

DESCRIPTION = """\
Draw a sheet of a picture's activation maps: a row for each layer, with the channels that vary most over the picture."""

EPILOG = """\
examples:
    python -m stylize_engine features --content photo.jpg --output maps.png
    python -m stylize_engine features --content photo.jpg --output maps.png --extractor vgg19 --layers conv4_2"""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "features", help="draw what an extractor's layers see", description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run)
    parser.add_argument("--content", required=True, type=Path, metavar="FILE", help="the picture")
    parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="where the sheet goes")
    parser.add_argument("--extractor", choices=tuple(EXTRACTORS), default="slim", help="the network (default: slim)")
    parser.add_argument("--layers", nargs="+", metavar="LAYER", help="layers to draw (default: all it offers)")
    parser.add_argument("--channels", type=int, default=8, metavar="NUMBER", help="maps of each layer (default: 8)")
    parser.add_argument("--image-size", type=int, default=512, metavar="PIXELS", help="long edge (default: 512)")
    parser.add_argument("--extractor-weights", type=Path, metavar="FILE", help="its weights (default: its own)")
    add_device(parser)


def run(options: argparse.Namespace) -> None:
    layers = tuple(options.layers or EXTRACTORS[options.extractor].names)
    # The configuration knows which layers and sizes there are, and how to say so.
    GatysConfig(extractor=options.extractor, content_layers=layers, image_size=options.image_size)
    if not 1 <= options.channels <= 64:
        raise ConfigurationError("channels", f"channels is {options.channels}; give a whole number from 1 to 64.")
    from stylize_engine.activations import activation_sheet
    from stylize_engine.devices import resolve_device
    from stylize_engine.extractors import build_extractor
    from stylize_engine.images import check_output, load_image, save_picture

    check_output(options.output)
    device = resolve_device(options.device)
    image = load_image(options.content, options.image_size).tensor.to(device)
    extractor = build_extractor(options.extractor, layers, weights_path=options.extractor_weights).to(device)
    save_picture(activation_sheet(extractor, image, layers, channels=options.channels), options.output)
    print(f"{options.output}: {len(layers)} layers of {options.extractor}")
