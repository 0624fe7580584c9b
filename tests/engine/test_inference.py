from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylize_engine import inference
from stylize_engine.config import TEXTBOOK, ApplyConfig, Architecture
from stylize_engine.errors import ConfigurationError, OutOfMemoryError
from stylize_engine.grain import GRAIN
from stylize_engine.inference import apply_in_steps, apply_network, strips, style_row
from stylize_engine.margins import MARGIN
from stylize_engine.networks import LoadedNetwork
from stylize_engine.transformer_net import TransformerNet

ARCHITECTURES = [
    Architecture(fold=2, widths=(4, 8), blocks=2),
    Architecture(fold=1, widths=(4, 6, 8), blocks=1, edge_kernel=9),
    Architecture(fold=1, widths=(4, 6, 8), blocks=1, upsampling="bilinear", skip=True),
    Architecture(fold=2, widths=(4, 8), blocks=1, edge_kernel=5, skip=True),
    Architecture(fold=3, widths=(6,), blocks=1, edge_kernel=5),
]


def load(architecture=ARCHITECTURES[0]):
    torch.manual_seed(3)
    network = TransformerNet(architecture, 2, changed=1)
    with torch.no_grad():
        network.styles.add_(0.2 * torch.randn_like(network.styles))
        network.changes.add_(0.05 * torch.randn_like(network.changes))
        if network.skip is not None:
            network.skip.weight.add_(0.2 * torch.randn_like(network.skip.weight))
    return LoadedNetwork(network.eval().requires_grad_(False), ("wave", "scream"), {})


def photo(height=60, width=84, count=1):
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(height))


WAVE = ApplyConfig({"wave": 1}, precision="fp32")


def in_strips(loaded, image, row, **how):
    return list(inference.paint_in_strips(loaded.network, image, row, precision=torch.float32, **how))[-1]


def apply(loaded, image, config):
    return apply_network(loaded, image, config, device="cpu")


def test_at_strength_zero_the_photo_comes_back():
    assert torch.equal(apply(load(), photo(), replace(WAVE, strength=0.0)), photo())


def test_strength_and_shares_move_the_row_between_styles_and_photo():
    loaded = load()
    network = loaded.network
    blended = style_row(loaded, ApplyConfig({"wave": 3, "scream": 1}))
    assert torch.allclose(blended[: network.row_length], 0.75 * network.styles[0] + 0.25 * network.styles[1])
    assert torch.allclose(blended[network.row_length :], 0.25 * network.changes[0])
    half = style_row(loaded, replace(WAVE, strength=0.5))
    assert torch.allclose(half, (network.styles[0] + network.identity) / 2)


@pytest.mark.parametrize("shares", [{"wave": 1e39, "scream": 1e39}, {"wave": 1e-50, "scream": 1e-50}])
def test_shares_of_any_size_blend(shares):
    loaded = load()
    assert torch.allclose(
        style_row(loaded, ApplyConfig(shares)), style_row(loaded, ApplyConfig({"wave": 1, "scream": 1}))
    )


def test_more_strength_goes_further_from_the_photo():
    distances = [
        (apply(load(), photo(), replace(WAVE, strength=strength)) - photo()).abs().mean() for strength in (0.25, 1.0)
    ]
    assert 0 < distances[0] < distances[1]


@pytest.mark.parametrize("tile_size", [None, 128])
def test_the_result_is_the_callers_to_write_to_and_to_take_gradients_of(tile_size):
    painted = apply(load(), photo(150, 84), replace(WAVE, tile_size=tile_size))
    painted.mul_(0.5)
    painted.requires_grad_().square().sum().backward()
    torch.testing.assert_close(painted.grad, 2 * painted)


def test_a_network_goes_to_another_device_as_a_copy():
    loaded = load()
    elsewhere = loaded.on(torch.device("meta"))
    assert elsewhere.network.styles.is_meta
    assert loaded.network.styles.device == torch.device("cpu")
    assert loaded.on(torch.device("cpu")) is loaded


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_painting_on_a_gpu_leaves_the_network_and_the_photo_where_they_are():
    loaded, image = load(), photo()
    painted = apply_network(loaded, image, WAVE, device="cuda")
    assert painted.is_cuda
    assert not painted.is_inference()
    assert {tensor.device.type for tensor in (image, *loaded.network.state_dict().values())} == {"cpu"}


