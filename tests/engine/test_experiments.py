import csv
import json
from dataclasses import replace

import pytest
import torch
from PIL import Image

from stylize_engine.charts import contact_sheet
from stylize_engine.cli import main
from stylize_engine.config import GatysConfig, TrainingConfig
from stylize_engine.config.grids import parse_values
from stylize_engine.errors import ConfigurationError, OutputError
from stylize_engine.experiments import Grid, results_of, run_grid
from stylize_engine.networks import load_network
from tests.engine.conftest import save_picture
from tests.engine.training_settings import training_config


def test_a_grid_tries_every_combination_and_sorts_them_by_loss(grid):
    reports = list(run_grid(grid, device="cpu"))
    assert reports[-1].step == reports[-1].total == 4
    with (grid.output / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["style_weight"], row["content_layers"]) for row in rows} == {
        ("20.0", "relu2_1"), ("20.0", "relu1_2+relu2_1"), ("200.0", "relu2_1"), ("200.0", "relu1_2+relu2_1"),
    }  # fmt: skip
    totals = [float(row["total"]) for row in rows]
    assert totals == sorted(totals)
    assert all(float(row["style score"]) > 0 for row in rows)
    assert "A low loss is not a good picture" in (grid.output / "table.md").read_text()
    with Image.open(grid.output / "sheet.jpg") as sheet:
        assert sheet.width > 512
    assert len(list(grid.output.glob("trial_*.png"))) == 4


def test_a_trial_is_what_stylize_paints_with_the_same_settings(grid, tmp_path):
    photo, painting = grid.content, grid.styles[0]
    save_picture(photo, 1, size=(900, 600))
    with Image.open(photo) as picture:
        picture.putalpha(picture.convert("L"))
        picture.save(photo)
    save_picture(painting, 2, size=(700, 800))
    list(run_grid(replace(grid, varied={"stroke": [0.5, 1.5]}), device="cpu"))
    for trial, stroke in enumerate((0.5, 1.5), start=1):
        assert main([
            "stylize", "--content", str(photo), "--style", str(painting), "--output", str(tmp_path / "same.png"),
            "--image-size", "64", "--num-steps", "2", "--content-layers", "relu2_1", "--style-layers", "relu1_2",
            "relu2_1", "--precision", "fp32", "--device", "cpu", "--stroke", str(stroke),
        ]) == 0  # fmt: skip
        assert (grid.output / f"trial_00{trial}.png").read_bytes() == (tmp_path / "same.png").read_bytes()


def test_a_stopped_grid_goes_on_where_it_stopped(grid):
    running = run_grid(grid, device="cpu")
    for progress in running:
        if progress.step == 2:
            break
    running.close()
    done = {path: path.stat().st_mtime_ns for path in grid.output.glob("trial_*.json")}
    assert len(done) == 2
    list(run_grid(grid, device="cpu"))
    assert all(path.stat().st_mtime_ns == time for path, time in done.items())
    assert len(results_of(grid)) == 4


def test_the_sheet_of_a_grid_is_made_of_pictures_as_small_as_it_shows_them(grid, monkeypatch):
    grid = replace(grid, varied={"seed": [1, 2]}, base=replace(grid.base, image_size=320, num_steps=1))
    sizes = []

    def sheet_of(rows, **options):
        sizes.extend(picture.size for row in rows for picture, _ in row)
        return contact_sheet(rows, **options)

    monkeypatch.setattr("stylize_engine.experiments.results.contact_sheet", sheet_of)
    list(run_grid(grid, device="cpu"))
    assert sizes == [(256, 214)] * 2


@pytest.mark.parametrize("name", ["table.csv", "table.md", "sheet.jpg"])
def test_a_table_that_cannot_be_written_is_named_and_the_trials_are_kept(grid, name):
    grid = replace(grid, varied={})
    (grid.output / name).mkdir(parents=True)
    with pytest.raises(OutputError, match=rf"{name} cannot be written \(Is a directory\)"):
        list(run_grid(grid, device="cpu"))
    assert len(results_of(grid)) == 1
    assert not list(grid.output.glob("*.part"))


