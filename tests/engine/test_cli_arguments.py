"""What is wrong is told by the option that was typed, whatever the configuration calls it."""

import argparse

import pytest

from stylize_engine.cli import _make_parser, main
from tests.engine.conftest import save_picture

STYLIZE = "stylize --content photo.png --style painting.png --output result.png"
TRAIN = "train --dataset photos --output network"
GRID = "grid --content photo.png --style painting.png --output grid"
APPLY = "apply --model model.safetensors --content photo.png --output painted"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, model):
    for seed, name in enumerate(("photo.png", "painting.png", "photos/one.png")):
        save_picture(tmp_path / name, seed)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"{APPLY} --style wave=-1", "--style is -1.0; give a number that is 0 or more."),
        (f"{APPLY} --style wave=0", "--style is empty or all its shares are 0; name at least one style."),
        (
            f"{TRAIN} --style painting.png --samples {' '.join(['photo.png'] * 33)}",
            "--samples names 33 photographs; 32",
        ),
        (f"{TRAIN} --style painting.png --steps 2 --epochs 3", "--epochs and --steps both say how long to train; give"),
        (f"{TRAIN} --style =", "--style: '' needs a name and at least one picture."),
        (
            f"{TRAIN} --base model.safetensors --add-style wave=painting.png --device cpu",
            "--add-style: the base has a style 'wave' already; choose a new name.",
        ),
        (
            f"{TRAIN} --base model.safetensors --add-style a=painting.png --add-style a=photo.png",
            "--add-style: two are called 'a'; name them apart: --add-style NAME=FILE.",
        ),
        (
            f"{TRAIN} --style painting.png --start model.safetensors --upsampling bilinear --device cpu",
            "--style: model.safetensors has a style 'wave'; name it too.",
        ),
        (
            f"{TRAIN} --base model.safetensors --add-style painting.png --edge-kernel 3",
            "--edge-kernel is for a new network and that of --base has its own; leave one of them out.",
        ),
        (
            f"{TRAIN} --base model.safetensors --add-style painting.png --upsampling bilinear",
            "--upsampling is for a new network and that of --base has its own; leave one of them out.",
        ),
        (
            f"{TRAIN} --style painting.png --start model.safetensors --upsampling nearest",
            "--upsampling of a network that is trained further can only become bilinear; leave it out.",
        ),
        (
            f"{TRAIN} --style painting.png --widths 8 --skip",
            "--skip leads past smaller stages; give at least two widths, or leave it out.",
        ),
        (
            f"{TRAIN} --start model.safetensors --style painting.png --widths 8 16",
            "--widths is for a new network and that of --start has its own; leave one of them out.",
        ),
        (
            f"{STYLIZE} --content-weight 0 --style-weight 0",
            "--content-weight and --style-weight are both 0; give at least one of them.",
        ),
        (
            f"{STYLIZE} --tv-weight -1 --image-size 8",
            "--image-size is 8; give a whole number from 32 to 8192. --tv-weight is -1.0; give a number",
        ),
        (f"{GRID} --vary num_steps=0,5", "num_steps is 0; give a whole number from 1 to 20000."),
        (f"{GRID} --vary num_steps=5,6 --set brush=1", "--set names 'brush', which is no setting; there are: "),
        (f"{GRID} --vary num_steps=5,6 --set seed", "--set: 'seed' has no values; write NAME=VALUE."),
        (f"{GRID} --vary num_steps=5,6 --set seed=many", "--set: 'many' is no value for seed; give numbers"),
        ("bench --scale 2", "--scale is 2.0; give a number above 0 and 1 at the most."),
        ("bench --repeats 0", "--repeats is 0; give 1 or more."),
    ],
)
def test_a_refusal_names_the_option_that_was_given(folder, capsys, line, told):
    before = sorted(folder.rglob("*"))
    assert main(line.split()) == 2
    assert capsys.readouterr().err.startswith(told)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "--style is missing; give a picture for each style of the new network."),
        ("--base model.safetensors", "--add-style is missing; give the picture that teaches the base a new style."),
        ("--add-style painting.png", "--base is missing; give the network that learns the style of --add-style."),
        (
            "--base model.safetensors --style painting.png",
            "--add-style is missing; give the picture that teaches the base a new style.",
        ),
        (
            "--style painting.png --add-style photo.png",
            "--style is for a network of its own and --add-style for that of --base; give one of them.",
        ),
    ],
)
def test_a_training_without_its_styles_says_which_option_is_missing(folder, capsys, line, told):
    assert main([*TRAIN.split(), *line.split()]) == 2
    assert capsys.readouterr().err.strip() == told


