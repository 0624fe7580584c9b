"""Benchmarks: each of our recipes beside a plain textbook one, in the same run on the same pictures.

Every side of every case runs in a process of its own, so that its peak of memory is its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stylize_engine.bench.cases import CASES, Settings
from stylize_engine.errors import ConfigurationError, StylizeError


@dataclass(frozen=True)
class Row:
    """One case. `seconds` and `textbook_seconds` are for the same work, None where one side cannot do it; `ratio` is
    how many times faster ours is. `peak_mb` is the peak of the whole process. `limit_share` is what share of the
    machine's measured matrix products ours reaches. `score` is `{"style": ..., "content": ..., "judge": ...}`.
    """

    name: str
    work: str
    seconds: float | None
    textbook_seconds: float | None
    ratio: float | None
    peak_mb: float | None
    textbook_peak_mb: float | None
    limit_share: float | None
    score: dict[str, Any] | None


def run_bench(names: Sequence[str], settings: Settings) -> Iterator[Row]:
    """Measure the named cases, one after the other; raises `ConfigurationError` for a name there is not."""
    for name in names:
        if name not in CASES:
            raise ConfigurationError("only", f"only names {name!r}; there are: {', '.join(CASES)}.")
    for name in names:
        ours, textbook = (_measured(name, side, settings) for side in ("ours", "textbook"))
        seconds, plain = ours.get("seconds"), textbook.get("seconds")
        yield Row(
            name=name,
            work=CASES[name].work,
            seconds=seconds,
            textbook_seconds=plain,
            ratio=round(plain / seconds, 2) if seconds and plain else None,
            peak_mb=ours.get("peak_mb"),
            textbook_peak_mb=textbook.get("peak_mb"),
            limit_share=ours.get("limit_share"),
            score=ours.get("score"),
        )


def _measured(name: str, side: str, settings: Settings) -> dict[str, Any]:
    if getattr(CASES[name], side) is None:
        return {}
    command = [sys.executable, "-m", "stylize_engine.bench.measure", name, side, json.dumps(asdict(settings))]
    finished = subprocess.run(command, capture_output=True, text=True)
    if finished.returncode:
        last = (finished.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise StylizeError(f"The {side} side of {name} failed: {last.removesuffix('.')}.")
    return json.loads(finished.stdout)
