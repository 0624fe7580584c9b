import gc
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from stylize_engine.config import GatysConfig
from stylize_engine.errors import OutOfMemoryError
from stylize_engine.extractors import Extractor, Normalization
from stylize_engine.gatys import memory, optimize, tiled
from stylize_engine.gatys.objective import Objective
from stylize_engine.layers import EXTRACTORS
from stylize_engine.topologies import build_network
from tests.engine.gatys_settings import config as small_config


def pictures(height, width):
    generator = torch.Generator().manual_seed(height * width)
    return (torch.rand(1, 3, height, width, generator=generator) for _ in range(3))


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(tiled, "choose_tile", lambda *arguments: 96)


@pytest.mark.parametrize("plan", ["checkpointed", "tiled"])
@pytest.mark.parametrize("extractor", tuple(EXTRACTORS))
def test_each_plan_gives_the_same_losses_and_gradient(extractor, plan, small_tiles):
    torch.manual_seed(0)
    config = GatysConfig(extractor=extractor, precision="fp32", pyramid_levels=2)
    network = Extractor(build_network(extractor, config.resolved_layers))
    content, style, image = pictures(213, 260)
    image.requires_grad_()
    losses, gradient = Objective(network, content, [style], replace(config, memory_plan="whole")).evaluate(image)
    same, same_gradient = Objective(network, content, [style], replace(config, memory_plan=plan)).evaluate(image)
    assert {name: float(value) for name, value in same.items()} == pytest.approx(
        {name: float(value) for name, value in losses.items()}, rel=1e-5
    )
    assert (same_gradient - gradient).abs().max() < 1e-5 * gradient.abs().max()


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 900), st.integers(1, 900), st.integers(32, 300), st.sampled_from(tuple(EXTRACTORS)))
def test_tiles_cover_every_pixel_once(height, width, edge, extractor):
    shape = memory.footprint(extractor, GatysConfig(extractor=extractor).resolved_layers)
    covered = torch.zeros(height, width)
    for tile in memory.tiles_of((height, width), edge, shape):
        top, left, bottom, right = tile.interior
        covered[top:bottom, left:right] += 1
        assert top % shape.alignment == left % shape.alignment == 0
    assert (covered == 1).all()


def test_less_memory_means_a_smaller_plan_and_then_a_refusal_with_advice(monkeypatch):
    config = GatysConfig(extractor="slim", image_size=2048)
    size = (1536, 2048)
    needs = {plan: memory.estimate_memory(config, size, plan) for plan in memory.PLANS}
    assert needs["whole"] > needs["checkpointed"] > needs["tiled"]
    for plan in memory.PLANS:
        monkeypatch.setattr(memory, "free_memory", lambda device, need=needs[plan]: need / memory.USABLE + 1)
        assert memory.choose_plan(config, size, torch.device("cpu")) == plan
    monkeypatch.setattr(memory, "free_memory", lambda device: needs["tiled"] / memory.USABLE / 2)
    with pytest.raises(OutOfMemoryError, match=r"2048 x 1536 pixels needs about .* choose image_size (\d+) or less"):
        memory.choose_plan(config, size, torch.device("cpu"))


def test_a_plan_asked_for_is_the_one_used(content, style, extractor):
    config = GatysConfig(content_layers=("relu2_1",), style_layers=("relu1_2",), memory_plan="tiled")
    assert Objective(extractor, content, [style], config).memory_plan == "tiled"


@torch.no_grad()
def test_a_painting_larger_than_the_photo_is_measured_in_tiles_where_memory_is_short(extractor, monkeypatch):
    config = replace(small_config(), memory_plan="whole")
    photo, painting = torch.rand(1, 3, 48, 64), torch.rand(1, 3, 300, 400)
    objective, sizes = Objective(extractor, photo, [photo], config), []
    activations = objective.activations

    def noted(part):
        sizes.append(tuple(part.shape[-2:]))
        return activations(part)

    monkeypatch.setattr(objective, "activations", noted)
    at_once = objective.style_statistics(painting)
    monkeypatch.setattr(tiled, "choose_tile", lambda *arguments: 96)
    assert max(sizes) == (308, 408)
    sizes.clear()
    by_tiles = objective.style_statistics(painting)
    assert max(max(size) for size in sizes) < 300
    for one, other in zip(at_once, by_tiles, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-5)


def test_when_memory_runs_out_underway_the_search_goes_on_with_a_smaller_plan(content, style, extractor):
    class Failing(Normalization):
        """Runs out of memory twice while gradients are asked for."""

        failures = 2

        def forward(self, image):
            if torch.is_grad_enabled() and Failing.failures:
                Failing.failures -= 1
                raise MemoryError
            return super().forward(image)

    failing = Extractor(extractor.network)
    failing.normalize = Failing()
    asked = small_config(num_steps=3, scales=1)
    *_, plain = optimize(content, [style], asked, extractor=extractor, device="cpu")
    *_, rescued = optimize(content, [style], asked, extractor=failing, device="cpu")
    assert Failing.failures == 0
    assert torch.allclose(rescued.preview, plain.preview, atol=1e-3)


