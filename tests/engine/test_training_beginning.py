"""What a training makes of a trained network: how it enlarges, and how quickly each number of a new style is learnt."""

import json
from dataclasses import asdict, replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from stylize_engine.config import CHANGEABLE, Architecture, described_as_before
from stylize_engine.errors import ConfigurationError
from stylize_engine.networks import load_network, save_network
from stylize_engine.training.beginning import SLOWEST, begin_network, spread
from stylize_engine.training.distributed import World
from stylize_engine.training.state import Training
from stylize_engine.transformer_net import TransformerNet
from tests.engine.training_settings import TINY, training_config

CPU = torch.device("cpu")
BILINEAR, SKIPPING = {"upsampling": "bilinear"}, {"skip": True}


@pytest.fixture
def network():
    """Of two styles that are the same."""
    network = TransformerNet(Architecture(fold=2, widths=(4, 8), blocks=1), 2)
    return network.requires_grad_(False)


def test_numbers_move_as_far_as_they_differ_between_the_styles_of_the_base(network):
    scales, shifts = network.styles[1].split(network.row_parts)[:2]
    scales += torch.tensor([3.0, -3.0, 3.0, 3.0])
    shifts += torch.tensor([1.0, 1.0, -1.0, 1.0])
    first, second, *others = spread(network, 2).split(network.row_parts)
    assert torch.allclose(first / second, torch.full((4,), 3.0))
    assert all(torch.all(part == SLOWEST) for part in others)


def test_numbers_of_one_part_move_alike_and_all_of_them_by_1_on_average(network):
    network.styles[1] += torch.rand(network.row_length, generator=torch.Generator().manual_seed(0))
    found = spread(network, 2)
    assert all(len(part.unique()) == 1 for part in found.split(network.row_parts))
    assert float(found.mean()) == pytest.approx(1)


def test_styles_after_those_of_the_base_do_not_count(network):
    network.styles[1] += 1.0
    assert torch.equal(spread(network, 1), torch.ones(network.row_length))


def test_where_all_styles_are_the_same_all_numbers_move_alike(network):
    assert torch.equal(spread(network, 2), torch.ones(network.row_length))


@pytest.fixture
def earlier(tmp_path):
    """A network file from before files said how their network enlarges and that it skips nothing."""
    path = tmp_path / "earlier.safetensors"
    save_network(path, TransformerNet(TINY, 2), ["dots", "lines"], {})
    described = {name: value for name, value in asdict(TINY).items() if name not in CHANGEABLE}
    manifest = json.dumps({"architecture": described, "styles": ["dots", "lines"]})
    save_file(load_file(path), path, metadata={"manifest": manifest})
    return str(path)


def test_a_network_of_earlier_days_paints_as_it_was_trained(earlier):
    assert load_network(earlier).network.architecture == TINY
    assert (TINY.upsampling, TINY.skip) == ("nearest", False)


@pytest.mark.parametrize("asked", [Architecture(), TINY])
def test_a_network_that_is_trained_further_keeps_its_shape(earlier, picture_directories, tmp_path, asked):
    config = training_config(picture_directories, tmp_path / "out", start=earlier, architecture=asked)
    assert begin_network(config, CPU)[0].network.architecture == TINY


@pytest.mark.parametrize("shape", [Architecture(), TINY])
@pytest.mark.parametrize("changed", [BILINEAR, SKIPPING, BILINEAR | SKIPPING])
def test_a_network_that_is_trained_further_may_be_asked_to_enlarge_otherwise_and_to_skip_the_small_stages(
    earlier, picture_directories, tmp_path, shape, changed
):
    asked = replace(shape, **changed)
    config = training_config(picture_directories, tmp_path / "out", start=earlier, architecture=asked)
    begun = begin_network(config, CPU)[0].network
    assert begun.architecture == replace(TINY, **changed)
    before = load_network(earlier).network.state_dict()
    assert all(torch.equal(begun.state_dict()[name], tensor) for name, tensor in before.items())
    assert begun.skip is None or not begun.skip.weight.any()


def test_a_skip_that_was_asked_for_once_is_there_from_then_on(earlier, picture_directories, tmp_path):
    path, shape = tmp_path / "skipping.safetensors", replace(TINY, upsampling="bilinear", skip=True)
    network = TransformerNet(shape, 2).requires_grad_(False)
    network.skip.weight.fill_(0.5)
    save_network(path, network, ["dots", "lines"], {})
    for asked in (Architecture(), Architecture(skip=True), shape):
        config = training_config(picture_directories, tmp_path / "out", start=str(path), architecture=asked)
        begun = begin_network(config, CPU)[0].network
        assert begun.architecture == shape
        assert torch.equal(begun.skip.weight, network.skip.weight)


def test_a_skip_is_trained_from_the_first_step_on(earlier, picture_directories, tmp_path):
    config = training_config(picture_directories, tmp_path / "out", start=earlier, architecture=Architecture(skip=True))
    training = Training(config, CPU, World())
    training.advance()
    assert training.loaded.network.skip.weight.abs().sum() > 0


@pytest.mark.parametrize("changed", [BILINEAR, SKIPPING])
def test_a_base_keeps_its_shape(earlier, picture_directories, tmp_path, changed):
    blots = {"blots": (str(picture_directories[1] / "2.png"),)}
    asked = replace(TINY, **changed)
    config = training_config(picture_directories, tmp_path / "out", base=earlier, styles=blots, architecture=asked)
    with pytest.raises(ConfigurationError, match="leave it out"):
        begin_network(config, CPU)


def test_what_earlier_versions_have_begun_is_told_by_the_names_that_they_had(picture_directories, tmp_path):
    settings = training_config(picture_directories, tmp_path / "out").to_dict()
    shape = {"fold": 2, "widths": [4, 8], "blocks": 1, "edge_kernel": 3, "bound": 8.0}
    assert described_as_before(settings)["architecture"] == shape
    settings["architecture"] |= BILINEAR | SKIPPING
    assert described_as_before(settings)["architecture"] == shape | BILINEAR | SKIPPING
    assert described_as_before({"steps": 3}) == {"steps": 3}