def test_a_style_it_does_not_have_is_refused():
    with pytest.raises(ConfigurationError, match="style 'kiss' is not in this network"):
        apply(load(), photo(), ApplyConfig({"kiss": 1}))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(20, 150), st.integers(20, 150), st.sampled_from([4, 28, 128, 130, 400]), st.sampled_from(ARCHITECTURES),
    st.sampled_from(["wave", "scream"]), st.sampled_from([0, 5, 32]),
)  # fmt: skip
def test_a_picture_painted_in_strips_has_no_seams(height, width, strip, architecture, style, margin):
    loaded, image = load(architecture), photo(height, width)
    row = loaded.row(style)
    whole = loaded.network(image, row, 0.01, margin)
    with pytest.MonkeyPatch.context() as patch:  # in half precision rounding would hide a faint one
        patch.setattr(strips, "STORAGE", torch.float32)
        painted = in_strips(loaded, image, row, grain=0.01, margin=margin, strip=strip // 4)
    torch.testing.assert_close(painted, whole, atol=1e-3, rtol=0)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_half_precision_between_the_layers_of_strips_is_not_seen(architecture):
    loaded, image = load(architecture), photo(132, 69)
    row = loaded.row("wave")
    whole = loaded.network(image, row, 0.01, 32)
    painted = in_strips(loaded, image, row, grain=0.01, margin=32, strip=32)
    assert 0 < (painted - whole).abs().mean() <= 0.25 / 255


def test_a_picture_smaller_than_the_kernels_is_painted_in_strips_too():
    loaded = load(Architecture(fold=2, widths=(4, 8), blocks=1, edge_kernel=9))
    image, row = photo(8, 9), loaded.row("wave")
    for margin in (0, 32):
        painted = in_strips(loaded, image, row, grain=0.0, margin=margin, strip=4)
        torch.testing.assert_close(painted, loaded.network(image, row, 0.0, margin), atol=2 / 255, rtol=0)


def test_strips_are_computed_as_precisely_as_a_whole_picture():
    def painted(precision, tile_size):
        return apply(load(), photo(200, 150), replace(WAVE, precision=precision, tile_size=tile_size))

    def distance(one, other):
        return (one - other).abs().mean()

    whole_in_half, whole_in_single = painted("bf16", None), painted("fp32", None)
    in_half, in_single = painted("bf16", 128), painted("fp32", 128)
    assert distance(in_half, whole_in_half) < distance(in_single, whole_in_half)
    assert distance(in_single, whole_in_single) < distance(in_half, whole_in_single) / 10


def test_strips_show_their_progress_and_can_be_left():
    steps = apply_in_steps(load(), photo(200, 150), replace(WAVE, tile_size=128), device="cpu")
    first = next(steps)
    assert first.preview is None
    assert 0 < first.fraction < 1
    steps.close()
    *earlier, last = apply_in_steps(load(), photo(200, 150), replace(WAVE, tile_size=128), device="cpu")
    fractions = [progress.fraction for progress in earlier]
    assert fractions == sorted(fractions)
    assert last.fraction == 1
    assert last.preview.shape == (1, 3, 200, 150)


def test_a_picture_that_would_take_too_much_memory_is_painted_in_strips(monkeypatch):
    monkeypatch.setattr(inference, "WHOLE_LIMIT", 1000)
    monkeypatch.setattr(inference, "STRIP", 24)
    steps = list(apply_in_steps(load(), photo(), WAVE, device="cpu"))
    assert len(steps) > 1
    whole = load().network(photo(), load().network.styles[0], GRAIN, MARGIN).clamp(0, 1)
    assert torch.allclose(steps[-1].preview, whole, atol=2 / 255)


def test_pictures_that_do_not_fit_together_are_painted_in_parts_and_whole(monkeypatch):
    photos, need = photo(count=3), inference._need(load().network.architecture, (60, 84))
    monkeypatch.setattr(inference, "WHOLE_LIMIT", 2.5 * need)
    (last,) = apply_in_steps(load(), photos, WAVE, device="cpu")
    alone = [apply(load(), one, WAVE) for one in photos.split(1)]
    assert torch.allclose(last.preview, torch.cat(alone), atol=1e-5)


def test_how_much_memory_a_picture_takes_is_a_matter_of_the_networks_width(monkeypatch):
    mirrored = (60 + 2 * 59) * (84 + 2 * MARGIN)
    monkeypatch.setattr(inference, "WHOLE_LIMIT", 300 * mirrored)
    for architecture, in_strips in ((Architecture(), False), (TEXTBOOK, True)):
        steps = list(apply_in_steps(load(architecture), photo(), WAVE, device="cpu"))
        assert (len(steps) > 1) == in_strips


@pytest.mark.parametrize("stroke", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("color", ["none", "luminance", "histogram"])
def test_any_look_keeps_size_and_range(stroke, color):
    painted = apply(load(), photo(61, 83, count=2), replace(WAVE, stroke=stroke, preserve_color=color))
    assert painted.shape == (2, 3, 61, 83)
    assert 0 <= painted.min() <= painted.max() <= 1


def test_half_precision_is_near_single_and_shows_no_bands():
    fine, coarse = (apply(load(), photo(), replace(WAVE, precision=precision)) for precision in ("fp32", "bf16"))
    assert (fine - coarse).abs().mean() < 0.02
    assert coarse.dtype == torch.float32
    assert not torch.equal(coarse.bfloat16().float(), coarse), "the last layer has more steps than bfloat16"


def test_the_result_has_the_size_asked_for():
    assert apply(load(), photo(), replace(WAVE, image_size=168)).shape == (1, 3, 120, 168)


def test_the_photos_colours_stay_on_request():
    def distance(color):
        painted = apply(load(), photo(), replace(WAVE, preserve_color=color))
        return (painted.mean((2, 3)) - photo().mean((2, 3))).abs().max()

    assert distance("histogram") < min(0.02, distance("none"))


def test_too_little_memory_is_named(monkeypatch):
    loaded = load()

    def greedy(*_):
        raise MemoryError

    monkeypatch.setattr(loaded.network, "forward", greedy)
    with pytest.raises(OutOfMemoryError, match="choose a smaller tile_size or image_size"):
        apply(loaded, photo(), WAVE)


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"styles": {}}, "name at least one style"),
        ({"styles": {"wave": 0}}, "all its shares are 0"),
        ({"styles": {"wave": -1}}, "0 or more"),
        ({"strength": 1.5}, "strength is 1.5; give a number from 0 to 1"),
        ({"stroke": 9}, "stroke is 9"),
        ({"preserve_color": "some"}, "preserve_color is 'some'"),
    ],
)
def test_settings_that_make_no_sense_are_refused(fields, complaint):
    with pytest.raises(ConfigurationError, match=complaint):
        ApplyConfig(**{"styles": {"wave": 1}} | fields)


def test_a_configuration_survives_json():
    config = ApplyConfig({"wave": 2, "scream": 1}, strength=0.5, image_size=640)
    assert ApplyConfig(**config.to_dict()) == config
