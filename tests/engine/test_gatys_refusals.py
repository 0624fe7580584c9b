"""What `optimize` refuses and how it fails."""

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from stylize_engine.errors import (
    ConfigurationError,
    DivergenceError,
    ImageTooSmallError,
    OutOfMemoryError,
    WeightsNotFoundError,
)
from stylize_engine.extractors import Extractor
from stylize_engine.gatys import optimize
from stylize_engine.topologies import build_network
from tests.engine.gatys_settings import config


def test_a_network_is_built_from_a_weights_file(tmp_path, content, style):
    torch.manual_seed(2)
    save_file(build_network("vgg16", ("relu2_1",)).state_dict(), tmp_path / "vgg16.safetensors")
    settings = config(extractor="vgg16", num_steps=2)
    *_, last = optimize(content, [style], settings, weights_path=tmp_path / "vgg16.safetensors", device="cpu")
    assert last.step == 2


def test_missing_weights_are_named_before_the_first_step(tmp_path, content, style):
    with pytest.raises(WeightsNotFoundError, match=r"nowhere\.safetensors"):
        optimize(content, [style], config(), weights_path=tmp_path / "nowhere.safetensors")


def test_no_larger_size_is_advised_than_there_is(style):
    narrow = torch.rand(1, 3, 8, 1800)
    with pytest.raises(ImageTooSmallError, match="at image_size 64; choose a picture that is less narrow"):
        optimize(narrow, [style], config(extractor="alexnet", content_layers=None, style_layers=None))


@pytest.mark.parametrize("count", [0, 9])
def test_there_must_be_one_painting_or_a_few(extractor, content, style, count):
    with pytest.raises(ConfigurationError, match="give 1 to 8"):
        optimize(content, [style] * count, config(), extractor=extractor)


def test_each_painting_needs_its_share(extractor, content, style):
    with pytest.raises(ConfigurationError, match="3 numbers for 2 style pictures") as caught:
        optimize(content, [style, style], config(style_weights=(1, 2, 3)), extractor=extractor)
    assert caught.value.field == "style_weights"


def test_a_batch_of_photos_is_refused(extractor, content, style):
    with pytest.raises(ValueError, match=r"shape \(1, 3, H, W\), not \(2, 3, 48, 64\)"):
        optimize(content.repeat(2, 1, 1, 1), [style], config(), extractor=extractor)


def test_a_loss_that_is_no_number_is_an_error_and_no_picture(extractor, content, style):
    reports = optimize(content, [style], config(style_weight=1e300), extractor=extractor, device="cpu")
    with pytest.raises(DivergenceError, match="lower the learning rate"):
        next(reports)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_a_picture_that_its_last_step_has_broken_is_an_error_and_no_result(extractor, content, style, optimizer):
    class Steep(Extractor):
        def measure(self, *given):
            contents, grams = super().measure(*given)
            return contents, [gram + (0 * gram).sqrt() for gram in grams]  # nothing, with an infinite slope

    last = config(num_steps=1, optimizer=optimizer, memory_plan="whole")
    with pytest.raises(DivergenceError, match="picture is no longer one of finite numbers; lower the learning rate"):
        list(optimize(content, [style], last, extractor=Steep(extractor.network), device="cpu"))


def test_too_little_memory_is_named_with_advice(content, style):
    class Greedy(Extractor):
        def activations(self, image):
            return torch.empty(10**17)

    with pytest.raises(OutOfMemoryError, match="choose a smaller image_size"):
        optimize(content, [style], config(), extractor=Greedy(nn.Identity()), device="cpu")


@pytest.mark.parametrize("name", ["report_every", "checkpoint_every"])
def test_nothing_is_done_every_no_steps(extractor, content, style, name):
    with pytest.raises(ConfigurationError, match=f"{name} is 0; give 1 or more"):
        optimize(content, [style], config(), extractor=extractor, **{name: 0})
