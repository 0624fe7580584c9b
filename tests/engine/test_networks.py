import json
import pickle
from dataclasses import asdict

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import conv2d, instance_norm, interpolate, pad
from torch.utils._python_dispatch import TorchDispatchMode

from stylize_engine.config import TEXTBOOK, Architecture
from stylize_engine.errors import ConfigurationError, WeightsMismatchError, WeightsNotFoundError
from stylize_engine.networks import load_network, save_network
from stylize_engine.transformer_net import TransformerNet

TINY = Architecture(fold=2, widths=(4, 8), blocks=1)


@pytest.fixture
def saved(tmp_path):
    net = TransformerNet(TINY, 2)
    save_network(tmp_path / "net.safetensors", net, ["wave", "scream"], {"made": "here"}, torch.float32)
    return tmp_path / "net.safetensors", net


def test_a_network_comes_back_as_it_was_saved(saved):
    path, net = saved
    loaded = load_network(path)
    assert loaded.style_names == ("wave", "scream")
    assert loaded.manifest["made"] == "here"
    photo = torch.rand(1, 3, 30, 26)
    assert torch.allclose(loaded.network(photo, loaded.network.styles[1]), net(photo, net.styles[1]), atol=1e-5)
    assert not any(parameter.requires_grad for parameter in loaded.network.parameters())


def test_a_network_keeps_the_changes_of_its_last_styles(tmp_path):
    net = TransformerNet(TINY, 2, 1)
    with torch.no_grad():
        net.changes.add_(torch.randn_like(net.changes))
    save_network(tmp_path / "net.safetensors", net, ["wave", "scream"], {}, torch.float32)
    loaded = load_network(tmp_path / "net.safetensors")
    assert torch.equal(loaded.row("wave"), net.styles[0])
    assert torch.equal(loaded.row("scream"), torch.cat([net.styles[1], net.changes[0]]))


def test_a_network_without_changes_has_none_in_its_file(saved):
    assert "changes" not in load_file(saved[0])


def test_a_network_of_numbers_that_are_none_is_refused(saved, tmp_path):
    _, net = saved
    with torch.no_grad():
        net.painter.weight[0, 0, 0, 0] = float("nan")
    save_network(tmp_path / "dark.safetensors", net, ["wave", "scream"], {})
    with pytest.raises(WeightsMismatchError, match=r"dark\.safetensors holds numbers that are not finite"):
        load_network(tmp_path / "dark.safetensors")


def test_half_precision_moves_no_pixel_by_more_than_a_step_of_eight_bits(tmp_path):
    torch.manual_seed(0)
    net = TransformerNet(Architecture(), 1)
    save_network(tmp_path / "half.safetensors", net, ["one"], {})
    half, photo = load_network(tmp_path / "half.safetensors").network, torch.rand(1, 3, 64, 64)
    assert (half(photo, half.styles[0]) - net(photo, net.styles[0])).abs().max() < 1 / 255


def test_a_style_it_does_not_have_is_named_with_those_it_has(saved):
    with pytest.raises(ConfigurationError, match="style 'kiss' is not in this network; it has: wave, scream"):
        load_network(saved[0]).row("kiss")


def test_files_that_are_no_networks_are_refused(tmp_path):
    with pytest.raises(WeightsNotFoundError, match="check the path"):
        load_network(tmp_path / "missing.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights")
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    save_file({"a": torch.zeros(1)}, tmp_path / "wrong.safetensors", metadata={"manifest": "{}"})
    for name in ("text", "other", "wrong"):
        with pytest.raises(WeightsMismatchError):
            load_network(tmp_path / f"{name}.safetensors")


def test_a_file_with_other_tensors_than_its_manifest_promises_is_refused(saved, tmp_path):
    net = TransformerNet(Architecture(fold=2, widths=(4, 8), blocks=2), 1)
    net.architecture = TINY
    save_network(tmp_path / "lying.safetensors", net, ["one"], {})
    with pytest.raises(WeightsMismatchError, match="other tensors than its manifest promises"):
        load_network(tmp_path / "lying.safetensors")


def claiming(names, shape=(), **tensors):
    """A manifest and tensors that may not belong together."""
    manifest = json.dumps({"architecture": asdict(TINY) | dict(shape), "styles": names})
    return manifest, tensors


ROWS = TransformerNet(TINY, 2).styles.detach()


@pytest.mark.parametrize(
    ("manifest", "tensors"),
    [
        ("[" * 100_000, {"styles": ROWS}),
        claiming(["wave", "scream"], styles=ROWS, changes=torch.tensor(1.0)),
        claiming(["wave", "scream"], styles=ROWS, changes=torch.zeros(10**9, 0)),
        claiming([f"style-{number}" for number in range(100_000)], styles=torch.zeros(100_000, 0)),
        claiming([1, 2], styles=ROWS),
        claiming(["wave"], styles=ROWS),
        claiming(["wave", "scream"]),
        claiming(["wave", "scream"], {"edge_kernel": 3.0}, styles=ROWS),
        claiming(["wave", "scream"], {"widths": [512] * 4, "blocks": 16, "fold": 4, "edge_kernel": 9}, styles=ROWS),
    ],
)
def test_a_file_that_promises_what_is_not_there_is_refused_before_memory_is_asked_for(manifest, tensors, tmp_path):
    save_file({"some": torch.zeros(1), **tensors}, tmp_path / "net.safetensors", metadata={"manifest": manifest})
    refused = pytest.raises(WeightsMismatchError, match=r"net\.safetensors (is damaged|holds other tensors)")
    with LargestTensor() as largest, refused:
        load_network(tmp_path / "net.safetensors")
    assert largest.count <= ROWS.nbytes


