"""Shows progress on stderr: a bar on a terminal, elsewhere a line for about every tenth of the work and each minute.

And prints results on stdout, and says what Ctrl-C and SIGTERM do to work that can be resumed.
"""

import os
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import TextIO

from tqdm import tqdm

from stylize_engine.errors import OutputError
from stylize_engine.progress import Progress, Stopwatch

LINES = 10
SECONDS_BETWEEN_LINES = 60
BAR = "{percentage:3.0f}%|{bar}| {elapsed}  {desc}"
STOPPING = b"\nStopping at the next report, with a checkpoint; Ctrl-C again stops at once, without one.\n"
# What stops work, and what it means before anybody else has given it a meaning.
USUAL = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


def tell(text: str, end: str = "\n") -> None:
    """Print a result or a table on standard output, at once.

    Raises `OutputError` where it cannot be written, as on a full disk, and `BrokenPipeError` where nobody reads it.
    """
    try:
        print(text, end=end, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        let_go(sys.stdout)
        raise OutputError(f"Standard output cannot be written ({error.strerror}); make room there.") from error


def let_go(*streams: TextIO) -> None:
    """Drop what streams that cannot be written still hold: Python would try again as it ends, and complain."""
    with open(os.devnull, "wb") as nowhere:
        for stream in streams:
            with suppress(OSError):
                os.dup2(nowhere.fileno(), stream.fileno())


def shown(steps: Iterable[Progress]) -> Iterator[Progress]:
    """The same steps, each shown as it passes, by the process that speaks."""
    if not speaks():
        return iter(steps)
    return _as_bar(steps) if sys.stderr.isatty() else _as_lines(steps)


def speaks() -> bool:
    """Whether this process tells what happens: of those that `torchrun` starts, the first one does."""
    return "TORCHELASTIC_RUN_ID" not in os.environ or os.environ["RANK"] == "0"


class Stopped(KeyboardInterrupt):
    """Work was stopped by that signal, or in another process, and has written a checkpoint."""

    def __init__(self, number: int = signal.SIGINT):
        super().__init__(number)
        self.number = number


def saved_on_interrupt(steps: Generator[Progress, bool | None]) -> Iterator[Progress]:
    """The same steps; a first Ctrl-C, or the SIGTERM of a batch system, closes them at the next one, where they write a
    checkpoint; a second one ends at once.

    Raises `Stopped` then, and where the steps end early since they were closed in another process. Where Ctrl-C or
    SIGTERM means something else here, or nothing, it keeps its meaning.
    """
    asked: list[int] = []
    progress = None
    with _heard(asked), closing(steps):
        for progress in steps:
            yield progress
            if asked and progress.step < progress.total:
                raise Stopped(asked[0])
    if progress is not None and progress.step < progress.total:
        raise Stopped


@contextmanager
def _heard(asked: list[int]) -> Iterator[None]:
    """Note the first signal to stop in `asked`, from where on all of them have their usual meaning again."""
    may_hear = threading.current_thread() is threading.main_thread()
    usual = {number: meaning for number, meaning in USUAL.items() if may_hear and signal.getsignal(number) is meaning}

    def restore() -> None:
        for number, meaning in usual.items():
            if signal.getsignal(number) is ask:  # what others have given a meaning since then keeps it
                signal.signal(number, meaning)

    def ask(number: int, _: object) -> None:
        asked.append(number)
        restore()
        if speaks():
            with suppress(OSError):  # nobody listens any more
                os.write(2, STOPPING)  # print may be at work on stderr just now

    for number in usual:
        signal.signal(number, ask)
    try:
        yield
    finally:
        restore()


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
    """The losses come last, without those of each layer: a bar cuts off what a narrow terminal does not hold."""
    losses = ", ".join(f"{name} {value:.3g}" for name, value in progress.losses.items() if " " not in name)
    time_left = "" if left is None else f"{left:.0f} s left"
    return "  ".join(part for part in (f"step {progress.step}/{progress.total}", time_left, losses) if part)
