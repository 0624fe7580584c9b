"""`apply`: paint pictures with a fast network."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from stylize_engine.cli.arguments import OneLineParser, add_device, add_fields, check_free, each_once, make_config
from stylize_engine.cli.terminal import shown, tell
from stylize_engine.config import COLOR_MODES, PRECISIONS, ApplyConfig
from stylize_engine.config.inference import LEARNT_EDGE
from stylize_engine.errors import ConfigurationError, StylizeError

DESCRIPTION = """\
Paint pictures with a fast network: files, or all pictures below a folder, of up to 50 megapixels. Transparency is kept
where the format of a result can. With a folder for the results, the same line again skips what is finished and goes on;
a photo that is painted otherwise replaces its result, another photo of the same name gets a number.

A model is a file that `train` has written, or plain weights (.pth) of the network of pytorch/examples."""

USAGE = "python -m stylize_engine apply --model FILE --content PATH [PATH ...] --output PATH [option ...]"

EPILOG = """\
examples:
  What can it paint?
    python -m stylize_engine apply --model model.safetensors --list-styles

  One photo:
    python -m stylize_engine apply --model model.safetensors --content photo.jpg --output painted.jpg

  A folder of photos, two styles blended, not quite at full strength:
    python -m stylize_engine apply --model model.safetensors --content photos/ --output painted/ \\
      --style great-wave=2 --style the-scream=1 --strength 0.8

  Nearer to the painting, in some seconds:
    python -m stylize_engine apply --model model.safetensors --content photo.jpg --output painted.jpg \\
      --style great-wave --refine-steps 36 --painting wave.jpg