class LargestTensor(TorchDispatchMode):
    """How many numbers the largest tensor has that is made meanwhile."""

    count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            self.count = max(self.count, result.numel())
        return result


@pytest.mark.parametrize("names", [[], ["wave"] * 2, ["", "scream"], "wv", {"wave": 0, "scream": 1}])
def test_a_network_has_one_style_or_more_each_of_another_name(saved, names):
    path, net = saved
    rows = net.styles.detach()[: len(names)]
    tensors = load_file(path) | {"styles": rows.contiguous()}
    save_file(tensors, path, metadata={"manifest": claiming(names)[0]})
    with pytest.raises(WeightsMismatchError, match=r"net\.safetensors is damaged or holds no fast network"):
        load_network(path)


def test_a_network_has_64_styles_at_the_most(tmp_path):
    for count in (64, 65):
        names = [f"style-{number}" for number in range(count)]
        save_network(tmp_path / f"{count}.safetensors", TransformerNet(TINY, count), names, {})
    assert len(load_network(tmp_path / "64.safetensors").style_names) == 64
    with pytest.raises(WeightsMismatchError, match=r"65\.safetensors is damaged or holds no fast network"):
        load_network(tmp_path / "65.safetensors")


def published_weights():
    """Tensors named and shaped as in pytorch/examples, with the running statistics that old files carry."""
    torch.manual_seed(1)
    tensors = {}

    def convolution(name, inputs, outputs, kernel):
        layer = nn.Conv2d(inputs, outputs, kernel)
        tensors[f"{name}.conv2d.weight"], tensors[f"{name}.conv2d.bias"] = layer.weight.data, layer.bias.data

    def normalization(name, channels):
        tensors[f"{name}.weight"], tensors[f"{name}.bias"] = torch.rand(channels) + 0.5, torch.randn(channels)
        tensors[f"{name}.running_mean"] = torch.randn(channels)

    for index, (inputs, outputs, kernel) in enumerate([(3, 32, 9), (32, 64, 3), (64, 128, 3)], start=1):
        convolution(f"conv{index}", inputs, outputs, kernel)
        normalization(f"in{index}", outputs)
    for block in range(1, 6):
        for part in (1, 2):
            convolution(f"res{block}.conv{part}", 128, 128, 3)
            normalization(f"res{block}.in{part}", 128)
    for index, (inputs, outputs, kernel) in enumerate([(128, 64, 3), (64, 32, 3), (32, 3, 9)], start=1):
        convolution(f"deconv{index}", inputs, outputs, kernel)
        if index < 3:
            normalization(f"in{index + 3}", outputs)
    return tensors


def published_forward(tensors, x):
    """That network's own way from [0, 255] to [0, 255], written out."""

    def convolve(name, x, stride=1, enlarge=False):
        weight = tensors[f"{name}.conv2d.weight"]
        x = interpolate(x, scale_factor=2, mode="nearest") if enlarge else x
        x = pad(x, (weight.shape[-1] // 2,) * 4, mode="reflect")
        return conv2d(x, weight, tensors[f"{name}.conv2d.bias"], stride=stride)

    def normalize(name, x):
        return instance_norm(x, weight=tensors[f"{name}.weight"], bias=tensors[f"{name}.bias"])

    for index, stride in ((1, 1), (2, 2), (3, 2)):
        x = normalize(f"in{index}", convolve(f"conv{index}", x, stride)).relu()
    for block in range(1, 6):
        inner = normalize(f"res{block}.in1", convolve(f"res{block}.conv1", x)).relu()
        x = x + normalize(f"res{block}.in2", convolve(f"res{block}.conv2", inner))
    for index in (1, 2):
        x = normalize(f"in{index + 3}", convolve(f"deconv{index}", x, enlarge=True)).relu()
    return convolve("deconv3", x)


@pytest.mark.parametrize("suffix", [".pth", ".model", ".safetensors"])
def test_weights_of_pytorch_examples_paint_what_they_paint_there(tmp_path, suffix):
    tensors, path = published_weights(), tmp_path / f"candy{suffix}"
    if suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save(tensors, path)
    loaded = load_network(path)
    assert loaded.style_names == ("candy",)
    assert loaded.network.architecture == TEXTBOOK
    photo = torch.rand(1, 3, 48, 64)
    expected = published_forward(tensors, 255 * photo) / 255
    assert torch.allclose(loaded.network(photo, loaded.network.styles[0]), expected, atol=2e-4)
    assert torch.equal(loaded.network(photo, loaded.network.identity), photo)


def test_published_weights_with_a_tensor_missing_are_refused_by_its_name(tmp_path):
    tensors = published_weights()
    del tensors["res3.in2.bias"]
    torch.save(tensors, tmp_path / "broken.pth")
    with pytest.raises(WeightsMismatchError, match=r"res3\.in2\.bias is missing"):
        load_network(tmp_path / "broken.pth")


def test_a_pickle_with_code_in_it_is_not_executed(tmp_path):
    class Attack:
        def __reduce__(self):
            return (open, (str(tmp_path / "owned"), "w"))

    (tmp_path / "attack.pth").write_bytes(pickle.dumps({"conv1.conv2d.weight": Attack()}))
    with pytest.raises(WeightsMismatchError, match="damaged or no weights file"):
        load_network(tmp_path / "attack.pth")
    assert not (tmp_path / "owned").exists()