def test_a_trial_that_fails_is_told_and_the_others_go_on(grid):
    grid = replace(grid, base=replace(grid.base, optimizer="adam"), varied={"style_weight": [1e39, 20.0]})
    list(run_grid(grid, device="cpu"))
    good, bad = results_of(grid)
    assert good["settings"]["style_weight"] == 20.0
    assert "no longer a finite number" in bad["failed"]


def test_what_has_failed_is_tried_again_only_where_that_is_asked_for(grid):
    list(run_grid(grid, device="cpu"))
    first = results_of(grid)[0]
    record = grid.output / f"trial_{first['trial']:03d}.json"
    record.write_text(json.dumps({"trial": first["trial"], "settings": first["settings"], "failed": "Once."}))
    record.with_suffix(".png").unlink()
    list(run_grid(grid, device="cpu"))
    assert results_of(grid)[-1]["failed"] == "Once."
    list(run_grid(grid, retry_failed=True, device="cpu"))
    assert results_of(grid)[0]["losses"] == pytest.approx(first["losses"])


def test_a_grid_of_trainings_keeps_the_network_of_each_trial(grid, picture_directories, tmp_path):
    photos, styles = picture_directories
    base = training_config(picture_directories, tmp_path / "unused", styles={"dots": (styles / "0.png",)}, steps=2)
    grid = Grid(base, {"style_weight": [6.0, 12.0]}, photos / "0.png", (styles / "0.png",), tmp_path / "trainings")
    list(run_grid(grid, device="cpu"))
    assert [load_network(grid.output / f"trial_00{trial}" / "model.safetensors").style_names for trial in (1, 2)] == [
        ("dots",), ("dots",),
    ]  # fmt: skip
    assert all("style_score" in result for result in results_of(grid))


@pytest.mark.parametrize(
    ("field", "text", "values"),
    [
        ("style_weight", "1e4, 20", [10000.0, 20]),
        ("num_steps", "3,4", [3, 4]),
        ("content_layers", "relu1_2+relu2_1,none", [("relu1_2", "relu2_1"), None]),
        ("style_weights", "3+1, 0.5 + 2,none", [(3, 1), (0.5, 2), None]),
        ("extractor", "slim,vgg19", ["slim", "vgg19"]),
        ("learning_rate", "none,0.1", [None, 0.1]),
    ],
)
def test_values_are_read_as_their_field_has_them(field, text, values):
    assert parse_values(GatysConfig, field, text) == values


def test_flags_are_read_as_true_or_false():
    assert parse_values(TrainingConfig, "keep_epochs", "true, false") == [True, False]
    with pytest.raises(ConfigurationError, match="'yes' is no value for keep_epochs; give true or false"):
        parse_values(TrainingConfig, "keep_epochs", "yes")


def test_a_trial_with_a_damaged_checkpoint_is_trained_from_the_start(picture_directories, tmp_path):
    photos, styles = picture_directories
    base = training_config(picture_directories, tmp_path / "unused", styles={"dots": (styles / "0.png",)}, steps=1)
    grid = Grid(base, {"style_weight": [6.0]}, photos / "0.png", (styles / "0.png",), tmp_path / "trainings")
    (grid.output / "trial_001").mkdir(parents=True)
    (grid.output / "trial_001" / "checkpoint").write_bytes(b"PK damaged")
    list(run_grid(grid, device="cpu"))
    assert not any("failed" in result for result in results_of(grid))


def test_values_that_make_no_sense_are_named():
    with pytest.raises(ConfigurationError, match="which is no setting"):
        parse_values(GatysConfig, "stile_weight", "1")
    with pytest.raises(ConfigurationError, match="is no value for num_steps"):
        parse_values(GatysConfig, "num_steps", "many")
    with pytest.raises(ConfigurationError, match="'much' is no value for style_weights"):
        parse_values(GatysConfig, "style_weights", "3+much")
    with pytest.raises(ConfigurationError, match="is no value for epochs"):
        parse_values(TrainingConfig, "epochs", "1.5")


