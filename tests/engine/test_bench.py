import json

import pytest
import torch

from stylize_engine.bench import run_bench
from stylize_engine.bench.cases import CASES, Settings, best_seconds
from stylize_engine.cli import main
from stylize_engine.errors import ConfigurationError, StylizeError

SMALL = Settings(device="cpu", repeats=1, scale=0.05)


@pytest.mark.parametrize("name", ["gatys-step", "apply-1080x720", "train-step"])
def test_both_sides_of_a_case_are_really_measured_and_leave_no_pictures_behind(name, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("OMP_NUM_THREADS", "2")  # for pictures side by side too
    (row,) = run_bench([name], SMALL)
    assert not list(tmp_path.rglob("*.png"))
    assert row.seconds > 0
    assert row.textbook_seconds > 0
    assert row.ratio == pytest.approx(row.textbook_seconds / row.seconds, rel=0.05, abs=0.01)
    assert row.peak_mb > 50
    assert row.limit_share > 0


def test_what_is_timed_has_run_once_before():
    calls = []
    assert best_seconds(lambda: calls.append(len(calls)), 3, torch.device("cpu")) >= 0
    assert calls == [0, 1, 2, 3]


def test_the_command_prints_a_list_of_objects(capsys):
    assert (
        main(["bench", "--only", "gatys-default", "--scale", "0.05", "--repeats", "1", "--device", "cpu", "--json"])
        == 0
    )
    (row,) = json.loads(capsys.readouterr().out)
    assert {"name", "seconds", "textbook_seconds", "ratio", "peak_mb", "score"} <= row.keys()
    assert row["name"] == "gatys-default"
    assert row["score"]["style"] >= 0


def test_the_command_prints_a_table(capsys):
    assert main(["bench", "--only", "apply-8k", "--scale", "0.02", "--repeats", "1", "--device", "cpu"]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split()[:3] == ["case", "seconds", "textbook"]
    assert line.split()[0] == "apply-8k"
    assert line.split()[2] == "-", "the textbook network has no way to paint that large"


def test_a_case_there_is_not_is_refused():
    with pytest.raises(ConfigurationError, match=f"there are: {', '.join(CASES)}"):
        next(run_bench(["gatys"], SMALL))


def test_a_side_that_fails_is_named_with_its_reason(tmp_path):
    with pytest.raises(StylizeError, match=r"ours side of apply-8k failed: There is no network file .*[^.]\.$"):
        next(run_bench(["apply-8k"], Settings(device="cpu", model=str(tmp_path / "missing.safetensors"))))