def bytes_of_tensors():
    """What all tensors there are take, each storage once."""
    tensors = [found for found in gc.get_objects() if issubclass(type(found), torch.Tensor)]
    return sum({tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}.values())


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_search_that_fits_at_its_start_is_not_refused_on_the_way(content, style, extractor, monkeypatch, optimizer):
    asked = small_config(image_size=512, scales=2, num_steps=4, optimizer=optimizer, memory_plan="whole")
    need = memory.estimate_memory(asked, (384, 512), "whole") / memory.USABLE
    # The next scale begins with its photo and painting, and the picture and the moments of the one before.
    carried = 6 * 384 * 512 * memory.BYTES_PER_PICTURE_PIXEL
    installed = bytes_of_tensors() + need + carried
    monkeypatch.setattr(memory, "free_memory", lambda device: installed - bytes_of_tensors())
    *_, last = optimize(content, [style], asked, extractor=extractor, device="cpu")
    assert last.step == 4


def test_the_sizes_that_are_added_for_large_pictures_are_part_of_the_estimate():
    by_itself = GatysConfig(extractor="slim", precision="fp32")
    same, fewer = (replace(by_itself, pyramid_levels=levels) for levels in (4, 3))
    whole = [memory.estimate_memory(config, (1024, 1024), "whole") for config in (by_itself, same, fewer)]
    assert whole[0] == whole[1] > whole[2]


def test_the_content_pictures_features_are_in_memory_once_before_a_search_and_thrice_in_its_estimate(monkeypatch):
    monkeypatch.setattr(tiled, "choose_tile", lambda *arguments: 32)
    held = []

    class Watched(Extractor):
        """Notes what is in memory whenever it is shown a part of a picture."""

        def activations(self, image):
            held.append(bytes_of_tensors())
            return super().activations(image)

    size = (149, 180)
    layers = ("conv1_1", "conv1_2", "conv2_1", "conv2_2")
    few = GatysConfig(extractor="vgg16", precision="fp32", content_layers=layers[:1], style_layers=("relu2_2",))
    many = replace(few, content_layers=layers, memory_plan="tiled")
    extractor = Watched(build_network("vgg16", many.resolved_layers))
    content, style, _ = pictures(*size)
    begun = bytes_of_tensors()
    objective = Objective(extractor, content, [style[..., :64, :64]], many)
    tiles = len(memory.tiles_of(size, 32, objective.tiled.shape))
    took = {layer: features.nbytes for layer, features in objective.content_target.items()}
    assert max(held[:tiles]) - begun < 1.1 * sum(took.values())
    for plan in ("whole", "checkpointed"):
        more = memory.estimate_memory(many, size, plan) - memory.estimate_memory(few, size, plan)
        assert more == pytest.approx(3 * (sum(took.values()) - took[layers[0]]), rel=0.15)


def test_of_large_pictures_tiles_keep_the_content_pictures_features_once():
    layers = ("conv1_1", "conv1_2", "conv2_1", "conv2_2")
    few = GatysConfig(extractor="vgg16", precision="fp32", content_layers=layers[:1], style_layers=("relu2_2",))
    many, features = replace(few, content_layers=layers), memory.footprint("vgg16", (*layers, "relu2_2")).features
    size = (2048, 4096)
    more = memory.estimate_memory(many, size, "tiled") - memory.estimate_memory(few, size, "tiled")
    once = 4 * 2048 * 4096 * sum(features[layer] for layer in layers[1:])
    assert once < more < 1.1 * once


def test_paintings_far_larger_than_the_photo_are_part_of_the_estimate(content, style, extractor, monkeypatch):
    asked = small_config(optimizer="adam", stroke=4.0, image_size=128)
    alone = max(memory.estimate_memory(asked, (96, 128), plan) for plan in memory.PLANS)
    paintings = [(4096, 4096), (1024, 1024)]
    held = 12 * 4096**2 + 12 * 1024**2
    for plan in memory.PLANS:
        assert memory.estimate_memory(asked, (96, 128), plan, paintings=paintings) > 3 * held > alone
    monkeypatch.setattr(memory, "free_memory", lambda device: alone / memory.USABLE)
    with pytest.raises(OutOfMemoryError, match="choose image_size"):
        optimize(content, [style], asked, extractor=extractor, device="cpu")
    *_, last = optimize(content, [style], replace(asked, stroke=1.0), extractor=extractor, device="cpu")
    assert last.step == 6


def test_advice_where_memory_is_short_names_what_reaches_further_and_nothing_else(monkeypatch):
    size = (6144, 8192)
    monkeypatch.setattr(memory, "free_memory", lambda device: 8e9)

    def told(**fields):
        with pytest.raises(OutOfMemoryError) as caught:
            memory.choose_plan(GatysConfig(image_size=8192, precision="fp32", **fields), size, torch.device("cpu"))
        return str(caught.value)

    assert "optimizer adam, with which" in told()
    assert "extractor" not in told()
    assert "smaller extractor" in told(extractor="vgg19")
    assert "adam" not in told(optimizer="adam")
    assert "memory_plan auto" not in told(optimizer="adam")
    assert "memory_plan auto, with which" in told(optimizer="adam", memory_plan="whole")
