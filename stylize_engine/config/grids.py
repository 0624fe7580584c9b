"""Grids of settings without the computing: how values are written, and what a grid's folder holds."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Sequence
from typing import Any

from stylize_engine.errors import ConfigurationError

GRID, TABLE, MARKDOWN, SHEET = "grid.json", "table.csv", "table.md", "sheet.jpg"
FLAGS = {"true": True, "false": False}
NOTE = """\
Sorted by total loss. A low loss is not a good picture: totals under different weights cannot be compared, and a
picture without the photo may have the lowest of all. Look at the sheet; `style score` and `content score` are the same
measure for every row (0 is best for both; the higher that of content, the less is left of it)."""


def trial_name(trial: int) -> str:
    """What the files of a trial, counted from 1, begin with: `.png` its picture, `.json` its result, or its folder."""
    return f"trial_{trial:03d}"


def parse_values(config: type, field: str, text: str, asked: str = "vary") -> list[Any]:
    """The comma-separated values of a configuration's field, as its type has them; `+` joins the items of a list.

    Raises `ConfigurationError`, which names what `asked` for them, for a field there is not, or a value it cannot have.
    """
    names = [entry.name for entry in dataclasses.fields(config)]
    if field not in names:
        raise ConfigurationError(asked, f"{asked} names {field!r}, which is no setting; there are: {', '.join(names)}.")
    hint = typing.get_type_hints(config)[field]
    kinds = typing.get_args(hint) if type(None) in typing.get_args(hint) else (hint,)
    return [_parsed(field, value.strip(), kinds, asked) for value in text.split(",")]


def _parsed(field: str, text: str, kinds: Sequence[Any], asked: str) -> Any:
    if text == "none" and type(None) in kinds:
        return None
    for kind in kinds:
        if typing.get_origin(kind) is tuple:
            return tuple(_parsed(field, item.strip(), typing.get_args(kind)[:1], asked) for item in text.split("+"))
    if bool in kinds and text in FLAGS:
        return FLAGS[text]
    for kind in (int, float):
        if kind in kinds or (kind is int and float in kinds):
            try:
                return kind(text)
            except ValueError:
                continue
    if str in kinds:
        return text
    expected = "true or false, or both" if bool in kinds else "numbers"
    message = f"{asked}: {text!r} is no value for {field}; give {expected} with commas between them."
    raise ConfigurationError(asked, message)
