"""What lies in the folder of a grid, and what does not belong there."""

from dataclasses import replace

import pytest

from stylize_engine.errors import ConfigurationError
from stylize_engine.experiments import results_of, run_grid
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
