"""Shows progress on stderr: a bar on a terminal, elsewhere a line for about every tenth of the work and each minute."""

import sys
from collections.abc import Iterable, Iterator

from tqdm import tqdm

from stylize_engine.progress import Progress, Stopwatch

LINES = 10
SECONDS_BETWEEN_LINES = 60


def shown(steps: Iterable[Progress]) -> Iterator[Progress]:
    """The same steps, each shown as it passes."""
    return _as_bar(steps) if sys.stderr.isatty() else _as_lines(steps)


def _as_bar(steps: Iterable[Progress]) -> Iterator[Progress]:
    with tqdm(unit="step", file=sys.stderr, dynamic_ncols=True) as bar:
        for progress in steps:
            bar.total = progress.total
            bar.set_postfix_str(_describe(progress), refresh=False)
            bar.update(progress.step - bar.n)
            yield progress


def _as_lines(steps: Iterable[Progress]) -> Iterator[Progress]:
    stopwatch, reported, printed_at = Stopwatch(), 0, 0.0
    for progress in steps:
        left = stopwatch.seconds_left(progress)
        tenth = int(progress.fraction * LINES)
        if tenth > reported or stopwatch.elapsed - printed_at >= SECONDS_BETWEEN_LINES:
            reported, printed_at = tenth, stopwatch.elapsed
            time_left = "" if left is None else f"  {left:.0f} s left"
            step = f"step {progress.step}/{progress.total}"
            print(f"{step}  {_describe(progress)}{time_left}", file=sys.stderr, flush=True)
        yield progress


def _describe(progress: Progress) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in progress.losses.items())
