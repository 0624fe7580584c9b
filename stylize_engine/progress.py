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

    `step` counts from 1 to `total`. `losses` holds plain floats by name, `total` among them. `preview` is the
    picture as it stands, `(1, 3, H, W)` in [0, 1] on the device of the computation, or None where there is
    nothing to show.
    """

    step: int
    total: int
    losses: Mapping[str, float] = field(default_factory=dict)
    preview: torch.Tensor | None = None

    @property
    def fraction(self) -> float:
        """Share of the work done, in [0, 1]."""
        return self.step / self.total if self.total else 1.0


class Stopwatch:
    """Estimates the time left from the pace so far; starts when made."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    def seconds_left(self, progress: Progress) -> float | None:
        """Seconds until `progress.total` at the average pace so far; None before the first step."""
        if not progress.step:
            return None
        return self.elapsed * (progress.total - progress.step) / progress.step
