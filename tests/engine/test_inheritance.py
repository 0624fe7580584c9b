import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from stylize_engine.inheritance import explaining_channels, factors, fit_convolution, least_squares


def split(rank, width=8):
    return nn.Sequential(nn.Conv2d(4, rank, 3, padding=1, bias=False), nn.Conv2d(rank, width, 1))


@pytest.fixture
def received():
    return torch.randn(3, 4, 24, 24, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def wanted(received):
    """What a convolution of rank 3 makes of it, eight channels."""
    generator = torch.Generator().manual_seed(1)
    narrow, wide = torch.randn(3, 4, 3, 3, generator=generator), torch.randn(8, 3, 1, 1, generator=generator)
    return conv2d(conv2d(received, narrow, padding=1), wide, torch.randn(8, generator=generator))


def missed(convolution, received, wanted):
    """The error of channels brought to a mean of 1, relative to their spread, in the order in which they were kept."""
    with torch.no_grad():
        aim = wanted[:, explaining_channels(wanted.relu().transpose(0, 1).flatten(1).T, wanted.shape[1])]
        aim = aim / aim.relu().mean((0, 2, 3), keepdim=True)
        return ((convolution(received) - aim).square().mean() / aim.var()).sqrt().item()


@pytest.mark.parametrize("convolution", [nn.Conv2d(4, 8, 3, padding=1), split(3), split(6)], ids=["one", "3", "6"])
def test_a_convolution_that_can_be_what_is_wanted_becomes_it(convolution, received, wanted):
    fit_convolution(convolution, received, wanted)
    assert missed(convolution, received, wanted) < 0.02


def test_a_convolution_of_too_low_a_rank_comes_as_near_as_it_can(received, wanted):
    errors = []
    for rank in (1, 2, 3):
        convolution = split(rank)
        fit_convolution(convolution, received, wanted)
        errors.append(missed(convolution, received, wanted))
    assert 1 > errors[0] > errors[1] > 0.1 > errors[2]


def test_what_a_narrow_half_passes_on_has_one_spread(received, wanted):
    convolution = split(3)
    fit_convolution(convolution, received, wanted)
    with torch.no_grad():
        spread = convolution[0](received).std((0, 2, 3))
    torch.testing.assert_close(spread, torch.ones(3), rtol=0.05, atol=0)


def test_factors_are_those_of_the_nearest_matrix_of_their_rank_on_the_samples():
    generator = torch.Generator().manual_seed(0)
    samples = torch.randn(400, 6, generator=generator) * torch.tensor([9.0, 5.0, 3.0, 1.0, 0.5, 0.1])
    weight = torch.randn(5, 6, generator=generator)
    narrow, wide = factors(weight, samples, 2)
    error = (samples @ (wide @ narrow).T - samples @ weight.T).norm()
    values = torch.linalg.svdvals(samples @ weight.T)
    torch.testing.assert_close(error, values[2:].norm(), rtol=1e-3, atol=0)


def test_the_channels_kept_are_those_that_the_others_follow_from():
    columns = torch.linalg.qr(torch.randn(500, 5, generator=torch.Generator().manual_seed(0))).Q
    sources, noise = columns[:, :3] * torch.tensor([3.0, 2.0, 1.0]), columns[:, 3:]
    followers = 0.1 * sources[:, :2] @ torch.tensor([[1.0, 0.5], [0.5, -1.0]]) + 0.1 * noise
    assert explaining_channels(torch.cat([followers, sources], 1), 3).tolist() == [2, 3, 4]


def test_least_squares_finds_the_matrix_that_made_the_targets():
    matrix = torch.tensor([[1.0, -2.0], [0.5, 0.0], [3.0, 1.0]])
    samples = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(least_squares(samples, samples @ matrix.T, ridge=1e-7), matrix, rtol=1e-4, atol=1e-4)
