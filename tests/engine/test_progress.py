import pytest

from stylize_engine.progress import Progress, Stopwatch


def test_the_fraction_runs_from_zero_to_one():
    assert [Progress(step, 4).fraction for step in (0, 1, 4)] == [0, 0.25, 1]


def test_nothing_to_do_is_done():
    assert Progress(0, 0).fraction == 1


def test_where_steps_cost_unequally_the_fraction_is_that_of_the_work():
    assert Progress(9, 10, work=0.25).fraction == 0.25


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def test_the_time_left_follows_from_the_pace(clock):
    stopwatch = Stopwatch()
    clock[0] += 3
    assert stopwatch.seconds_left(Progress(1, 41)) is None, "one report says nothing about the pace"
    clock[0] += 30
    assert stopwatch.elapsed == 33
    assert stopwatch.seconds_left(Progress(11, 41)) == pytest.approx(90)
    assert stopwatch.seconds_left(Progress(41, 41)) == 0


def test_steps_done_before_an_interruption_do_not_count_for_the_pace(clock):
    stopwatch = Stopwatch()
    stopwatch.seconds_left(Progress(90, 100))
    clock[0] += 10
    assert stopwatch.seconds_left(Progress(91, 100)) == pytest.approx(90)


def test_a_single_report_at_the_end_leaves_no_time():
    assert Stopwatch().seconds_left(Progress(10, 10)) == 0
