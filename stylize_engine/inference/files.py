"""Paints many files, so that the same call again goes on where it was stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from stylize_engine.config import ApplyConfig
from stylize_engine.datasets import SUFFIXES, outside
from stylize_engine.devices import memory_errors_named, resolve_device
from stylize_engine.errors import ConfigurationError, StylizeError
from stylize_engine.images import SAVED_SUFFIXES, LoadedImage, check_output, check_writable, load_image, save_image
from stylize_engine.inference import apply_in_steps
from stylize_engine.inference.refining import Paintings
from stylize_engine.networks import LoadedNetwork
from stylize_engine.outputs import alone_in, write_whole
from stylize_engine.progress import Progress

RECORD = "applied.json"
# Raised when the same network paints the same photo otherwise than before: the results of earlier times are not kept.
PAINTER = 4


@dataclass(frozen=True)
class Job:
    """A picture to paint and where the result goes."""

    source: Path
    result: Path


@dataclass(frozen=True)
class Failure:
    """A picture that could not be painted, and why."""

    source: Path
    reason: str


def names_picture(output: Path) -> bool:
    """Whether `output` is the name of one result rather than a folder for all: it ends like a picture, though perhaps
    like one of those that cannot be written."""
    suffix = output.suffix.lower()
    return bool(suffix) and suffix in SUFFIXES | Image.registered_extensions().keys() and not os.path.isdir(output)


def named_job(contents: Sequence[Path], output: Path) -> Job:
    """The job of the one photo whose result is called `output`.

    Raises `ConfigurationError` for a folder and for several photos, `ImageError` where it cannot be written.
    """
    if len(contents) > 1 or os.path.isdir(contents[0]):
        raise ConfigurationError(
            "output", f"output {output} names one picture; give a folder, or a single photo as content."
        )
    check_output(output)
    return Job(contents[0], output)


def find_jobs(contents: Sequence[Path], output: Path) -> list[Job]:
    """A job for each file, and for each picture below each folder, whose subfolders are kept.

    A result has its source's name, and its format where that can be written, else PNG; names that would meet those of
    others, of sources, or of files that are no results of an earlier call, get a number. A picture that comes twice, by
    a link too, is painted once. Results of an earlier call are no sources: where `output` lies below a folder, none of
    its pictures are, otherwise those that its record lists are left out. Raises `ConfigurationError` where there is no
    picture.
    """
    found: dict[str, tuple[Path, Path]] = {}
    for content in contents:
        folder = os.path.isdir(content)
        for path in _pictures_below(content, output) if folder else [content]:
            found.setdefault(os.path.realpath(path), (path, path.relative_to(content) if folder else Path(path.name)))
    if not found:
        raise ConfigurationError("content", "content names no pictures; give files or folders with pictures.")
    jobs, taken, earlier = [], set(found), _earlier_results(output)
    for source, relative in found.values():
        suffix = relative.suffix.lower() if relative.suffix.lower() in SAVED_SUFFIXES else ".png"
        result, number = output / relative.with_suffix(suffix), 2
        while (real := os.path.realpath(result)) in taken or (real not in earlier and os.path.lexists(result)):
            result, number = output / relative.with_name(f"{relative.stem}-{number}{suffix}"), number + 1
        taken.add(real)
        jobs.append(Job(source, result))
    return jobs


def _pictures_below(folder: Path, output: Path) -> list[Path]:
    """The pictures below a folder but for the results in `output`."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not os.path.isdir(path))
    results = _earlier_results(output)
    return [path for path in outside(paths, folder, output) if os.path.realpath(path) not in results]


def _earlier_results(output: Path) -> set[str]:
    return {os.path.join(os.path.realpath(output), name) for name in _entries(output / RECORD)}


def _entries(record: Path) -> dict[str, str]:
    """What `applied.json` holds: what each finished result was made of, by its name."""
    try:
        entries = json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # none yet, or of no use: everything is painted
        return {}
    sound = isinstance(entries, dict) and all(isinstance(made_of, str) for made_of in entries.values())
    return entries if sound else {}


