"""What `apply` notes of the results in a folder."""

from dataclasses import replace

import pytest

from stylize_engine.cli import main
from stylize_engine.config import ApplyConfig
from stylize_engine.inference.files import Job, paint_files
from stylize_engine.inference.record import Record, notes_in
from stylize_engine.networks import load_network
from tests.engine.conftest import save_picture


@pytest.fixture
def apply(model, tmp_path, monkeypatch):
    """Paints into `out`; there are two photos called x.png."""
    monkeypatch.chdir(tmp_path)
    save_picture(tmp_path / "a" / "x.png", 1)
    save_picture(tmp_path / "b" / "x.png", 2)
    line = f"apply --model {model} --device cpu --output out --content".split()
    return lambda *more: main([*line, *more])


def pictures(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


def test_another_photo_of_the_same_name_replaces_no_result_and_its_own_one_is_told(apply, tmp_path, capsys):
    apply("a/x.png")
    before = pictures(tmp_path / "out")
    for _ in range(2):
        capsys.readouterr()
        assert apply("b/x.png") == 0
        assert "out/x.png is taken by another picture, so b/x.png goes to out/x-2.png." in capsys.readouterr().out
    assert pictures(tmp_path / "out").keys() == {"x.png", "x-2.png"}
    assert pictures(tmp_path / "out")["x.png"] == before["x.png"]


def test_the_same_photo_painted_otherwise_replaces_its_result_wherever_it_lies_by_now(apply, tmp_path, capsys):
    apply("a/x.png")
    before = pictures(tmp_path / "out")
    (tmp_path / "a").rename(tmp_path / "moved")
    apply("moved/x.png", "--strength", "0.5")
    assert "taken" not in capsys.readouterr().out
    assert pictures(tmp_path / "out").keys() == before.keys()
    assert pictures(tmp_path / "out") != before


def test_photos_whose_names_meet_keep_their_results_in_whatever_order_they_are_given(apply, tmp_path):
    assert apply("a/x.png", "b/x.png") == 0
    before = pictures(tmp_path / "out")
    assert len(before) == 2
    assert apply("b/x.png", "a/x.png") == 0
    assert pictures(tmp_path / "out") == before


def test_a_folder_that_an_earlier_version_painted_into_goes_on(apply, model, tmp_path):
    apply("a/x.png")
    out = tmp_path / "out"
    (note,) = notes_in(out).values()
    (out / "applied.jsonl").unlink()
    (out / "applied.json").write_text(f'{{"x.png": "{note.made_of}"}}')
    written = (out / "x.png").stat().st_mtime_ns
    assert apply("a/x.png") == 0
    assert (out / "x.png").stat().st_mtime_ns == written
    assert apply("a/x.png", "--strength", "0.5") == 0
    assert pictures(out).keys() == {"x.png"}


def test_a_result_that_a_killed_call_may_have_painted_over_is_not_taken_for_finished(apply, model, tmp_path):
    apply("a/x.png")
    record = Record(tmp_path / "out", model, ApplyConfig({"wave": 1.0}))
    job = Job(tmp_path / "a" / "x.png", tmp_path / "out" / "x.png")
    note = record.note_of(job)
    assert record.has(job, note)
    record.begin(replace(note, made_of="other settings"))
    assert not Record(tmp_path / "out", model, ApplyConfig({"wave": 1.0})).has(job, note)


def test_a_photo_that_is_replaced_while_it_is_painted_is_painted_again(apply, model, tmp_path):
    job = Job(tmp_path / "a" / "x.png", tmp_path / "x.png")
    config = ApplyConfig(styles={"wave": 1}, image_size=160, tile_size=128)
    reports = paint_files(load_network(model), [job], Record(tmp_path, model, config), config, device="cpu")
    next(reports)
    save_picture(job.source, 99)
    list(reports)
    record = Record(tmp_path, model, config)
    assert record.notes.keys() == {"x.png"}
    assert not record.has(job, record.note_of(job))
    list(paint_files(load_network(model), [job], record, config, device="cpu"))
    assert record.has(job, record.note_of(job))


@pytest.mark.parametrize("name", ["applied.json", "applied.jsonl"])
@pytest.mark.parametrize("record", ["[]", '["x.png"]', '{"x.png": 5}', '{"result": 5}', "[" * 100_000])
def test_a_record_that_is_none_counts_for_nothing(apply, tmp_path, name, record):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / name).write_text(f"{record}\n")
    for _ in range(2):
        assert apply("a/x.png") == 0
    assert notes_in(tmp_path / "out").keys() == {"x.png"}


def test_a_line_that_was_not_written_to_its_end_costs_no_other_result_its_note(apply, tmp_path):
    apply("a/x.png")
    with (tmp_path / "out" / "applied.jsonl").open("a") as record:
        record.write('{"result": "half')
    assert apply("b/x.png") == 0
    notes = notes_in(tmp_path / "out")
    assert notes.keys() == {"x.png", "x-2.png"}
    assert all(note.made_of for note in notes.values())


def test_what_is_noted_already_is_not_written_again_with_each_picture(apply, tmp_path):
    apply("a/x.png")
    record = tmp_path / "out" / "applied.jsonl"
    before, file = record.read_bytes(), record.stat().st_ino
    apply("b/x.png")
    assert record.read_bytes().startswith(before)
    assert record.stat().st_ino == file


def test_two_runs_into_one_folder_keep_each_others_notes(apply, model, tmp_path):
    (tmp_path / "out").mkdir()
    one, other = (Record(tmp_path / "out", model, ApplyConfig({"wave": 1})) for _ in range(2))
    for record, name in ((one, "0.png"), (other, "1.png"), (one, "2.png")):
        record.add(record.note_of(Job(tmp_path / "a" / "x.png", tmp_path / "out" / name)))
    assert notes_in(tmp_path / "out").keys() == {"0.png", "1.png", "2.png"}


def test_a_record_that_cannot_be_written_is_named_and_leaves_nothing_behind(apply, tmp_path, capsys):
    (tmp_path / "out" / "applied.jsonl").mkdir(parents=True)
    assert apply("a/x.png") == 1
    assert "applied.jsonl cannot be written (Is a directory); make room there" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["applied.jsonl"]
