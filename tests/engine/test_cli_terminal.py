import signal
from itertools import pairwise

import pytest

from stylize_engine.cli.terminal import saved_on_interrupt, shown
from stylize_engine.progress import Progress


def test_long_work_is_heard_of_each_minute_and_not_only_at_every_tenth(monkeypatch, capsys):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])

    def a_step_each_twenty_seconds():
        for step in range(1, 101):
            now[0] += 20
            yield Progress(step, 100)

    assert len(list(shown(a_step_each_twenty_seconds()))) == 100
    steps = [int(line.split("/")[0].removeprefix("step ")) for line in capsys.readouterr().err.splitlines()]
    assert steps[:4] == [3, 6, 9, 10]
    assert steps[-1] == 100
    assert all(0 < after - before <= 3 for before, after in pairwise(steps))


def interrupted_at_its_second_step(total, closed):
    try:
        yield Progress(1, total)
        signal.raise_signal(signal.SIGINT)
        yield Progress(2, total)
    finally:
        closed.append(True)


def test_ctrl_c_closes_work_after_the_step_and_keeps_its_meaning_afterwards():
    closed = []
    steps = saved_on_interrupt(interrupted_at_its_second_step(3, closed))
    assert [next(steps).step, next(steps).step] == [1, 2]
    with pytest.raises(KeyboardInterrupt):
        next(steps)
    assert closed == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_during_the_last_step_lets_the_work_end():
    assert [progress.step for progress in saved_on_interrupt(interrupted_at_its_second_step(2, []))] == [1, 2]


def test_where_ctrl_c_is_ignored_it_stays_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert len(list(saved_on_interrupt(interrupted_at_its_second_step(3, [])))) == 2
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
