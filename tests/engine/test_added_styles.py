from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from stylize_engine.config import Architecture
from stylize_engine.errors import ConfigurationError, WeightsNotFoundError
from stylize_engine.networks import load_network, save_network
from stylize_engine.training import train
from stylize_engine.transformer_net import TransformerNet
from tests.engine.training_settings import read, training_config


def run(config):
    return list(train(config, device="cpu"))


def weights(folder):
    return load_file(f"{folder}/model.safetensors")


@pytest.fixture
def config(picture_directories, tmp_path):
    """A network of two styles."""
    return training_config(picture_directories, tmp_path / "out")


@pytest.fixture
def base(config):
    run(config)
    return f"{config.output}/model.safetensors"


@pytest.fixture
def added(config, base, picture_directories, tmp_path):
    style = {"blots": (str(picture_directories[1] / "2.png"),)}
    return replace(config, base=base, styles=style, output=str(tmp_path / "added"), steps=20)


def test_a_style_too_many_for_any_network_is_refused_before_the_lesson(config, picture_directories, tmp_path):
    names = [f"style-{number}" for number in range(64)]
    save_network(tmp_path / "full.safetensors", TransformerNet(config.architecture, 64), names, {})
    one_more = {"blots": (str(picture_directories[1] / "2.png"),)}
    lesson = replace(config, base=str(tmp_path / "full.safetensors"), styles=one_more)
    with pytest.raises(ConfigurationError, match="the network would have 65; 64 are the most"):
        run(lesson)


def test_only_the_new_styles_numbers_change(added, base):
    run(added)
    before, after = load_file(base), weights(added.output)
    assert load_network(f"{added.output}/model.safetensors").style_names == ("dots", "lines", "blots")
    assert torch.equal(after["styles"][:2], before["styles"])
    assert not torch.equal(after["styles"][2], before["styles"].float().mean(0).half())
    assert after["changes"].count_nonzero() > 0
    assert all(torch.equal(after[name], before[name]) for name in before if name != "styles")


def test_a_style_added_to_added_ones_changes_none_of_them(added, picture_directories, tmp_path):
    run(added)
    first = f"{added.output}/model.safetensors"
    style = {"specks": (str(picture_directories[1] / "1.png"),)}
    run(replace(added, base=first, styles=style, output=str(tmp_path / "twice")))
    before, after = weights(added.output), weights(tmp_path / "twice")
    assert (len(after["styles"]), len(after["changes"])) == (4, 2)
    assert torch.equal(after["changes"][0], before["changes"][0])
    names = {"changes", "styles"}
    assert all(torch.equal(after[name], before[name]) for name in before if name not in names)


def test_a_network_with_added_styles_is_trained_further(added, config, tmp_path):
    run(added)
    start = f"{added.output}/model.safetensors"
    further = replace(config, styles=config.styles | added.styles, start=start, output=str(tmp_path / "further"))
    run(further)
    assert not torch.equal(weights(further.output)["changes"], weights(added.output)["changes"])


def test_what_a_style_changes_of_convolutions_stays_its_own_when_others_join_it(added, config, tmp_path):
    run(added)
    (name,) = added.styles
    styles = {name: added.styles[name], **config.styles, "more": added.styles[name]}
    start = f"{added.output}/model.safetensors"
    further = replace(config, styles=styles, start=start, output=str(tmp_path / "further"), learning_rate=1e-9)
    run(further)
    before, after = (load_network(f"{folder}/model.safetensors") for folder in (added.output, further.output))
    assert torch.allclose(after.row(name), before.row(name), atol=1e-3)
    changes = after.network.changes
    assert len(changes) == len(styles)
    assert changes[0].abs().max() > 10 * changes[1:].abs().max()


def test_a_checkpoint_from_before_styles_had_changes_begins_anew(added):
    run(replace(added, steps=4))
    path = Path(added.output, "checkpoint")
    state = torch.load(path, weights_only=True)
    del state["network"]["changes"]
    torch.save(state, path)
    assert run(replace(added, steps=4, resume=True))[0].step == 2


@pytest.mark.parametrize("stop", [4, 16])
def test_an_interrupted_lesson_ends_with_the_same_style_as_one_that_was_not(added, tmp_path, stop):
    run(added)
    parts = replace(added, output=str(tmp_path / "parts"), resume=True)
    training = train(parts, device="cpu")
    while next(training).step < stop:
        pass
    training.close()
    assert run(parts)[0].step == stop + 2
    whole, resumed = weights(added.output), weights(parts.output)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_new_style_comes_nearer_to_its_painting(added):
    first, *_, last = run(replace(added, steps=60, report_every=20))
    assert last.losses["style"] < first.losses["style"]


def test_a_name_the_base_has_is_refused(added):
    with pytest.raises(ConfigurationError, match="has a style 'dots' already"):
        run(replace(added, styles={"dots": added.styles["blots"]}))


def test_a_base_that_is_missing_is_named(config, tmp_path):
    with pytest.raises(WeightsNotFoundError, match=r"There is no network file .*nowhere"):
        run(replace(config, base=str(tmp_path / "nowhere")))


@pytest.mark.parametrize("trained", ["base", "start"])
def test_an_architecture_that_is_not_that_of_the_trained_network_is_refused(added, base, trained):
    other = {"base": None, trained: base, "architecture": Architecture(widths=(8, 16))}
    with pytest.raises(ConfigurationError, match="has another one; leave it out") as caught:
        run(replace(added, **other))
    assert caught.value.field == "architecture"


def test_the_manifest_tells_the_architecture_of_the_base(added):
    run(replace(added, architecture=Architecture(), steps=1))
    assert read(added, "model")["training"]["architecture"]["widths"] == [4, 8]


def test_the_base_file_itself_stays_as_it_is(added, base):
    before = Path(base).read_bytes()
    run(added)
    assert Path(base).read_bytes() == before
