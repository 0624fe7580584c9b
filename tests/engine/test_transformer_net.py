import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import conv2d, instance_norm, interpolate, pad
from torch.utils._python_dispatch import TorchDispatchMode

from stylize_engine.config import TEXTBOOK, UPSAMPLINGS, Architecture
from stylize_engine.convolutions import depth_to_space, unfolded_kernel
from stylize_engine.stages import stages_of
from stylize_engine.transformer_net import (
    TransformerNet,
    activated,
    blend,
    conditional_instance_norm,
    weakened,
)

TINY = Architecture(fold=2, widths=(4, 8), blocks=1)
SKIPPING = Architecture(fold=2, widths=(4, 6, 8), blocks=1, upsampling="bilinear", skip=True)
SHAPES = [
    TINY,
    Architecture(fold=1, widths=(4,), blocks=1),
    Architecture(fold=1, widths=(4,), blocks=1, edge_kernel=9),
    Architecture(fold=2, widths=(4, 8), blocks=1, edge_kernel=9),
    SKIPPING,
    Architecture(fold=4, widths=(4,), blocks=1, edge_kernel=7),
]


def network(architecture=TINY, styles=2, changed=0):
    torch.manual_seed(0)
    net = TransformerNet(architecture, styles, changed).eval()
    with torch.no_grad():
        net.styles.add_(0.3 * torch.randn_like(net.styles))
        net.changes.add_(0.1 * torch.randn_like(net.changes))
        if net.skip is not None:
            net.skip.weight.normal_(0, 0.2)
    return net.requires_grad_(False)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(SHAPES))
def test_a_picture_of_any_size_keeps_it(height, width, architecture):
    net = network(architecture)
    assert net(torch.rand(1, 3, height, width), net.styles[0]).shape == (1, 3, height, width)


@pytest.mark.parametrize("architecture", [TINY, SKIPPING, Architecture(), TEXTBOOK])
def test_the_identity_row_gives_the_photo_back_exactly(architecture):
    net, photo = network(architecture), torch.rand(2, 3, 33, 47)
    assert torch.equal(net(photo, net.identity), photo)


@pytest.mark.parametrize("architecture", [TINY, SKIPPING])
def test_a_batch_with_a_row_each_is_painted_like_its_pictures_alone(architecture):
    net, photos = network(architecture), torch.rand(2, 3, 40, 32)
    together = net(photos, net.styles)
    for index in range(2):
        alone = net(photos[index : index + 1], net.styles[index])
        assert torch.allclose(together[index : index + 1], alone, atol=1e-4)


@pytest.mark.parametrize(
    "architecture", [TINY, SKIPPING, Architecture(fold=1, widths=(6,), blocks=1, edge_kernel=5), TEXTBOOK]
)
def test_a_row_with_changes_paints_like_a_network_of_those_weights(architecture):
    net, photos = network(architecture, changed=1), torch.rand(2, 3, 40, 32)
    row = net.row(1)
    other = network(architecture, changed=1)
    last, painter = row[net.row_length :].split([net.convolutions[-1].weight.numel(), net.painter.weight.numel()])
    other.convolutions[-1].weight.add_(last.view_as(net.convolutions[-1].weight))
    other.painter.weight.add_(painter.view_as(net.painter.weight))
    assert torch.allclose(net(photos, row), other(photos, net.styles[1]), atol=1e-4)
    assert not torch.allclose(net(photos, row), net(photos, net.styles[1]), atol=1e-2)


@pytest.mark.parametrize("architecture", [TINY, SKIPPING])
def test_styles_with_and_without_changes_stand_in_one_batch(architecture):
    net, photos = network(architecture, changed=1), torch.rand(2, 3, 40, 32)
    together = net(photos, net.rows(torch.tensor([0, 1])))
    for index in range(2):
        alone = net(photos[index : index + 1], net.row(index))
        assert torch.allclose(together[index : index + 1], alone, atol=1e-4)
    assert len(net.row(0)) == net.row_length