def test_every_list_that_is_given_in_parts_has_all_of_them():
    (commands,) = (action for action in _make_parser()._actions if action.dest == "==SUPPRESS==" and action.choices)
    lists = [option for command in commands.choices.values() for option in command._actions if option.nargs == "+"]
    assert len(lists) > 15
    for option in lists:
        assert isinstance(option, argparse._AppendAction), option.option_strings
        assert option.default in (None, [], argparse.SUPPRESS), option.option_strings


DISTILL = "distill --photos photos --styles photos --teacher vgg16"
GRID = "grid --vary style_weight=20,200 --output ."


@pytest.mark.parametrize(
    ("line", "path"),
    [
        (f"{DISTILL} --teacher-weights model.safetensors --output model.safetensors", "model.safetensors"),
        (f"{DISTILL} --start model.safetensors --output ./model.safetensors", "model.safetensors"),
        (f"{DISTILL} --start linked.safetensors --output model.safetensors", "model.safetensors"),
        ("features --content photo.png --output photo.png", "photo.png"),
        ("features --content photo.png --extractor-weights painting.png --output painting.png", "painting.png"),
        ("apply --model model.safetensors --content photo.png --output photo.png", "photo.png"),
        (
            "apply --model model.safetensors --content photo.png --refine-steps 2 --painting painting.png "
            "--output painting.png",
            "painting.png",
        ),
        (f"{TRAIN} --style painting.png --output . --extractor-weights model.safetensors", "model.safetensors"),
        (f"{GRID} --content trial_002.png --style painting.png", "trial_002.png"),
        (f"{GRID} --content photo.png --style sheet.jpg", "sheet.jpg"),
    ],
)
def test_no_command_writes_over_what_it_works_with(folder, capsys, line, path):
    (folder / "linked.safetensors").symlink_to("model.safetensors")
    for name in ("trial_002.png", "sheet.jpg"):
        (folder / name).write_bytes((folder / "photo.png").read_bytes())
    before = {file: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    assert main(line.split()) == 2
    assert f"{path} is used for something else too; choose another name." in capsys.readouterr().err
    assert {file: file.read_bytes() for file in folder.iterdir() if file.is_file()} == before


@pytest.mark.parametrize("content", ["[1, 2]", '{"extractor": "vgg16"}', "no JSON"])
def test_a_distillation_leaves_a_file_alone_that_has_its_manifests_name(folder, capsys, content):
    (folder / "slim.json").write_text(content)
    assert main([*DISTILL.split(), "--output", "slim.safetensors"]) == 2
    told = "--output has its manifest in slim.json, which is a file of something else; choose another name.\n"
    assert capsys.readouterr().err == told
    assert (folder / "slim.json").read_text() == content


def test_an_option_that_a_command_does_not_have_leads_to_the_help_of_that_command(capsys):
    wanted = ["--content", "a.jpg", "--style", "b.jpg", "--output", "tries", "--vary", "style_weight=20,200"]
    with pytest.raises(SystemExit) as stopped:
        main(["grid", *wanted, "--nonsense", "3"])
    assert stopped.value.code == 2
    complaint = capsys.readouterr().err
    assert complaint == "Unrecognized arguments: --nonsense 3; see python -m stylize_engine grid --help.\n"
