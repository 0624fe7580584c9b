import re
import shlex
from pathlib import Path

import pytest

import stylize_engine
from stylize_engine.cli import PROGRAM, _make_parser
from stylize_engine.config import GatysConfig
from tests.engine.conftest import save_picture

README = Path(stylize_engine.__file__).with_name("README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.+?)```", README, re.DOTALL)
COMMANDS = re.findall(rf"^{PROGRAM} (.+)$", README, re.MULTILINE)


def test_the_library_example_runs_as_it_stands_there(tmp_path, monkeypatch, capsys):
    example, _ = EXAMPLES
    small = example.replace("image_size=512, num_steps=150", "image_size=64, num_steps=3")
    assert small != example
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("photo.jpg", "painting.jpg")):
        save_picture(tmp_path / name, seed)
    exec(compile(small, "README.md", "exec"), {})
    assert capsys.readouterr().out.startswith("1 of 3: ")
    assert stylize_engine.load_image("result.png").tensor.shape == (1, 3, 53, 64)


def test_the_example_of_a_fast_network_runs_as_it_stands_there(tmp_path, monkeypatch):
    _, example = EXAMPLES
    small = example.replace("steps=2000", "steps=2, image_size=64, style_size=64, batch_size=1")
    assert small != example
    monkeypatch.chdir(tmp_path)
    for seed, name in enumerate(("photo.jpg", "wave.jpg", "photos/one.jpg", "photos/two.jpg")):
        save_picture(tmp_path / name, seed)
    exec(compile(small, "README.md", "exec"), {})
    assert stylize_engine.load_image("painted.png").tensor.shape == (1, 3, 40, 48)


def test_no_figure_is_left_to_be_filled_in():
    assert "@@" not in README


def test_there_are_commands_to_check():
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_shown_are_understood(command):
    assert callable(_make_parser().parse_args(shlex.split(command)).run)


@pytest.mark.parametrize("field", ["style_weight", "tv_weight", "num_steps"])
def test_the_defaults_shown_are_the_defaults(field):
    (shown,) = re.findall(rf"^\| `{field}` \| (\d+) \|", README, re.MULTILINE)
    assert float(shown) == getattr(GatysConfig, field)


@pytest.mark.parametrize("name", stylize_engine.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(stylize_engine, name).__name__ == name


def test_a_name_that_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = stylize_engine.nonsense