def test_changes_are_blended_and_weakened_like_all_of_a_row():
    net = network(changed=1)
    mean = blend([net.row(0), net.row(1)], [1, 3])
    assert torch.allclose(mean[: net.row_length], 0.25 * net.styles[0] + 0.75 * net.styles[1])
    assert torch.allclose(mean[net.row_length :], 0.75 * net.changes[0])
    half = weakened(net.row(1), net.identity, 0.5)
    assert torch.allclose(half[net.row_length :], net.changes[0] / 2)
    photo = torch.rand(1, 3, 33, 47)
    assert torch.equal(net(photo, weakened(net.row(1), net.identity, 0.0)), photo)


@pytest.mark.parametrize("batch", [1, 3])
def test_conditional_instance_normalisation_is_that_of_the_paper(batch):
    x = torch.randn(batch, 5, 9, 7).contiguous(memory_format=torch.channels_last) * 3 + 1
    scale, shift = torch.randn(batch, 5), torch.randn(batch, 5)
    expected = instance_norm(x) * scale[..., None, None] + shift[..., None, None]
    assert torch.allclose(conditional_instance_norm(x, scale, shift), expected, atol=1e-4)


@pytest.mark.parametrize("batch", [1, 3])
def test_normalising_is_as_precise_as_half_precision_where_activations_lie_far_from_zero(batch):
    x = (torch.randn(batch, 5, 32, 32) + 30).bfloat16().contiguous(memory_format=torch.channels_last)
    made = conditional_instance_norm(x, torch.ones(1, 5), torch.zeros(1, 5))
    assert made.dtype == torch.bfloat16
    assert made.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(made.float(), instance_norm(x.float()), rtol=0.005, atol=0.001)


def test_gradients_of_a_batch_of_one_and_of_more_agree():
    x, scale, shift = (torch.randn(1, 4, 6, 5), torch.randn(1, 4), torch.randn(1, 4))
    weights = torch.randn(1, 4, 6, 5)
    gradients = []
    for copies in (1, 2):
        inputs = [value.clone().requires_grad_() for value in (x, scale, shift)]
        repeated = [value.expand(copies, *value.shape[1:]) for value in inputs]
        (conditional_instance_norm(*repeated) * weights).sum().div(copies).backward()
        gradients.append([value.grad for value in inputs])
    for one, two in zip(*gradients, strict=True):
        assert torch.allclose(one, two, atol=1e-4)


class OtherDevicesRefused(TorchDispatchMode):
    """Notices tensors that are made where the weights are not: a GPU's would have to be copied there in each step."""

    def __torch_dispatch__(self, operator, types, args=(), kwargs=None):
        made = operator(*args, **(kwargs or {}))
        assert made.device.type == "meta", f"{operator} is computed elsewhere"
        return made


def test_a_kernel_is_unfolded_where_its_weights_are():
    weight = torch.rand(3, 5, 9, 9, device="meta")
    with OtherDevicesRefused():
        assert unfolded_kernel(weight, 2).shape == (12, 5, 5, 5)


@pytest.mark.parametrize("architecture", [*SHAPES, Architecture(), TEXTBOOK])
def test_what_is_as_bright_everywhere_does_not_matter_to_the_convolutions(architecture):
    net = network(architecture)
    noise = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(1))
    photos = noise, noise + torch.tensor([0.5, -1.0, 2.0]).view(1, 3, 1, 1)
    plain, brighter = (
        net.hidden(nn.functional.pixel_unshuffle(one, architecture.fold), net.styles[0]) for one in photos
    )
    torch.testing.assert_close(brighter, plain, atol=1e-3, rtol=0)


