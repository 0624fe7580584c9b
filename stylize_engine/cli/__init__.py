"""The command line: `python -m stylize_engine COMMAND`. Each command is a module of this package."""

import signal
import sys
from collections.abc import Sequence

from stylize_engine.cli import apply, bench, classify, distill, evaluate, features, grid, stylize, train
from stylize_engine.cli.arguments import OneLineParser, as_typed
from stylize_engine.cli.terminal import Stopped, let_go, speaks
from stylize_engine.errors import ConfigurationError, OutputError, StylizeError

PROGRAM = "python -m stylize_engine"
# Shells add a signal's number to the latter.
EXIT_BAD_INPUT, EXIT_SIGNALLED = 2, 128

DESCRIPTION = """\
Paint photos in the manner of paintings: by optimising the pixels of one picture (stylize), or in one pass of a network
(apply) that was trained for it (train). Everything runs on a plain processor, and on CUDA where there is one."""

EPILOG = f"""\
examples:
  One picture after any painting:
    {PROGRAM} stylize --content photo.jpg --style painting.jpg --output result.png

  A folder of photos in one pass each:
    {PROGRAM} apply --model model.safetensors --content photos/ --output painted/

Pictures are read as JPEG, PNG, WebP, TIFF, HEIC and AVIF. Progress goes to standard error, results and tables to
standard output. Exit codes: 0 done; 1 done but for some pictures or trials, which are named; 2 bad input, told in one
line; 130 stopped with Ctrl-C; 141 nobody reads what it prints; 143 stopped by SIGTERM.

'{PROGRAM} COMMAND --help' explains a command and shows examples."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit code, see `--help`."""
    try:
        return _run(argv)
    except BrokenPipeError:  # like any program whose reader has gone, it says nothing
        let_go(sys.stdout, sys.stderr)
        return EXIT_SIGNALLED + signal.SIGPIPE
    except OutputError as error:  # of --help
        return _complain(str(error), EXIT_BAD_INPUT)


def _run(argv: Sequence[str] | None) -> int:
    parser = _make_parser()
    options, unknown = parser.parse_known_args(argv)
    if unknown:
        # Told by the parser of the command, which names the right --help.
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    try:
        options.run(options)
    except ConfigurationError as error:
        return _complain(as_typed(error.refused, options), EXIT_BAD_INPUT)
    except StylizeError as error:
        return _complain(str(error), getattr(error, "exit_code", EXIT_BAD_INPUT))
    except KeyboardInterrupt as stop:
        code = EXIT_SIGNALLED + (stop.number if isinstance(stop, Stopped) else signal.SIGINT)
        return _complain(f"Stopped; {options.interrupted}", code) if speaks() else code
    return 0


def _complain(message: str, code: int) -> int:
    print(" ".join(message.split()), file=sys.stderr)
    return code


def _make_parser() -> OneLineParser:
    parser = OneLineParser(
        prog=PROGRAM,
        description=DESCRIPTION,
        epilog=EPILOG,
    )
    parser.set_defaults(interrupted="nothing was written.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    stylize.add_parser(commands)
    apply.add_parser(commands)
    train.add_parser(commands)
    grid.add_parser(commands)
    evaluate.add_parser(commands)
    classify.add_parser(commands)
    features.add_parser(commands)
    bench.add_parser(commands)
    distill.add_parser(commands)
    return parser
