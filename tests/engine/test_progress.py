from stylize_engine.progress import Progress, Stopwatch


def test_the_fraction_runs_from_zero_to_one():
    assert [Progress(step, 4).fraction for step in (0, 1, 4)] == [0, 0.25, 1]


def test_nothing_to_do_is_done():
    assert Progress(0, 0).fraction == 1


def test_the_time_left_follows_from_the_pace(monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    stopwatch = Stopwatch()
    clock[0] += 30
    assert stopwatch.elapsed == 30
    assert stopwatch.seconds_left(Progress(10, 40)) == 90
    assert stopwatch.seconds_left(Progress(40, 40)) == 0


def test_no_time_is_told_before_the_first_step():
    assert Stopwatch().seconds_left(Progress(0, 10)) is None
