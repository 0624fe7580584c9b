"""What lies in the folder of a grid, and what does not belong there."""

import json
from dataclasses import replace

import pytest

from stylize_engine.errors import ConfigurationError, InUseError
from stylize_engine.experiments import results_of, run_grid, write_tables
from tests.engine.conftest import save_picture
from tests.engine.training_settings import training_config


def test_a_folder_of_another_grid_is_refused(grid):
    list(run_grid(grid, device="cpu"))
    with pytest.raises(ConfigurationError, match="holds another grid"):
        next(run_grid(replace(grid, varied={"style_weight": [1.0]}), device="cpu"))


@pytest.mark.parametrize("text", [b"\xff\xfe", b"{}", b""])
def test_a_folder_with_a_file_of_that_name_is_refused(grid, text):
    grid.output.mkdir()
    (grid.output / "grid.json").write_bytes(text)
    with pytest.raises(ConfigurationError, match="holds another grid"):
        next(run_grid(grid, device="cpu"))
    assert (grid.output / "grid.json").read_bytes() == text


def test_a_grid_by_another_judge_or_extractor_is_another_grid(grid, teacher_file, tmp_path):
    grid = replace(grid, varied={"seed": [1]})
    list(run_grid(grid, device="cpu"))
    for weights in ("judge_weights", "extractor_weights"):
        with pytest.raises(ConfigurationError, match="holds another grid"):
            next(run_grid(replace(grid, **{weights: teacher_file}), device="cpu"))


def test_the_same_weights_make_another_grid_as_those_of_the_judge_than_as_those_of_the_extractor(grid, teacher_file):
    identities = {replace(grid, **{name: teacher_file}).identity() for name in ("judge_weights", "extractor_weights")}
    assert len(identities) == 2


def test_a_grid_without_weights_is_described_as_by_earlier_versions(grid):
    _, varied, pictures = json.loads(grid.identity())
    assert varied == {"style_weight": [20.0, 200.0], "content_layers": ["relu2_1", "relu1_2+relu2_1"]}
    assert len(pictures) == 2


@pytest.fixture
def trainings(grid, picture_directories):
    """A grid of one training, which would write its checkpoint at its end only."""
    shared = {"steps": 4, "report_every": 1, "checkpoint_every": 1000}
    base = training_config(picture_directories, grid.output, styles={"dots": grid.styles}, **shared)
    return replace(grid, base=base, varied={"style_weight": [6.0]})


def test_a_grid_that_is_left_keeps_what_its_training_has_learnt(trainings):
    steps = run_grid(trainings, device="cpu")
    next(steps)
    steps.close()
    assert (trainings.output / "trial_001" / "checkpoint").exists()


def test_an_error_thrown_into_a_grid_reaches_the_training_which_leaves_its_checkpoint_alone(trainings):
    steps = run_grid(trainings, device="cpu")
    next(steps)
    with pytest.raises(LookupError):
        steps.throw(LookupError("somebody else goes on"))
    assert not (trainings.output / "trial_001" / "checkpoint").exists()


def test_notes_among_the_trials_are_no_trial(grid):
    grid = replace(grid, varied={"seed": [1]})
    grid.output.mkdir()
    (grid.output / "trial_notes.json").write_text('{"mine": 1}')
    list(run_grid(grid, device="cpu"))
    assert [result["trial"] for result in results_of(grid)] == [1]


def test_a_reason_with_a_name_that_is_no_text_is_written_into_the_table(grid):
    painting = grid.output.parent / "caf\udce9.png"
    save_picture(painting, 1, size=(900, 33))
    list(run_grid(replace(grid, styles=(*grid.styles, painting), varied={"seed": [1]}), device="cpu"))
    assert "too narrow" in (grid.output / "table.md").read_text()


@pytest.mark.parametrize(
    "record", [b"{}", b"[]", b"no JSON", b'{"trial": 1}', b'{"trial": 1, "settings": {"seed": 1}, "losses": {}}']
)
def test_a_record_that_is_none_means_that_its_trial_is_done_again(grid, record):
    grid = replace(grid, varied={"seed": [1]})
    list(run_grid(grid, device="cpu"))
    (grid.output / "trial_001.json").write_bytes(record)
    assert results_of(grid) == []
    list(run_grid(grid, device="cpu"))
    assert [result["settings"] for result in results_of(grid)] == [{"seed": 1}]


@pytest.mark.parametrize("content", [None, b"no picture", b""])
def test_a_trial_whose_picture_is_missing_or_damaged_is_done_again(grid, content):
    grid = replace(grid, varied={"seed": [1, 2]})
    list(run_grid(grid, device="cpu"))
    picture, other = grid.output / "trial_001.png", grid.output / "trial_002.png"
    painted, untouched = picture.read_bytes(), other.stat().st_mtime_ns
    picture.unlink()
    if content is not None:
        picture.write_bytes(content)
    write_tables(grid)
    list(run_grid(grid, device="cpu"))
    assert picture.read_bytes() == painted
    assert other.stat().st_mtime_ns == untouched


@pytest.mark.parametrize("name", ["trial_001.json", "trial_007.png"])
def test_a_folder_with_trials_of_no_known_grid_is_refused(grid, name):
    grid.output.mkdir()
    (grid.output / name).write_text("{}")
    with pytest.raises(ConfigurationError, match="holds another grid; choose another folder"):
        next(run_grid(grid, device="cpu"))
    assert [path.name for path in grid.output.iterdir()] == [name]


def test_a_grid_that_another_process_tries_is_refused(grid):
    first = run_grid(grid, device="cpu")
    next(first)
    with pytest.raises(InUseError, match="another process tries"):
        next(run_grid(grid, device="cpu"))
    first.close()
    assert len(list(run_grid(replace(grid), device="cpu"))) > 1
