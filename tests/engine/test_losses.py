import pytest
import torch

from stylize_engine.losses import (
    aggregated_content_loss,
    content_loss,
    content_variance,
    gram_matrix,
    grid_loss,
    speckle,
    style_loss,
    total_variation_loss,
)


def test_a_gram_matrix_of_known_features_is_what_one_computes_by_hand():
    features = torch.tensor([[[[1.0, 2.0]], [[3.0, -1.0]]]])
    assert gram_matrix(features)[0].tolist() == [[2.5, 0.5], [0.5, 5.0]]


def test_the_divisor_of_a_gram_matrix_makes_it_independent_of_size():
    features = torch.rand(2, 3, 4, 5)
    tiled = features.repeat(1, 1, 3, 2)
    torch.testing.assert_close(gram_matrix(tiled), gram_matrix(features))


def test_a_gram_matrix_forgets_where_things_are():
    features = torch.rand(1, 3, 4, 5)
    shuffled = features.flatten(2)[:, :, torch.randperm(20)].view(1, 3, 4, 5)
    torch.testing.assert_close(gram_matrix(shuffled), gram_matrix(features))


def test_a_gram_matrix_of_bfloat16_features_is_summed_in_float32_also_under_autocast():
    features = torch.full((1, 1, 64, 64), 1.0, dtype=torch.bfloat16)
    features[0, 0, 0, 0] = 3.0  # adds 8 / 4096 to the mean of squares, which bfloat16 would round away
    with torch.autocast("cpu", torch.bfloat16):
        gram = gram_matrix(features)
    assert gram.dtype == torch.float32
    assert gram.item() == pytest.approx(1 + 8 / 4096, abs=1e-6)


@pytest.mark.parametrize("size", [(3, 4), (37, 29)])
def test_a_gram_matrix_of_bfloat16_features_is_closer_than_bfloat16_itself(size):
    features = torch.rand(2, 8, *size, generator=torch.Generator().manual_seed(0)).bfloat16()
    exact = gram_matrix(features.double()).float()
    rounding = torch.finfo(torch.bfloat16).eps / 2
    assert ((gram_matrix(features) - exact).norm() / exact.norm()).item() < rounding


def test_a_gram_matrix_of_float16_features_does_not_overflow():
    assert gram_matrix(torch.full((1, 1, 64, 64), 100.0, dtype=torch.float16)).item() == pytest.approx(10_000)


def test_the_content_loss_is_the_squared_difference_in_units_of_the_targets_variance():
    target = torch.tensor([0.0, 2.0, 0.0, 2.0]).view(1, 1, 2, 2)
    assert content_loss(target, target).item() == 0
    assert content_loss(target + 3, target).item() == pytest.approx(9)
    assert content_loss(torch.full_like(target, 1.0), target).item() == pytest.approx(1)


def test_the_content_loss_does_not_depend_on_the_scale_of_features():
    features, target = torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4)
    torch.testing.assert_close(content_loss(50 * features, 50 * target), content_loss(features, target))


def test_the_content_loss_of_a_batch_is_the_mean_of_its_members():
    features, target = torch.rand(2, 3, 4, 4), torch.rand(2, 3, 4, 4) * torch.tensor([1.0, 9.0]).view(2, 1, 1, 1)
    members = [content_loss(features[i : i + 1], target[i : i + 1]) for i in range(2)]
    torch.testing.assert_close(content_loss(features, target), sum(members) / 2)


def test_the_aggregated_content_loss_counts_every_layer_the_same():
    target = {
        "relu1_1": torch.tensor([0.0, 2.0]).view(1, 1, 1, 2),
        "relu2_1": torch.tensor([0.0, 20.0]).view(1, 1, 1, 2),
    }
    features = {"relu1_1": target["relu1_1"] + 1, "relu2_1": target["relu2_1"] + 20, "relu3_1": torch.zeros(1)}
    variances = {layer: content_variance(found) for layer, found in target.items()}
    assert aggregated_content_loss(features, target, variances).item() == pytest.approx((1 + 4) / 2)


def test_a_constant_target_gives_a_finite_content_loss():
    assert torch.isfinite(content_loss(torch.ones(1, 1, 2, 2), torch.zeros(1, 1, 2, 2)))


def test_the_style_loss_is_zero_at_the_target_and_one_without_any_activation():
    grams = [gram_matrix(torch.rand(1, channels, 5, 5)) for channels in (2, 4)]
    assert style_loss(grams, grams).item() == 0
    assert style_loss([0 * gram for gram in grams], grams).item() == pytest.approx(1)


def test_the_style_loss_is_the_mean_of_relative_squared_distances():
    target = torch.tensor([[[3.0, 0.0], [0.0, 4.0]]])
    off_by_five = target + torch.tensor([[[0.0, 3.0], [4.0, 0.0]]])
    assert style_loss([off_by_five, target], [target, target]).item() == pytest.approx(0.5)


def test_the_style_loss_compares_a_whole_batch_with_one_painting():
    target = gram_matrix(torch.rand(1, 3, 5, 5))
    batch = torch.cat([target, 0 * target])
    assert style_loss([batch], [target]).item() == pytest.approx(0.5)


