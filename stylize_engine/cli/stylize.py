"""`stylize`: paint one photo after one or more paintings."""

import argparse
import json
import time
from contextlib import closing
from pathlib import Path

from stylize_engine.cli.arguments import OneLineParser, add_device, add_fields, make_config
from stylize_engine.cli.terminal import shown
from stylize_engine.config import INITS, OPTIMIZERS, POOLINGS, PRECISIONS, GatysConfig
from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS

DESCRIPTION = """\
Paint a photo in the manner of one or more paintings, by optimising its pixels (Gatys et al., CVPR 2016).

Reads JPEG, PNG, WebP, TIFF, HEIC and AVIF; writes PNG, JPEG, WebP, AVIF and TIFF. The photo keeps its aspect ratio,
and its transparency where the format of the result can."""

USAGE = "python -m stylize_engine stylize --content FILE --style FILE [FILE ...] --output FILE [option ...]"

EPILOG = """\
examples:
  A first picture, in less than a minute on two cores:
    python -m stylize_engine stylize --content photo.jpg --style painting.jpg --output result.png

  More of the painting, less of the photo:
    python -m stylize_engine stylize --content photo.jpg --style painting.jpg --output result.png --style-weight 500

  Two paintings, the first one three times as strong:
    python -m stylize_engine stylize --content photo.jpg --style one.jpg --style two.jpg --style-weights 3 1 \\
      --output result.png

  As in the paper:
    python -m stylize_engine stylize --content photo.jpg --style painting.jpg --output result.png \\
      --extractor vgg19 --optimizer lbfgs --init noise --pooling average --tv-weight 0

  See how it comes about:
    python -m stylize_engine stylize --content photo.jpg --style painting.jpg --output result.png \\
      --snapshot-every 50 --history losses.json

exit code: 0 when the result is written, 2 after one line about bad input, 130 after Ctrl-C."""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "stylize", help="paint a photo after a painting", usage=USAGE, description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run)
    pictures = parser.add_argument_group("pictures")
    pictures.add_argument("--content", required=True, type=Path, metavar="FILE", help="the photo to paint")
    pictures.add_argument(
        "--style", required=True, type=Path, nargs="+", action="extend", metavar="FILE",
        help="the painting to learn from; several may be given and are blended",
    )  # fmt: skip
    pictures.add_argument("--output", required=True, type=Path, metavar="FILE", help="where the result goes")
    add_fields(pictures, GatysConfig, {
        "style_weights": ("the share of each painting (default: all the same)",
                          {"type": float, "nargs": "+", "metavar": "SHARE"}),
        "image_size": ("long edge of the result in pixels", {"type": int, "metavar": "PIXELS"}),
    })  # fmt: skip
    _add_look(parser.add_argument_group("look"))
    _add_search(parser.add_argument_group("search"))
    _add_machine(parser.add_argument_group("machine"))
    records = parser.add_argument_group("records")
    records.add_argument(
        "--snapshot-every", type=int, metavar="STEPS",
        help="also write the picture after every so many steps, beside OUTPUT as OUTPUT_step0050 and so on",
    )  # fmt: skip
    records.add_argument("--history", type=Path, metavar="FILE", help="write the losses of each step as JSON")


def _add_look(group: argparse._ArgumentGroup) -> None:
    weight = {"type": float, "metavar": "WEIGHT"}
    layers = {"nargs": "+", "metavar": "LAYER"}
    add_fields(group, GatysConfig, {
        "content_weight": ("how much the photo counts", weight),
        "style_weight": ("how much the paintings count: 20 is a hint, 2000 is nearly all paint", weight),
        "tv_weight": ("how much smoothness counts", weight),
        "content_layers": ("layers that compare the content (default: the extractor's own)", layers),
        "style_layers": ("layers that compare the style (default: the extractor's own)", layers),
        "pyramid_levels": ("at how many sizes the style is compared: more bring larger strokes "
                           "(default: 3 for slim, else 1)", {"type": int, "metavar": "LEVELS"}),
    })  # fmt: skip


def _add_search(group: argparse._ArgumentGroup) -> None:
    add_fields(group, GatysConfig, {
        "num_steps": ("evaluations of the loss", {"type": int, "metavar": "STEPS"}),
        "optimizer": ("how to descend", {"choices": OPTIMIZERS}),
        "learning_rate": ("length of a step (default: 0.06 for adam, falling to a twentieth; 1 for lbfgs)",
                          {"type": float, "metavar": "RATE"}),
        "init": ("what to start from", {"choices": INITS}),
        "seed": ("the same seed draws the same noise", {"type": int, "metavar": "NUMBER"}),
    })  # fmt: skip


def _add_machine(group: argparse._ArgumentGroup) -> None:
    add_fields(group, GatysConfig, {
        "extractor": ("the network that compares pictures; slim ships with the package, the others are downloaded once",
                      {"choices": tuple(EXTRACTORS)}),
        "pooling": ("how the extractor shrinks its layers", {"choices": POOLINGS}),
        "precision": ("of convolutions; auto measures which is faster", {"choices": PRECISIONS}),
    })  # fmt: skip
    group.add_argument(
        "--extractor-weights", type=Path, metavar="FILE",
        help="weights of the extractor, .safetensors or .pth (default: its own)",
    )  # fmt: skip
    add_device(group)


def run(options: argparse.Namespace) -> None:
    """Check everything that can be checked, then paint; torch is loaded only now."""
    config = make_config(GatysConfig, options)
    if options.snapshot_every is not None and options.snapshot_every < 1:
        raise ConfigurationError("snapshot_every", f"snapshot_every is {options.snapshot_every}; give 1 or more.")
    from stylize_engine.gatys import optimize
    from stylize_engine.images import check_output, check_writable, load_image, save_image

    check_output(options.output)
    if options.history:
        check_writable(options.history)
    _check_distinct(options)
    content = load_image(options.content)
    styles = [load_image(path).tensor for path in options.style]
    steps = optimize(
        content.tensor, styles, config,
        weights_path=options.extractor_weights,
        device=options.device,
        report_every=1 if options.history or options.snapshot_every else None,
    )  # fmt: skip

    started, history, result = time.monotonic(), [], content.tensor
    with closing(shown(steps)) as reports:
        for progress in reports:
            result = progress.preview
            history.append({"step": progress.step, **progress.losses})
            if options.snapshot_every and progress.step % options.snapshot_every == 0:
                save_image(result, _snapshot_path(options.output, progress.step), content.alpha)
    if options.history:
        options.history.write_text(json.dumps(history, indent=1) + "\n")
    save_image(result, options.output, content.alpha)
    height, width = result.shape[-2:]
    print(f"{options.output}: {width} x {height} pixels in {time.monotonic() - started:.0f} s")


def _snapshot_path(output: Path, step: int) -> Path:
    return output.with_name(f"{output.stem}_step{step:04d}{output.suffix}")


def _check_distinct(options: argparse.Namespace) -> None:
    written = [path.resolve() for path in (options.output, options.history) if path]
    read = [path.resolve() for path in (options.content, *options.style, options.extractor_weights) if path]
    for index, path in enumerate(written):
        if path in read + written[:index]:
            raise ConfigurationError("output", f"output {path} is used for something else too; choose another name.")
