from itertools import pairwise

from stylize_engine.cli.terminal import shown
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
