"""Paints many files, so that the same call again goes on where it was stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
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
from stylize_engine.inference.record import Note, Record, notes_in
from stylize_engine.inference.refining import Paintings
from stylize_engine.networks import LoadedNetwork
from stylize_engine.progress import Progress


@dataclass(frozen=True)
class Job:
    """A picture to paint and where the result goes: not to `taken`, which would be its name but is another's."""

    source: Path
    result: Path
    taken: Path | None = None


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
    others, of sources, or of files that are no results of the same photo, get a number. A picture that comes twice, by
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
    jobs, taken, notes = [], set(found), _notes_by_place(output)
    for source, relative in found.values():
        suffix = relative.suffix.lower() if relative.suffix.lower() in SAVED_SUFFIXES else ".png"
        own = result = output / relative.with_suffix(suffix)
        number = 2
        while (real := os.path.realpath(result)) in taken or not _is_free(result, source, notes.get(real)):
            result, number = output / relative.with_name(f"{relative.stem}-{number}{suffix}"), number + 1
        taken.add(real)
        jobs.append(Job(source, result, None if result == own else own))
    return jobs


def _is_free(result: Path, source: Path, note: Note | None) -> bool:
    """Whether a result may be written there: what lies there already was painted from the same photo."""
    return not os.path.lexists(result) or (note is not None and note.is_of(source))


def _notes_by_place(output: Path) -> dict[str, Note]:
    folder = os.path.realpath(output)
    return {os.path.join(folder, name): note for name, note in notes_in(output).items()}


def _pictures_below(folder: Path, output: Path) -> list[Path]:
    """The pictures below a folder but for the results in `output`."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not os.path.isdir(path))
    results = _notes_by_place(output)
    return [path for path in outside(paths, folder, output) if os.path.realpath(path) not in results]


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
        note = record.note_of(job) if record else None
        if record and record.has(job, note):
            done += 1
            yield Progress(done, len(jobs))
            continue
        try:
            picture = load_image(job.source, config.image_size)
            if os.path.isdir(job.result.parent):
                check_writable(job.result)
            if record:
                record.begin(note)
        except (StylizeError, OSError) as error:
            done += 1
            yield Failure(job.source, str(error))
            continue
        if batch and (len(batch) == batch_size or batch[0][1].tensor.shape != picture.tensor.shape):
            yield from _paint_batch(paint, batch, record, done, len(jobs))
            done, batch = done + len(batch), []
        batch.append((job, picture, note))
    if batch:
        yield from _paint_batch(paint, batch, record, done, len(jobs))


def _paint_batch(
    paint: Callable[[Tensor], Iterator[Progress]],
    batch: list[tuple[Job, LoadedImage, Note | None]],
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
    for offset, ((job, picture, note), result) in enumerate(zip(batch, painted.split(1), strict=True), start=1):
        try:
            job.result.parent.mkdir(parents=True, exist_ok=True)
            save_image(result, job.result, picture.alpha)
            if record:
                record.add(note)
        except (StylizeError, OSError) as error:
            yield Failure(job.source, str(error))
        yield Progress(done + offset, total)
