import json
import re
from pathlib import Path

import pytest
import torch
import torchvision.models
from safetensors.torch import save_file

from stylize_engine.errors import WeightsMismatchError, WeightsNotFoundError
from stylize_engine.extractors import build_extractor
from stylize_engine.layers import EXTRACTORS
from stylize_engine.topologies import SLIM_RANKS, SLIM_WIDTHS, build_network
from stylize_engine.weights import SLIM_WEIGHTS, TORCHVISION_FILES, TORCHVISION_WEIGHTS, load_weights, weights_available

LAYERS = ("relu1_2",)


@pytest.fixture
def state():
    """The tensors of VGG-16 as far as relu1_2."""
    return build_network("vgg16", LAYERS).state_dict()


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_come_back_as_they_were_saved(state, suffix, tmp_path):
    path = tmp_path / f"weights{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    found = load_weights("vgg16", path, LAYERS)
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)


def test_half_precision_weights_become_float32(state, tmp_path):
    save_file({name: value.half() for name, value in state.items()}, tmp_path / "half.safetensors")
    found = load_weights("vgg16", tmp_path / "half.safetensors", LAYERS)
    assert {value.dtype for value in found.values()} == {torch.float32}


def test_tensors_that_are_not_needed_are_left_in_the_file(state, tmp_path):
    save_file(state | {"classifier.0.weight": torch.zeros(3)}, tmp_path / "whole.safetensors")
    assert load_weights("vgg16", tmp_path / "whole.safetensors", LAYERS).keys() == state.keys()


def test_the_first_missing_tensor_is_named(state, tmp_path):
    del state["features.2.weight"], state["features.2.bias"]
    save_file(state, tmp_path / "shallow.safetensors")
    with pytest.raises(WeightsMismatchError, match=r"has no tensor features\.2\.weight; .* vgg16"):
        load_weights("vgg16", tmp_path / "shallow.safetensors", LAYERS)


def test_the_first_tensor_of_another_shape_is_named_with_both_shapes(state, tmp_path):
    state["features.2.weight"] = torch.zeros(64, 32, 3, 3)
    save_file(state, tmp_path / "narrow.safetensors")
    message = re.escape("features.2.weight has shape (64, 32, 3, 3) where vgg16 needs (64, 64, 3, 3)")
    with pytest.raises(WeightsMismatchError, match=message):
        load_weights("vgg16", tmp_path / "narrow.safetensors", LAYERS)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_the_first_tensor_of_numbers_that_are_none_is_named(state, tmp_path, value):
    state["features.2.weight"][0, 0, 0, 0] = value
    torch.save(state, tmp_path / "broken.pth")
    with pytest.raises(WeightsMismatchError, match=r"broken\.pth: features\.2\.weight holds numbers that are not"):
        load_weights("vgg16", tmp_path / "broken.pth", LAYERS)


def test_the_weights_of_another_network_are_refused(tmp_path):
    save_file(build_network("alexnet", ("relu1",)).state_dict(), tmp_path / "alexnet.safetensors")
    with pytest.raises(WeightsMismatchError, match=r"features\.0\.weight has shape \(64, 3, 11, 11\)"):
        load_weights("vgg16", tmp_path / "alexnet.safetensors", LAYERS)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@pytest.mark.parametrize("content", [b"", b"this is a letter and no weights file at all", b"PK\x03\x04 cut off"])
def test_a_file_that_holds_no_weights_is_named_as_such(content, suffix, tmp_path):
    path = tmp_path / f"letter{suffix}"
    path.write_bytes(content)
    with pytest.raises(WeightsMismatchError, match=f"{re.escape(path.name)} is damaged or no weights file"):
        load_weights("vgg16", path, LAYERS)


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_a_truncated_file_is_named_as_damaged(state, suffix, tmp_path):
    path = tmp_path / f"cut{suffix}"
    save_file(state, path) if suffix == ".safetensors" else torch.save(state, path)
    path.write_bytes(path.read_bytes()[:-20_000])
    with pytest.raises(WeightsMismatchError, match="damaged"):
        load_weights("vgg16", path, LAYERS)