def test_the_style_loss_refuses_matrices_without_a_target():
    gram = torch.ones(1, 2, 2)
    with pytest.raises(ValueError, match=r"2 Gram matrices .* 1 targets"):
        style_loss([gram, gram], [gram])


def test_the_total_variation_of_a_ramp_is_its_squared_slope():
    ramp = torch.arange(5.0).mul(0.1).expand(1, 3, 4, 5)
    assert total_variation_loss(ramp).item() == pytest.approx(0.01)
    assert total_variation_loss(ramp.transpose(2, 3)).item() == pytest.approx(0.01)
    assert total_variation_loss(torch.full((1, 3, 4, 5), 0.7)).item() == 0


def test_a_checkerboard_has_the_largest_total_variation_there_is():
    rows, columns = torch.meshgrid(torch.arange(6), torch.arange(4), indexing="ij")
    board = ((rows + columns) % 2).float().expand(1, 3, 6, 4)
    assert total_variation_loss(board).item() == 2


@pytest.fixture
def square():
    return torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("period", [4, 8, 12])
def test_a_picture_made_of_one_square_is_all_grid(square, period):
    grid = grid_loss(square.repeat(1, 1, 9, 12), period).item()
    assert grid == pytest.approx(square.var((2, 3), unbiased=False).mean().item())


def test_slopes_and_what_repeats_at_another_distance_are_no_grid(square):
    ramp = torch.linspace(0, 1, 120).expand(1, 3, 120, 120)
    assert grid_loss(ramp + ramp.transpose(2, 3), 4).item() < 1e-9
    assert grid_loss(square[..., :3, :3].repeat(1, 1, 41, 41), 4).item() < 1e-9


def test_a_grid_is_found_beneath_brushwork_of_any_size(square):
    random = torch.Generator().manual_seed(1)
    noise = 0.1 * torch.randn(1, 3, 241, 322, generator=random)
    alone = grid_loss(noise, 4)
    both = grid_loss(noise + square.repeat(1, 1, 61, 81)[..., :241, :322], 4)
    assert alone < 1e-4 < 1e-2 < both


def test_each_place_its_own_square_has_no_grid(square):
    assert grid_loss(square, 1).item() == 0


def test_only_light_that_changes_is_no_speckle(square):
    assert speckle(square.mean(1, keepdim=True).expand(1, 3, 4, 4)).item() < 1e-12


def test_a_picture_of_two_colours_in_turn_is_all_speckle():
    red, green = torch.tensor([1.0, 0, 0]), torch.tensor([0, 1.0, 0])
    stripes = torch.stack([red, green, red, green], 1).view(1, 3, 1, 4).expand(1, 3, 5, 4)
    # Both differ by 0.168736 - 0.331264 in blue and by 0.5 + 0.418688 in red (BT.601).
    assert speckle(stripes).item() == pytest.approx(0.162528**2 + 0.918688**2, rel=1e-4)


def test_each_picture_has_its_own_speckles(square):
    both = speckle(torch.cat([square, torch.full_like(square, 0.3)]))
    assert both.tolist() == [speckle(square).item(), 0]


def test_a_grid_first_measured_in_inference_mode_has_gradients_later():
    noise = torch.rand(1, 3, 37, 53)
    with torch.inference_mode():
        grid_loss(noise, 4)
    grid_loss(noise.requires_grad_(), 4).backward()
    assert noise.grad.abs().sum() > 0


def test_no_loss_changes_its_arguments():
    first, second = torch.rand(1, 3, 4, 4), torch.rand(1, 3, 4, 4)
    before = first.clone(), second.clone()
    content_loss(first, second), total_variation_loss(first), style_loss([gram_matrix(first)], [gram_matrix(second)])
    assert torch.equal(first, before[0])
    assert torch.equal(second, before[1])


@pytest.mark.parametrize("function", [
    lambda x, y: content_loss(x, y),
    lambda x, y: style_loss([gram_matrix(x)], [gram_matrix(y)]),
    lambda x, y: total_variation_loss(x),
    lambda x, y: grid_loss(x, 2),
])  # fmt: skip
def test_the_gradients_are_those_of_finite_differences(function):
    torch.manual_seed(0)
    x, y, direction = (torch.randn(1, 2, 3, 3) for _ in range(3))
    x.requires_grad_()
    (gradient,) = torch.autograd.grad(function(x, y), x)
    with torch.no_grad():
        slope = (function(x + 1e-2 * direction, y) - function(x - 1e-2 * direction, y)) / 2e-2
    torch.testing.assert_close((gradient * direction).sum(), slope, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("batch", [1, 3])
def test_the_gradient_of_a_gram_matrix_is_that_of_finite_differences(batch):
    torch.manual_seed(0)
    features = torch.randn(batch, 4, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(gram_matrix, features)


def test_the_gradient_of_a_gram_matrix_keeps_the_type_and_layout_of_the_features():
    features = torch.randn(2, 4, 8, 8, dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)
    exact, rough = (value.clone().requires_grad_() for value in (features.float(), features))
    for value in (exact, rough):
        gram_matrix(value).square().sum().backward()
    assert rough.grad.dtype == torch.bfloat16
    torch.testing.assert_close(rough.grad.float(), exact.grad, rtol=0.02, atol=0.02)