class Record:
    """Which results in a folder are finished, and of what they were made: `applied.json`."""

    def __init__(
        self, output: Path, model: Path, config: ApplyConfig, paintings: Mapping[str, Sequence[Path]] | None = None
    ):
        """`paintings` are the files of those that the pictures are refined by, by style."""
        self.output, self.path = output, output / RECORD
        digests = {
            name: [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
            for name, files in (paintings or {}).items()
        }
        made_with = [PAINTER, config.to_dict(), digests]
        self.made_with = hashlib.sha256(model.read_bytes() + json.dumps(made_with).encode()).hexdigest()
        self.entries = _entries(self.path)

    def identity(self, job: Job) -> str:
        """What the job's result is made of, to be asked before its source is decoded; empty where none can be read."""
        try:
            return hashlib.sha256(self.made_with.encode() + job.source.read_bytes()).hexdigest()
        except OSError:
            return ""

    def _name(self, job: Job) -> str:
        return str(job.result.relative_to(self.output))

    def has(self, job: Job, identity: str) -> bool:
        """Whether the job's result is there, made of the same picture by the same model and settings."""
        return bool(identity) and os.path.isfile(job.result) and self.entries.get(self._name(job)) == identity

    def begin(self, job: Job) -> None:
        """Note that the job's result will be one, of nothing as yet: a call that is killed between writing it and
        noting it leaves no picture that the next one takes for somebody else's. Raises `OutputError`."""
        if self._name(job) not in self.entries:
            self.add(job, "")

    def add(self, job: Job, identity: str) -> None:
        """Note a result that has just been written, made of what had that identity, beside what other processes have
        noted; raises `OutputError`."""
        with alone_in(self.output):
            self.entries |= _entries(self.path) | {self._name(job): identity}
            write_whole(self.path, json.dumps(self.entries, indent=1).encode())


def paint_files(
    loaded: LoadedNetwork, jobs: Sequence[Job], record: Record | None, config: ApplyConfig,
    paintings: Paintings | None = None, *, batch_size: int = 1, device: str = "auto",
) -> Iterator[Progress | Failure]:  # fmt: skip
    """Paint all jobs that are not finished; yields a `Progress` over the files, and a `Failure` for each that fails.

    `paintings` are those of `apply_network`. Without a `record`, none is taken for finished. Up to `batch_size`
    pictures of the same size that follow one another are painted together.
    """
    with memory_errors_named("choose the device cpu"):
        loaded = loaded.on(resolve_device(device))  # once, and not for each picture
    paint = partial(apply_in_steps, loaded, config=config, paintings=paintings, device=device)
    done, batch = 0, []
    for job in jobs:
        identity = record.identity(job) if record else ""
        if record and record.has(job, identity):
            done += 1
            yield Progress(done, len(jobs))
            continue
        try:
            picture = load_image(job.source, config.image_size)
            if os.path.isdir(job.result.parent):
                check_writable(job.result)
            if record:
                record.begin(job)
        except (StylizeError, OSError) as error:
            done += 1
            yield Failure(job.source, str(error))
            continue
        if batch and (len(batch) == batch_size or batch[0][1].tensor.shape != picture.tensor.shape):
            yield from _paint_batch(paint, batch, record, done, len(jobs))
            done, batch = done + len(batch), []
        batch.append((job, picture, identity))
    if batch:
        yield from _paint_batch(paint, batch, record, done, len(jobs))


def _paint_batch(
    paint: Callable[[Tensor], Iterator[Progress]],
    batch: list[tuple[Job, LoadedImage, str]],
    record: Record | None,
    done: int,
    total: int,
) -> Iterator[Progress | Failure]:
    try:
        for progress in paint(torch.cat([picture.tensor for _, picture, _ in batch])):
            yield Progress(done, total, {}, None, (done + 0.99 * len(batch) * progress.fraction) / total)
        painted = progress.preview
    except StylizeError as error:
        yield from (Failure(job.source, str(error)) for job, *_ in batch)
        return
    for offset, ((job, picture, identity), result) in enumerate(zip(batch, painted.split(1), strict=True), start=1):
        try:
            job.result.parent.mkdir(parents=True, exist_ok=True)
            save_image(result, job.result, picture.alpha)
            if record:
                record.add(job, identity)
        except (StylizeError, OSError) as error:
            yield Failure(job.source, str(error))
        yield Progress(done + offset, total)
