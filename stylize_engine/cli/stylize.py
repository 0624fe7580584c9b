"""`stylize`: paint one photo after one or more paintings."""

import argparse
import json
import os
import time
from contextlib import closing
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
from stylize_engine.config import (
    COLOR_MODES,
    INITS,
    MEMORY_PLANS,
    OPTIMIZERS,
    POOLINGS,
    PRECISIONS,
    GatysConfig,
)
from stylize_engine.errors import ConfigurationError
from stylize_engine.layers import EXTRACTORS

CHECKPOINT_EVERY = 25

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
      --extractor vgg19 --scales 1 --num-steps 500 --init noise --pooling average --tv-weight 0

  Large, with larger strokes, in the photo's own colours:
    python -m stylize_engine stylize --content photo.jpg --style painting.jpg --output result.png \\
      --image-size 2048 --stroke 1.5 --preserve-color luminance

  See how it comes about:
    python -m stylize_engine stylize --content photo.jpg --style painting.jpg --output result.png \\
      --timelapse result.webp --plot losses.png

  Hours of work that may be interrupted; the same line again goes on:
    python -m stylize_engine stylize --content photo.jpg --style painting.jpg --output result.png \\
      --image-size 4096 --extractor vgg19 --checkpoint result.checkpoint --resume

exit code: 0 when the result is written, 2 after one line about bad input, 130 after Ctrl-C."""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "stylize", help="paint a photo after a painting", usage=USAGE, description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run, interrupted="the result was not written.")
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
    file = {"type": Path, "metavar": "FILE"}
    records.add_argument("--history", **file, help="write the losses of each step as JSON")
    records.add_argument("--plot", **file, help="draw the losses as curves, into a .png or another picture")
    records.add_argument("--timelapse", **file, help="write an animation of the painting coming about, .webp or .gif")
    interruption = parser.add_argument_group("interruption")
    interruption.add_argument("--checkpoint", **file, help="keep the whole state in a file until all is written")
    interruption.add_argument(
        "--checkpoint-every", type=int, metavar="STEPS", help=f"how often (default: {CHECKPOINT_EVERY})"
    )  # fmt: skip
    interruption.add_argument(
        "--resume", action="store_true",
        help="go on from the checkpoint, if any; on a CPU with as much memory free, to exactly the same picture. "
        "Losses, plot and timelapse begin there",
    )  # fmt: skip


def _add_look(group: argparse._ArgumentGroup) -> None:
    weight = {"type": float, "metavar": "WEIGHT"}
    layers = {"nargs": "+", "metavar": "LAYER"}
    add_fields(group, GatysConfig, {
        "content_weight": ("how much the photo counts", weight),
        "style_weight": ("how much the paintings count: 20 is a hint, 2000 is nearly all paint", weight),
        "tv_weight": ("how much smoothness counts", weight),
        "content_layers": ("layers that compare the content (default: the extractor's own)", layers),
        "style_layers": ("layers that compare the style (default: the extractor's own)", layers),
        "stroke": ("size of the strokes: the style picture's scale", {"type": float, "metavar": "SCALE"}),
        "preserve_color": ("keep the photo's colours: luminance takes the painting's light only, histogram recolours "
                           "the painting first", {"choices": COLOR_MODES}),
        "pyramid_levels": ("at how many sizes the style is compared: more bring larger strokes "
                           "(default: 3 for slim, else 1; one more above 724 pixels, and at each "
                           "doubling)", {"type": int, "metavar": "LEVELS"}),
    })  # fmt: skip


def _add_search(group: argparse._ArgumentGroup) -> None:
    add_fields(group, GatysConfig, {
        "num_steps": ("evaluations of the loss, over all scales", {"type": int, "metavar": "STEPS"}),
        "scales": ("sizes painted one after the other, coarse to fine (default: as many as there are from 128 pixels "
                   "up)", {"type": int, "metavar": "NUMBER"}),
        "patience": ("go on to the next scale after so many steps without improvement",
                     {"type": int, "metavar": "STEPS"}),
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
        "memory_plan": ("how to compute: whole is fastest, tiled needs least; auto fits the memory that is free",
                        {"choices": MEMORY_PLANS}),
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
    _check_records(options, config)
    from stylize_engine.gatys import optimize
    from stylize_engine.images import check_output, check_writable, load_image, save_image
    from stylize_engine.timelapse import Timelapse

    for path in (options.output, options.plot, *_snapshot_paths(options, config)[-1:]):
        if path:
            check_output(path)
    for path in (options.history, options.timelapse, options.checkpoint):
        if path:
            check_writable(path)
    if options.checkpoint and not options.resume:
        check_not_begun("checkpoint", options.checkpoint)
    timelapse = Timelapse(options.timelapse) if options.timelapse else None
    # At the size they are painted from: Pillow scales more sharply than a tensor is scaled, and in less memory.
    content = load_image(options.content, config.image_size)
    styles = [load_image(path, config.painting_size).tensor for path in options.style]
    recorded = options.history or options.plot or options.snapshot_every or timelapse
    steps = optimize(
        content.tensor, styles, config,
        weights_path=options.extractor_weights,
        device=options.device,
        report_every=1 if recorded else None,
        checkpoint=options.checkpoint,
        checkpoint_every=options.checkpoint_every or CHECKPOINT_EVERY,
        resume=options.resume,
    )  # fmt: skip

    if options.checkpoint:
        steps = saved_on_interrupt(steps)
        options.interrupted = f"the same line {'again' if options.resume else 'with --resume'} goes on."
    started, history, result = time.monotonic(), [], None
    with closing(shown(steps)) as reports:
        for progress in reports:
            result = progress.preview
            history.append({"step": progress.step, **progress.losses})
            if options.snapshot_every and progress.step % options.snapshot_every == 0:
                save_image(result, _snapshot_path(options.output, progress.step), content.alpha)
            if timelapse:
                timelapse.add(result)
    save_image(result, options.output, content.alpha)
    options.interrupted = f"{options.output} is written, its records may not be."
    _write_records(options, history)
    if timelapse:
        timelapse.save()
    if options.checkpoint:
        Path(os.path.realpath(options.checkpoint)).unlink(missing_ok=True)
    height, width = result.shape[-2:]
    tell(f"{options.output}: {width} x {height} pixels in {time.monotonic() - started:.0f} s")


def _write_records(options: argparse.Namespace, history: list[dict[str, float]]) -> None:
    if options.history:
        from stylize_engine.outputs import write_whole

        write_whole(options.history, (json.dumps(history, indent=1) + "\n").encode())
    if options.plot:
        from stylize_engine.charts import plot_losses

        plot_losses(history, options.plot)


def _snapshot_path(output: Path, step: int) -> Path:
    return output.with_name(f"{output.stem}_step{step:04d}{output.suffix}")


def _snapshot_paths(options: argparse.Namespace, config: GatysConfig) -> list[Path]:
    every = options.snapshot_every
    return [_snapshot_path(options.output, step) for step in range(every, config.num_steps + 1, every)] if every else []


def _check_records(options: argparse.Namespace, config: GatysConfig) -> None:
    for name in ("snapshot_every", "checkpoint_every"):
        value = getattr(options, name)
        if value is not None and value < 1:
            raise ConfigurationError(name, f"{name} is {value}; give 1 or more.")
    for name, use in (("resume", "the file to go on from"), ("checkpoint_every", "the file to be written")):
        if getattr(options, name) and not options.checkpoint:
            raise ConfigurationError(name, f"{name} needs --checkpoint FILE, {use}.")
    written = [(name, getattr(options, name)) for name in ("output", "history", "plot", "timelapse", "checkpoint")]
    written += [("snapshot_every", path) for path in _snapshot_paths(options, config)]
    check_free((options.content, *options.style, options.extractor_weights), written)
