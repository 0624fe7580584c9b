"""What the engine's generators yield while they work."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Progress:
    """One report of a running computation.

    `step` counts what is done of `total`. `losses` holds plain floats by name, `total` among them. `preview` is the
    picture as it stands, `(1, 3, H, W)` in [0, 1] on the device of the computation, or None where there is
    nothing to show. `work` is the share of the arithmetic done, in [0, 1], where steps cost unequally.
    """

    step: int
    total: int
    losses: Mapping[str, float] = field(default_factory=dict)
    preview: torch.Tensor | None = None
    work: float | None = None

    @property
    def fraction(self) -> float:
        """Share of the work done, in [0, 1]."""
        if self.work is not None:
            return self.work
        return self.step / self.total if self.total else 1.0


class Stopwatch:
    """Estimates the time left from the pace so far; starts when made."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._first: tuple[float, float] | None = None

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def seconds_left(self, progress: Progress) -> float | None:
        """Seconds until all is done, at the pace since the first time this was asked; None that first time.

        What was done before then, perhaps before an interruption, says nothing about the pace.
        """
        if self._first is None:
            self._first = (self.elapsed, progress.fraction)
        seconds, done = self.elapsed - self._first[0], progress.fraction - self._first[1]
        if done <= 0:
            return 0.0 if progress.fraction >= 1 else None
        return seconds * (1 - progress.fraction) / done
