"""`features`: draw what the layers of an extractor answer to a picture."""

import argparse
from pathlib import Path

from stylize_engine.cli.arguments import OneLineParser, add_device, check_free
from stylize_engine.cli.terminal import tell
from stylize_engine.config.checks import MAX_IMAGE_SIZE, MIN_IMAGE_SIZE, Checks
from stylize_engine.layers import EXTRACTORS, expand_layers

DESCRIPTION = """\
Draw a sheet of a picture's activation maps: a row for each layer, with the channels that vary most over the picture.

Each map is drawn on its own scale: white where its channel answers most, black where it does not answer, blue where it
answers with a negative number. The label tells the layer, the channel and the map's size."""

EPILOG = """\
examples:
  All layers of the extractor that ships:
    python -m stylize_engine features --content photo.jpg --output maps.png

  Twelve channels of two layers of VGG-19:
    python -m stylize_engine features --content photo.jpg --output maps.png \\
      --extractor vgg19 --layers relu1_1 conv4_2 --channels 12

  What is left after each pooling:
    python -m stylize_engine features --content photo.jpg --output maps.png --extractor vgg19 --layers all-pool

exit code: 0 when the sheet is written, 2 after one line about bad input, 130 after Ctrl-C."""

MAX_CHANNELS = 64


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "features", help="draw what an extractor's layers see", description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run)
    parser.add_argument("--content", required=True, type=Path, metavar="FILE", help="the picture")
    parser.add_argument("--output", required=True, type=Path, metavar="FILE", help="where the sheet goes")
    parser.add_argument("--extractor", choices=tuple(EXTRACTORS), default="slim", help="the network (default: slim)")
    parser.add_argument(
        "--layers", nargs="+", action="extend", metavar="LAYER", help="layers to draw (default: all it offers)"
    )
    parser.add_argument("--channels", type=int, default=8, metavar="NUMBER", help="maps of each layer (default: 8)")
    parser.add_argument(
        "--image-size", type=int, default=512, metavar="PIXELS",
        help="long edge that the picture is scaled to (default: 512)",
    )  # fmt: skip
    parser.add_argument(
        "--extractor-weights", type=Path, metavar="FILE",
        help="weights of the extractor, .safetensors or .pth (default: its own)",
    )  # fmt: skip
    add_device(parser)


def run(options: argparse.Namespace) -> None:
    layers = expand_layers(options.extractor, tuple(options.layers or ["all-layers"]))
    with Checks() as check:
        check.layers("layers", layers, options.extractor)
        check.integer("channels", options.channels, 1, MAX_CHANNELS)
        check.integer("image_size", options.image_size, MIN_IMAGE_SIZE, MAX_IMAGE_SIZE)
    check_free((options.content, options.extractor_weights), [("output", options.output)])
    from stylize_engine.activations import activation_sheet
    from stylize_engine.devices import resolve_device
    from stylize_engine.extractors import build_extractor
    from stylize_engine.images import check_output, load_image, save_picture

    check_output(options.output)
    device = resolve_device(options.device)
    image = load_image(options.content, options.image_size).tensor.to(device)
    extractor = build_extractor(options.extractor, layers, weights_path=options.extractor_weights).to(device)
    save_picture(activation_sheet(extractor, image, layers, channels=options.channels), options.output)
    tell(f"{options.output}: {len(layers)} layers of {options.extractor}")
