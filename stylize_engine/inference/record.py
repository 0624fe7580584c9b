"""Which results lie in a folder, of which photo each is, and what it was made of: `applied.jsonl`."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from stylize_engine.config import ApplyConfig
from stylize_engine.outputs import add_line

if TYPE_CHECKING:
    from stylize_engine.inference.files import Job

RECORD = "applied.jsonl"
# What versions before this one wrote: what each result was made of, by its name, and not of which photo it is.
EARLIER_RECORD = "applied.json"
# Raised when the same network paints the same photo otherwise than before: the results of earlier times are not kept.
PAINTER = 4


@dataclass(frozen=True)
class Note:
    """A result, by its name in the folder: the place of its photo and the digest of that, and what it was made of,
    which is empty until it is finished."""

    result: str
    source: str
    photo: str
    made_of: str

    def is_of(self, source: Path) -> bool:
        """Whether the result is that photo's, which may have been changed or moved since then; where an earlier version
        has noted none, it may be anybody's."""
        return not self.source or self.source == os.path.realpath(source) or self.photo == _digest(source) != ""


def notes_in(output: Path) -> dict[str, Note]:
    """What is noted of each result in a folder, by its name: of several lines about one the last."""
    notes = {name: Note(name, "", "", made_of) for name, made_of in _earlier_entries(output / EARLIER_RECORD).items()}
    try:
        lines = (output / RECORD).read_bytes().splitlines()
    except OSError:  # none yet
        return notes
    return notes | {note.result: note for line in lines if (note := _noted(line))}


def _noted(line: bytes) -> Note | None:
    try:
        note = Note(**json.loads(line))
    except (ValueError, TypeError, RecursionError):  # of no use, such as half a line: its result is painted anew
        return None
    return note if all(isinstance(value, str) for value in astuple(note)) else None


def _earlier_entries(record: Path) -> dict[str, str]:
    try:
        entries = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # none, or of no use
        return {}
    sound = isinstance(entries, dict) and all(isinstance(made_of, str) for made_of in entries.values())
    return entries if sound else {}


def _digest(source: Path) -> str:
    """What tells a photo from others; empty where it cannot be read."""
    try:
        return hashlib.sha256(source.read_bytes()).hexdigest()
    except OSError:
        return ""


class Record:
    """The record of the results in a folder."""

    def __init__(
        self, output: Path, model: Path, config: ApplyConfig, paintings: Mapping[str, Sequence[Path]] | None = None
    ):
        """`paintings` are the files of those that the pictures are refined by, by style."""
        self.output = output
        digests = {name: list(map(_digest, files)) for name, files in (paintings or {}).items()}
        made_with = [PAINTER, config.to_dict(), digests]
        self.made_with = hashlib.sha256(model.read_bytes() + json.dumps(made_with).encode()).hexdigest()
        self.notes = notes_in(output)

    def note_of(self, job: Job) -> Note:
        """The note of the job's result, to be asked for before its source is decoded; of a source that cannot be read,
        one that is never finished."""
        name, source = str(job.result.relative_to(self.output)), os.path.realpath(job.source)
        try:
            content = job.source.read_bytes()
        except OSError:
            return Note(name, source, "", "")
        made_of = hashlib.sha256(self.made_with.encode() + content).hexdigest()
        return Note(name, source, hashlib.sha256(content).hexdigest(), made_of)

    def has(self, job: Job, note: Note) -> bool:
        """Whether the job's result is there, made of the same picture by the same model and settings."""
        known = self.notes.get(note.result)
        return bool(known and note.made_of and known.made_of == note.made_of) and os.path.isfile(job.result)

    def begin(self, note: Note) -> None:
        """Note that there will be a result, of nothing as yet: a call that is killed between writing it and noting it
        leaves no picture that the next one takes for somebody else's, or for finished. Raises `OutputError`."""
        self.add(replace(note, made_of=""))

    def add(self, note: Note) -> None:
        """Note a result that has just been written, beside what other processes note; raises `OutputError`."""
        add_line(self.output / RECORD, json.dumps(asdict(note)))
        self.notes[note.result] = note