class Touches:
    """An object whose unpickling would leave a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_that_would_run_code_is_refused_and_not_run(state, tmp_path):
    torch.save(state | {"trap": Touches(tmp_path / "sprung")}, tmp_path / "trap.pth")
    with pytest.raises(WeightsMismatchError):
        load_weights("vgg16", tmp_path / "trap.pth", LAYERS)
    assert not (tmp_path / "sprung").exists()


def test_a_pickle_of_a_list_is_no_table_of_tensors(tmp_path):
    torch.save([torch.zeros(3)], tmp_path / "list.pth")
    with pytest.raises(WeightsMismatchError, match="holds no table of tensors"):
        load_weights("vgg16", tmp_path / "list.pth", LAYERS)


def test_a_path_without_a_file_is_named(tmp_path):
    with pytest.raises(WeightsNotFoundError, match=r"There is no weights file .*nowhere\.pth"):
        load_weights("vgg16", tmp_path / "nowhere.pth", LAYERS)


def test_files_without_batch_counters_load_as_torchvisions_oldest_do(tmp_path):
    state = build_network("resnet50", ("stem",)).state_dict()
    del state["bn1.num_batches_tracked"]
    save_file(state, tmp_path / "old.safetensors")
    build_extractor("resnet50", ("stem",), weights_path=tmp_path / "old.safetensors")


def test_weights_in_torchvisions_cache_are_found_without_a_path(empty_cache, state):
    assert not weights_available("vgg16")
    empty_cache.mkdir(parents=True)
    torch.save(state, empty_cache / TORCHVISION_FILES["vgg16"])
    assert weights_available("vgg16")
    assert torch.equal(load_weights("vgg16", layers=LAYERS)["features.0.weight"], state["features.0.weight"])


@pytest.mark.parametrize("name", TORCHVISION_FILES)
def test_without_file_or_network_the_error_names_the_file_and_the_place_for_it(name, empty_cache):
    with pytest.raises(WeightsNotFoundError) as caught:
        load_weights(name)
    assert str(empty_cache / TORCHVISION_FILES[name]) in str(caught.value)
    assert list(empty_cache.glob("*")) == []


@pytest.mark.parametrize("name", TORCHVISION_WEIGHTS)
def test_the_cache_is_searched_for_the_files_torchvision_saves(name):
    url = getattr(torchvision.models, TORCHVISION_WEIGHTS[name]).IMAGENET1K_V1.url
    assert url.endswith("/" + TORCHVISION_FILES[name])


def test_every_extractor_knows_where_its_weights_are():
    assert set(TORCHVISION_FILES) | {"slim"} == set(EXTRACTORS)


def test_the_weights_that_ship_are_there_and_small():
    assert weights_available("slim")
    assert SLIM_WEIGHTS.stat().st_size < 4_000_000
    assert all(torch.isfinite(value).all() for value in load_weights("slim").values())


def test_the_manifest_of_the_weights_that_ship_describes_them():
    manifest = json.loads(SLIM_WEIGHTS.with_suffix(".json").read_text())
    for name, blocks in (("widths", SLIM_WIDTHS), ("ranks", SLIM_RANKS)):
        assert manifest["architecture"][name] == [list(block) for block in blocks]
    assert manifest["teacher"] == "vgg16"


def test_the_weights_that_ship_tell_textures_apart():
    """Stripes lie nearer to the same stripes shifted than to stripes of another direction, in every layer."""
    extractor = build_extractor("slim", EXTRACTORS["slim"].names)
    stripes = (torch.arange(64) % 8 < 4).float().expand(1, 3, 64, 64)
    shifted = stripes.roll(4, -1)
    turned = stripes.transpose(2, 3)
    found = [extractor(picture) for picture in (stripes, shifted, turned)]
    for layer in EXTRACTORS["slim"].names:
        grams = [torch.einsum("bchw,bdhw->bcd", features[layer], features[layer]) for features in found]
        assert (grams[0] - grams[1]).norm() < (grams[0] - grams[2]).norm(), layer