@settings(max_examples=30, deadline=None)
@given(
    st.integers(1, 4), st.sampled_from([1, 3, 5, 7]), st.integers(4, 9), st.integers(4, 9),
    st.sampled_from(["nearest", "bilinear"]),
)  # fmt: skip
def test_an_unfolded_kernel_paints_what_the_large_one_would_at_full_size(fold, size, height, width, upsampling):
    torch.manual_seed(height * width)
    weight, x = torch.randn(2, 4, size, size), torch.randn(1, 4, height, width)
    kernel = unfolded_kernel(weight, fold, upsampling)
    around = kernel.shape[-1] // 2
    framed = pad(x, (around,) * 4, mode="replicate")
    expected = conv2d(interpolate(framed, scale_factor=fold, mode=upsampling), weight, padding=size // 2)
    inner = slice(around * fold, -around * fold or None)
    found = depth_to_space(conv2d(framed, kernel), fold)
    assert torch.allclose(found, expected[..., inner, inner], atol=1e-3)


@pytest.mark.parametrize("fold", [1, 2, 3])
def test_depth_to_space_is_the_pixel_shuffle(fold):
    x = torch.randn(2, 4 * fold**2, 5, 3)
    assert torch.equal(depth_to_space(x, fold), nn.functional.pixel_shuffle(x, fold))


def test_a_flat_area_is_painted_without_a_grid():
    net = network(Architecture(fold=2, widths=(4, 8), blocks=1))
    painted = net(torch.full((1, 3, 64, 64), 0.6), net.styles[0])[..., 24:40, 24:40]
    assert torch.allclose(painted, painted[..., :1, :1].expand_as(painted), atol=1e-4)


def test_one_extreme_place_cannot_set_the_measure_for_all_others():
    photo = torch.full((1, 3, 64, 64), 0.5)
    photo[..., 30:34, 30:34] = 1e4
    for bound, within in ((4.0, True), (None, False)):
        net = network(Architecture(fold=2, widths=(4, 8), blocks=1, bound=bound))
        folded = nn.functional.pixel_unshuffle(photo, 2)
        assert (net.hidden(folded, net.styles[0]).amax() <= 4) == within


@pytest.mark.parametrize("upsampling", UPSAMPLINGS)
def test_detail_takes_the_skip_where_nothing_else_lets_it_through(upsampling):
    net = network(Architecture(fold=2, widths=(4, 8), blocks=1, upsampling=upsampling, skip=True))
    net.convolutions[-1].weight.zero_()
    net.skip.weight.zero_()
    folded = torch.rand(1, 12, 32, 32, generator=torch.Generator().manual_seed(1))
    assert net.hidden(folded, net.styles[0]).std((-1, -2)).amax() < 1e-6
    net.skip.weight.copy_(torch.eye(4)[..., None, None].expand(4, 4, 3, 3))
    assert net.hidden(folded, net.styles[0]).std((-1, -2)).amin() > 0.1


def test_a_blend_is_the_weighted_mean_of_rows():
    rows = torch.tensor([[0.0, 4.0], [8.0, 0.0]])
    assert torch.allclose(blend(rows, [3, 1]), torch.tensor([2.0, 3.0]))


def test_the_textbook_network_has_the_layers_of_the_paper():
    stages = stages_of(TEXTBOOK)
    assert [(stage.outputs, stage.stride) for stage in stages[:3]] == [(32, 1), (64, 2), (128, 2)]
    assert sum(stage.opens_block for stage in stages) == 5
    assert [stage.outputs for stage in stages if stage.upsampling] == [64, 32]
    assert TransformerNet(TEXTBOOK, 1).painter.weight.shape == (3, 32, 9, 9)


def test_residual_blocks_add_nothing_before_training():
    net = TransformerNet(Architecture(fold=2, widths=(4, 8), blocks=2), 1).requires_grad_(False)
    image = torch.rand(1, 3, 32, 32)
    before = net(image, net.styles[0])
    for stage, convolution in zip(net.stages, net.convolutions, strict=True):
        if stage.opens_block or stage.closes_block:
            convolution.weight.normal_()
    assert torch.equal(net(image, net.styles[0]), before)


@pytest.mark.parametrize(("stage", "bound", "lowest"), [(0, 2.0, 0.0), (2, 2.0, -2.0), (0, None, 0.0), (2, None, None)])
def test_a_stage_is_cut_off_at_zero_and_at_its_bounds_and_so_is_its_gradient(stage, bound, lowest):
    stage = [stages_of(TINY)[0], *stages_of(TINY)[2:4]][stage]
    given = torch.linspace(-3, 3, 25).requires_grad_()
    made = activated(given.clone(), stage, bound)
    made.sum().backward()
    within = (given > (-9 if lowest is None else lowest)) & (given < (bound or 9))
    assert torch.equal(made, given if lowest is None else given.clamp(lowest, bound))
    assert torch.equal(given.grad, within.float())
