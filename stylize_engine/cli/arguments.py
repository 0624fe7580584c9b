"""How commands declare their options, so that a configuration class stays the one place for names and defaults."""

import argparse
import dataclasses
from typing import Any, NoReturn


class OneLineParser(argparse.ArgumentParser):
    """Complains in one line, without the usage, and keeps the line breaks of descriptions and examples."""

    def __init__(self, **settings: Any):
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[0].upper()}{message[1:]}; see {self.prog} --help.\n")


def add_fields(group: argparse._ArgumentGroup, config: type, fields: dict[str, tuple[str, dict[str, Any]]]) -> None:
    """Add an option for each field of the dataclass `config`: `{field: (help, settings of add_argument)}`.

    The default shown is the dataclass's own; where that is None, the help text says what happens then. An option that
    is not given leaves no trace, so that `make_config` lets the dataclass decide.
    """
    defaults = {field.name: field.default for field in dataclasses.fields(config)}
    for field, (text, settings) in fields.items():
        default = defaults[field]
        if default is not None and default is not dataclasses.MISSING and default is not False:
            text = f"{text} (default: {default})"
        flag = "--" + field.replace("_", "-")
        group.add_argument(flag, dest=field, default=argparse.SUPPRESS, help=text.replace("%", "%%"), **settings)


def make_config(config: type, options: argparse.Namespace) -> Any:
    """The dataclass `config` with what was given on the command line; raises `ConfigurationError`."""
    names = {field.name for field in dataclasses.fields(config)}
    return config(**{name: value for name, value in vars(options).items() if name in names})


def add_device(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--device", default="auto", metavar="NAME",
        help="auto, cpu, cuda or cuda:N (default: auto, which is CUDA where there is one)",
    )  # fmt: skip
