"""How quickly each number of a new style is learnt."""

import pytest
import torch

from stylize_engine.config import Architecture
from stylize_engine.training.beginning import SLOWEST, spread
from stylize_engine.transformer_net import TransformerNet


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
