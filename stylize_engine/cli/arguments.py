"""How commands declare their options, so that a configuration class stays the one place for names and defaults."""

import argparse
import dataclasses
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from stylize_engine.cli.terminal import tell
from stylize_engine.errors import ConfigurationError

# Options that give a field of another name; of several, the first one that was typed counts.
OPTIONS = {"styles": ("add_style", "style")}


class OneLineParser(argparse.ArgumentParser):
    """Complains in one line, without the usage, and keeps the line breaks of descriptions and examples."""

    def __init__(self, **settings: Any):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings)
        self.set_defaults(parser=self)

    def print_help(self, file: Any = None) -> None:
        tell(self.format_help(), end="")

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[0].upper()}{message[1:]}; see {self.prog} --help.\n")


def add_fields(group: argparse._ArgumentGroup, config: type, fields: dict[str, tuple[str, dict[str, Any]]]) -> None:
    """Add an option for each field of the dataclass `config`: `{field: (help, settings of add_argument)}`.

    The default shown is the dataclass's own; where that is None or empty, the help text says what happens then. An
    option that is not given leaves no trace, so that `make_config` lets the dataclass decide. Of a list that is given
    in parts all of them count.
    """
    defaults = {field.name: field.default for field in dataclasses.fields(config)}
    for field, (text, settings) in fields.items():
        default = defaults[field]
        if default not in (None, ()) and default is not dataclasses.MISSING and default is not False:
            text = f"{text} (default: {default})"
        flag = "--" + field.replace("_", "-")
        if settings.get("nargs") == "+":
            settings = {"action": "extend", **settings}
        group.add_argument(flag, dest=field, default=argparse.SUPPRESS, help=text.replace("%", "%%"), **settings)


def make_config(config: type, options: argparse.Namespace) -> Any:
    """The dataclass `config` with what was given on the command line; raises `ConfigurationError`."""
    names = {field.name for field in dataclasses.fields(config)}
    return config(**{name: value for name, value in vars(options).items() if name in names})


def each_once(option: str, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as a table; raises `ConfigurationError` where a name comes twice."""
    table: dict[str, Any] = {}
    for name, value in pairs:
        if name in table:
            raise ConfigurationError(option, f"{option} names {name} twice; name it once.")
        table[name] = value
    return table


def check_free(used: Iterable[Path | str | None], written: Iterable[tuple[str, Path | str | None]]) -> None:
    """Raises `ConfigurationError` where a file that will be `written`, each given as its option and its path, is one of
    those `used`, or one of those before it. A path that is None was not asked for."""
    taken = {os.path.realpath(path) for path in used if path}
    for option, path in written:
        if not path:
            continue
        place = os.path.realpath(path)
        if place in taken:
            raise ConfigurationError(option, f"{option} {path} is used for something else too; choose another name.")
        taken.add(place)


def check_not_begun(option: str, checkpoint: Path) -> None:
    """Raises `ConfigurationError` naming the option where work has left a checkpoint that would be lost if it was begun
    anew, and `CheckpointError` where something else is in its place."""
    from stylize_engine.checkpoints import check_replaceable

    check_replaceable(checkpoint)
    if os.path.exists(checkpoint):
        message = f"{option} would replace {checkpoint}, a checkpoint; go on from it with --resume, or remove it."
        raise ConfigurationError(option, message)


def as_typed(refused: Mapping[str, str], options: argparse.Namespace) -> str:
    """The messages of fields, those that each begins with called as the options of the command that was given.

    A field for which the command has no option, as one that `grid` varies, keeps its name.
    """
    return " ".join(_as_typed(field, message, options) for field, message in refused.items())


def _as_typed(field: str, message: str, options: argparse.Namespace) -> str:
    named = re.match(r"\w+( and \w+)*", message)
    if named is None or field not in (fields := named[0].split(" and ")):
        return message
    return " and ".join(_option(field, options) for field in fields) + message[named.end() :]


def _option(field: str, options: argparse.Namespace) -> str:
    names = (field, *(name for name in OPTIONS.get(field, ()) if getattr(options, name, None)))
    flags = ["--" + name.replace("_", "-") for name in names]
    return next((flag for flag in flags if flag in options.parser._option_string_actions), field)


def add_device(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--device", default="auto", metavar="NAME",
        help="auto, cpu, cuda or cuda:N (default: auto, which is CUDA where there is one)",
    )  # fmt: skip