exit code: 0 when every picture is painted, 1 when some could not be, 2 after one line about bad input, 130 after
Ctrl-C."""


def add_parser(commands: "argparse._SubParsersAction[OneLineParser]") -> None:
    parser = commands.add_parser(
        "apply", help="paint pictures with a fast network", usage=USAGE, description=DESCRIPTION, epilog=EPILOG
    )
    parser.set_defaults(run=run, interrupted="the same line again goes on.")
    parser.add_argument("--model", required=True, type=Path, metavar="FILE", help="the network")
    parser.add_argument("--list-styles", action="store_true", help="print the network's styles and do nothing else")
    parser.add_argument("--content", nargs="+", action="extend", type=Path, metavar="PATH", help="files or folders")
    parser.add_argument("--output", type=Path, metavar="PATH",
                        help="folder for the results, made if need be; of a single photo also the file")  # fmt: skip
    parser.add_argument(
        "--style", nargs="+", action="extend", metavar="NAME[=WEIGHT]",
        help="a style of the network; several are blended by their weights (default: its first)",
    )  # fmt: skip
    parser.add_argument("--batch-size", type=int, default=1, metavar="NUMBER",
                        help="pictures of the same size painted together; helps on a GPU (default: 1)")  # fmt: skip
    parser.add_argument(
        "--painting", nargs="+", action="append", metavar=("[NAME=]FILE", "FILE"), default=[],
        help="the picture or pictures that a style was learnt from, for --refine-steps; may be given for each style",
    )  # fmt: skip
    number = {"type": float, "metavar": "NUMBER"}
    pixels = {"type": int, "metavar": "PIXELS"}
    add_fields(parser.add_argument_group("look"), ApplyConfig, {
        "strength": ("from 0, the photo as it is, to 1", number),
        "stroke": ("size of the strokes; 1: as large, beside the picture, as in the painting", number),
        "refine_steps": ("steps of Gatys' search that take the result nearer to the paintings; 36 do much",
                         {"type": int, "metavar": "NUMBER"}),
        "preserve_color": ("keep the photo's colours: luminance takes the painting's light only, histogram recolours "
                           "the result", {"choices": COLOR_MODES}),
        "image_size": ("long edge of the results (default: the photo's own)", pixels),
    })  # fmt: skip
    machine = parser.add_argument_group("machine")
    add_fields(machine, ApplyConfig, {
        "tile_size": ("paint in strips of this height, which takes less memory (default: only where needed)", pixels),
        "precision": ("of convolutions; auto measures which is faster", {"choices": PRECISIONS}),
    })  # fmt: skip
    add_device(machine)


class PicturesFailed(StylizeError):
    """Some pictures could not be painted; the others are."""

    exit_code = 1


def run(options: argparse.Namespace) -> None:
    from stylize_engine.images import load_image
    from stylize_engine.inference import style_row
    from stylize_engine.inference.files import find_jobs, named_job, names_picture
    from stylize_engine.inference.record import Record
    from stylize_engine.inference.refining import check_paintings
    from stylize_engine.networks import load_network
    from stylize_engine.outputs import folder_for

    loaded = load_network(options.model)
    if options.list_styles:
        tell("\n".join(loaded.style_names))
        return
    for name in ("content", "output"):
        if not getattr(options, name):
            raise ConfigurationError(
                name, f"{name} is missing; say {'what to paint' if name == 'content' else 'where'}."
            )
    if options.batch_size < 1:
        raise ConfigurationError("batch_size", f"batch_size is {options.batch_size}; give 1 or more.")
    options.styles = _shares(options.style, loaded.style_names) if options.style else {loaded.style_names[0]: 1.0}
    config = make_config(ApplyConfig, options)
    style_row(loaded, config)
    files = _painting_files(options, config)
    paintings = {name: [load_image(path, LEARNT_EDGE).tensor for path in paths] for name, paths in files.items()}
    check_paintings(config, paintings)
    if names_picture(options.output):
        used = (options.model, *options.content, *(path for paths in files.values() for path in paths))
        check_free(used, [("output", options.output)])
        options.interrupted = "the result was not written."
        job = named_job(options.content, options.output)
        _paint(loaded, [job], None, config, paintings, options)
        return
    jobs = find_jobs(options.content, options.output)
    with folder_for(options.output):
        record = Record(options.output, options.model, config, files)
        _tell_renamed(jobs)
        _paint(loaded, jobs, record, config, paintings, options)


def _painting_files(options: argparse.Namespace, config: ApplyConfig) -> dict[str, tuple[Path, ...]]:
    """The pictures of each style; one that is not named belongs to the only style there is."""
    if options.painting and not config.refine_steps:
        raise ConfigurationError("painting", "painting is for --refine-steps; give the number of steps, 36 do much.")
    given = each_once("painting", (_named_paintings(words, list(config.styles)) for words in options.painting))
    for name in given:
        if name not in config.styles:
            raise ConfigurationError("painting", f"painting names {name!r}, which is not painted; see --style.")
    return given


def _named_paintings(words: list[str], styles: list[str]) -> tuple[str, tuple[Path, ...]]:
    name, given, first = words[0].partition("=")
    for style in sorted(styles, key=len):  # whose names may hold a = of their own
        if words[0].startswith(f"{style}="):
            name, first = style, words[0].removeprefix(f"{style}=")
    if not given or os.path.exists(words[0]):
        if len(styles) > 1:
            raise ConfigurationError("painting", f"painting {words[0]} is of one of several styles; write NAME=FILE.")
        name, first = styles[0], words[0]
    return name, (Path(first), *map(Path, words[1:]))


def _tell_renamed(jobs: list) -> None:
    """Say, in one line, which result does not have its photo's name."""
    renamed = [job for job in jobs if job.taken]
    if renamed:
        first, more = renamed[0], f"; likewise {len(renamed) - 1} more" if len(renamed) > 1 else ""
        tell(f"{first.taken} is taken by another picture, so {first.source} goes to {first.result}{more}.")


def _paint(loaded, jobs: list, record, config: ApplyConfig, paintings: dict, options: argparse.Namespace) -> None:
    """Paint the jobs and say what has become of them; raises `PicturesFailed`."""
    from stylize_engine.inference.files import Failure, paint_files
    from stylize_engine.inference.record import RECORD

    failures: list[Failure] = []

    def progress_only():
        ways = {"batch_size": options.batch_size, "device": options.device}
        for report in paint_files(loaded, jobs, record, config, paintings, **ways):
            if isinstance(report, Failure):
                failures.append(report)
            else:
                yield report

    for _ in shown(progress_only()):
        pass
    for failure in failures:
        print(f"{failure.source}: {failure.reason}", file=sys.stderr)
    noted = f"; {RECORD} notes what is finished" if record else ""
    tell(f"{options.output}: {len(jobs) - len(failures)} of {len(jobs)} pictures{noted}")
    if failures:
        raise PicturesFailed(f"{len(failures)} of {len(jobs)} pictures could not be painted.")


def _shares(given: Sequence[str], names: Sequence[str]) -> dict[str, float]:
    return each_once("style", (_share(text, names) for text in given))


def _share(text: str, names: Sequence[str]) -> tuple[str, float]:
    """A style and its weight; what stands before the last = may hold others, as a name of `names` may."""
    name, given, weight = text.rpartition("=")
    if text in names or not given:
        return text, 1.0
    try:
        return name, float(weight)
    except ValueError:
        raise ConfigurationError("style", f"style {text!r} has no number after =; write NAME=WEIGHT.") from None