def test_too_many_trials_are_refused_before_any_work(grid):
    varied = {f"setting {number}": range(10) for number in range(10)}
    with pytest.raises(ConfigurationError, match="10000000000 trials"):
        next(run_grid(replace(grid, varied=varied), device="cpu"))
    assert not grid.output.exists()


def test_shares_of_several_paintings_can_be_varied(grid, picture_directories):
    styles = tuple(picture_directories[1] / f"{index}.png" for index in range(2))
    grid = replace(grid, styles=styles, varied={"style_weights": [(3.0, 1.0), (1.0, 3.0)]})
    list(run_grid(grid, device="cpu"))
    assert {result["settings"]["style_weights"] for result in results_of(grid)} == {"3.0+1.0", "1.0+3.0"}
    assert not any("failed" in result for result in results_of(grid))


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--content", "missing.png"], "missing.png cannot be read (No such file or directory)"),
        (["--style", "missing.png"], "missing.png cannot be read (No such file or directory)"),
        (["--output", "photos/0.png"], "--output photos/0.png cannot be a folder: File exists."),
        (["--output", "photos/0.png/out"], "--output photos/0.png/out cannot be a folder: Not a directory."),
        (["--vary", "seed=3"], "--vary names seed twice; name it once."),
        (["--set", "num_steps=5", "--set", "num-steps=6"], "--set names num_steps twice; name it once."),
        (["--set", "seed=3"], "--set gives seed, which --vary varies; leave one of them out."),
        (["--set", "num_steps=5,6"], "--set gives num_steps 2 values; give one here, or several to --vary."),
        (["--content", "narrow.png"], "is too narrow to be scored"),
        (["--extractor-weights", "missing.pth"], "The weights file missing.pth cannot be read"),
        (["--method", "train", "--dataset", "."], "--output out lies among the photographs of .; choose a folder"),
        (["--method", "train", "--dataset", "photos", "--set", "output=x"], "--set and --vary cannot change output"),
        (["--dataset", "photos"], "--dataset is for --method train; leave it out, or give the method."),
        (["--method", "train", "--dataset", "nowhere"], "There are no pictures in nowhere; give a directory"),
    ],
)
def test_bad_input_is_told_in_one_line_and_no_folder_is_made(
    picture_directories, tmp_path, monkeypatch, capsys, more, words
):
    monkeypatch.chdir(tmp_path)
    save_picture(tmp_path / "narrow.png", 1, size=(1400, 33))
    line = "grid --content photos/0.png --style styles/0.png --output out --vary seed=1,2 --device cpu".split()
    assert main([*line, *more]) == 2
    complaint = capsys.readouterr().err
    assert words in complaint
    assert complaint.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_command_tells_by_its_exit_code_whether_a_trial_failed(picture_directories, tmp_path, capsys):
    photos, styles = picture_directories
    line = ["grid", "--content", photos / "0.png", "--style", styles / "0.png", "--output", tmp_path / "out",
            "--set", "num_steps=1", "--set", "image_size=64", "--set", "optimizer=adam", "--device", "cpu"]  # fmt: skip
    line = list(map(str, line))
    assert main([*line, "--vary", "style_weight=1e39,20"]) == 1
    assert "1 of 2 trials failed" in capsys.readouterr().err
    assert main([*line, "--vary", "style_weight=1e39"]) == 2
    assert "holds another grid" in capsys.readouterr().err
    assert main([*line, "--vary", "style_weight"]) == 2


def test_a_photo_that_is_its_own_painting_is_tried_without_a_style_score(grid):
    grid = replace(grid, varied={"seed": [1]}, styles=(grid.content,))
    list(run_grid(grid, device="cpu"))
    record = json.loads((grid.output / "trial_001.json").read_text(), parse_constant=pytest.fail)
    assert "style_score" not in record
    assert record["content_score"] >= 0
    assert (grid.output / "sheet.jpg").exists()


def test_results_are_plain_json(grid):
    grid = replace(grid, varied={"seed": [1]})
    list(run_grid(grid, device="cpu"))
    (result,) = results_of(grid)
    assert json.loads(json.dumps(result)) == result
    assert not any(isinstance(value, torch.Tensor) for value in result["losses"].values())
