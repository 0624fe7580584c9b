import io
import os
import signal
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from stylize_engine.cli.terminal import Stopped, saved_on_interrupt, shown
from stylize_engine.progress import Progress

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def clock(monkeypatch):
    """The time, for the work to let pass, as progress and tqdm read it."""
    now = [100.0]
    for name in ("time.monotonic", "tqdm.std.time"):
        monkeypatch.setattr(name, lambda: now[0])
    return now


def test_long_work_is_heard_of_each_minute_and_not_only_at_every_tenth(clock, capsys):
    def a_step_each_twenty_seconds():
        for step in range(1, 101):
            clock[0] += 20
            yield Progress(step, 100)

    assert len(list(shown(a_step_each_twenty_seconds()))) == 100
    steps = [int(line.split("/")[0].removeprefix("step ")) for line in capsys.readouterr().err.splitlines()]
    assert steps[:4] == [3, 6, 9, 10]
    assert steps[-1] == 100
    assert all(0 < after - before <= 3 for before, after in pairwise(steps))


def test_a_line_of_a_training_tells_its_losses_and_not_those_of_each_layer(clock, capsys):
    list(shown([Progress(1, 1, {"style": 0.5, "total": 1.25, "style relu1_2": 0.1, "validation": 2.0})]))
    assert capsys.readouterr().err.rstrip().endswith("style 0.5, total 1.25, validation 2")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_bar_is_as_long_as_the_work_and_not_as_the_steps(clock, monkeypatch):
    """The second half of the steps costs nine times as much as the first one."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)

    def five_cheap_steps_and_five_dear_ones():
        for step in range(1, 11):
            clock[0] += 1 if step <= 5 else 9
            yield Progress(step, 10, work=(step if step <= 5 else 9 * step - 40) / 50)

    shown_steps = shown(five_cheap_steps_and_five_dear_ones())
    bars = []
    for _ in shown_steps:
        bars.append(terminal.getvalue().split("\r")[-1])
    assert [bar[:4] for bar in bars] == ["  2%", "  4%", "  6%", "  8%", " 10%", " 28%", " 46%", " 64%", " 82%", "100%"]
    assert "step 5/10" in bars[4]
    assert bars[4].rstrip().endswith("45 s left")


def test_a_bar_does_not_take_for_its_pace_what_was_done_before_an_interruption(clock, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)

    def resumed():
        for step in (90, 91):
            clock[0] += 10
            yield Progress(step, 100)

    assert len(list(shown(resumed()))) == 2
    assert "step 91/100  90 s left" in terminal.getvalue()


def stopped_at_its_second_step(total, number=signal.SIGINT, closed=None):
    try:
        yield Progress(1, total)
        signal.raise_signal(number)
        yield from (Progress(step, total) for step in range(2, total + 1))
    finally:
        if closed is not None:
            closed.append(True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_stop_closes_work_after_the_step_and_keeps_its_meaning_afterwards(number):
    usual, closed = signal.getsignal(number), []
    steps = saved_on_interrupt(stopped_at_its_second_step(3, number, closed))
    assert [next(steps).step, next(steps).step] == [1, 2]
    with pytest.raises(Stopped) as stopped:
        next(steps)
    assert stopped.value.number == number
    assert closed == [True]
    assert signal.getsignal(number) == usual


def test_a_second_signal_to_stop_has_its_usual_meaning_whichever_the_first_was():
    steps = saved_on_interrupt(stopped_at_its_second_step(3, signal.SIGTERM))
    with closing(steps):
        assert [next(steps).step, next(steps).step] == [1, 2]
        with pytest.raises(KeyboardInterrupt) as interrupted:
            signal.raise_signal(signal.SIGINT)
    assert not isinstance(interrupted.value, Stopped)


def test_work_left_half_way_takes_no_meaning_from_a_signal_that_it_was_given_since():
    steps = saved_on_interrupt(stopped_at_its_second_step(3, signal.SIGTERM))
    assert [next(steps).step, next(steps).step] == [1, 2]
    usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        steps.close()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, usual)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_stop_during_the_last_step_lets_the_work_end(number):
    assert [progress.step for progress in saved_on_interrupt(stopped_at_its_second_step(2, number))] == [1, 2]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", ["apply --help", "apply --model model.safetensors --list-styles"])
def test_standard_output_that_cannot_be_written_is_told_in_one_line(model, command, unbuffered):
    def run(stdout):
        line = [sys.executable, "-m", "stylize_engine", *command.split()]
        places = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered}
        done = subprocess.run(
            line, cwd=model.parent, env=os.environ | places, stdout=stdout, stderr=subprocess.PIPE, text=True
        )
        return done.returncode, done.stderr

    with open("/dev/full", "w") as full:
        told = "Standard output cannot be written (No space left on device); make room there.\n"
        assert run(full) == (2, told)
    read, write = os.pipe()
    os.close(read)
    assert run(write) == (141, ""), "nobody reads any more"
    os.close(write)


def test_work_that_another_process_has_stopped_is_no_work_done():
    with pytest.raises(Stopped):
        list(saved_on_interrupt(Progress(step, 3) for step in (1, 2)))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_where_a_signal_to_stop_is_ignored_it_stays_so(number):
    usual = signal.signal(number, signal.SIG_IGN)
    try:
        assert len(list(saved_on_interrupt(stopped_at_its_second_step(3, number)))) == 3
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, usual)
