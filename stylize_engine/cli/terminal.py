"""Shows progress on stderr: a bar on a terminal, elsewhere a line for about every tenth of the work and each minute.

And says what Ctrl-C does to work that can be resumed.
"""

import os
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing

from tqdm import tqdm

from stylize_engine.progress import Progress, Stopwatch

LINES = 10
SECONDS_BETWEEN_LINES = 60
BAR = "{percentage:3.0f}%|{bar}| {elapsed}  {desc}"
STOPPING = b"\nStopping at the next report, with a checkpoint; Ctrl-C again stops at once, without one.\n"


def shown(steps: Iterable[Progress]) -> Iterator[Progress]:
    """The same steps, each shown as it passes."""
    return _as_bar(steps) if sys.stderr.isatty() else _as_lines(steps)


def saved_on_interrupt(steps: Generator[Progress, bool | None]) -> Iterator[Progress]:
    """The same steps; a first Ctrl-C closes them at the next one, where they write a checkpoint, a second ends at once.

    Raises `KeyboardInterrupt` then. Where Ctrl-C means something else here, or nothing, it keeps its meaning.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield from steps
        return
    asked = threading.Event()

    def ask(*_: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(2, STOPPING)  # print may be at work on stderr just now

    signal.signal(signal.SIGINT, ask)
    try:
        with closing(steps):
            for progress in steps:
                yield progress
                if asked.is_set() and progress.step < progress.total:
                    raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _as_bar(steps: Iterable[Progress]) -> Iterator[Progress]:
    """A bar as long as the work and not as the steps, which may cost unequally."""
    stopwatch = Stopwatch()
    with tqdm(total=1.0, bar_format=BAR, miniters=0, file=sys.stderr, dynamic_ncols=True) as bar:
        for progress in steps:
            bar.set_description_str(_describe(progress, stopwatch.seconds_left(progress)), refresh=False)
            bar.update(progress.fraction - bar.n)
            yield progress


def _as_lines(steps: Iterable[Progress]) -> Iterator[Progress]:
    stopwatch, reported, printed_at = Stopwatch(), 0, 0.0
    for progress in steps:
        left = stopwatch.seconds_left(progress)
        tenth = int(progress.fraction * LINES)
        if tenth > reported or stopwatch.elapsed - printed_at >= SECONDS_BETWEEN_LINES:
            reported, printed_at = tenth, stopwatch.elapsed
            print(_describe(progress, left), file=sys.stderr, flush=True)
        yield progress


def _describe(progress: Progress, left: float | None) -> str:
    """The losses come last: a bar cuts off what a narrow terminal does not hold."""
    losses = ", ".join(f"{name} {value:.3g}" for name, value in progress.losses.items())
    time_left = "" if left is None else f"{left:.0f} s left"
    return "  ".join(part for part in (f"step {progress.step}/{progress.total}", time_left, losses) if part)
