import pytest
import torch
import torchvision.models
from safetensors.torch import save_file
from torch import nn

from stylize_engine.extractors import IMAGENET_MEAN, IMAGENET_STD, Extractor, build_extractor
from stylize_engine.layers import EXTRACTORS
from stylize_engine.losses import gram_matrix
from stylize_engine.topologies import ScaledAveragePool, build_network

BUILDERS = {
    "vgg16": torchvision.models.vgg16,
    "vgg19": torchvision.models.vgg19,
    "alexnet": torchvision.models.alexnet,
    "resnet50": torchvision.models.resnet50,
}


@pytest.fixture(scope="module")
def image():
    return torch.rand(1, 3, 64, 72, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def weights_file(tmp_path):
    """Writes the weights of an untrained network of ours that stops at `layer`."""

    def write(name, layer):
        torch.manual_seed(0)
        path = tmp_path / f"{name}.safetensors"
        save_file(build_network(name, (layer,)).state_dict(), path)
        return path

    return write


def torchvision_activations(model, image):
    """The activations of torchvision's own model, by our names, on a picture normalised here."""
    x = (image - torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1)) / torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
    if isinstance(model, torchvision.models.ResNet):
        found = {"stem": model.relu(model.bn1(model.conv1(x)))}
        x = model.maxpool(found["stem"])
        for name in ("layer1", "layer2", "layer3", "layer4"):
            found[name] = x = getattr(model, name)(x)
        return found
    found = {}
    names = next(EXTRACTORS[name].names for name, builder in BUILDERS.items() if builder is model.builder)
    for name, module in zip(names, model.features, strict=True):
        if isinstance(module, nn.ReLU):
            module.inplace = False
        found[name] = x = module(x)
    return found


@pytest.mark.parametrize("name", BUILDERS)
@torch.no_grad()
def test_every_layer_has_the_values_of_torchvisions_network(name, image, tmp_path):
    torch.manual_seed(0)
    model = BUILDERS[name]().eval()
    model.builder = BUILDERS[name]
    path = tmp_path / "weights.pth"
    torch.save({key: value for key, value in model.state_dict().items() if not key.startswith("classifier")}, path)
    found = build_extractor(name, EXTRACTORS[name].names, weights_path=path)(image)
    expected = torchvision_activations(model, image)
    assert list(found) == list(EXTRACTORS[name].names)
    for layer, activation in expected.items():
        torch.testing.assert_close(found[layer], activation, msg=layer)


def test_activations_before_and_after_a_relu_are_told_apart(weights_file, image):
    found = build_extractor("vgg16", ("conv1_1", "relu1_1"), weights_path=weights_file("vgg16", "relu1_1"))(image)
    assert found["conv1_1"].min() < 0
    assert torch.equal(found["conv1_1"].clamp_min(0), found["relu1_1"])


def test_only_the_layers_asked_for_come_back_shallow_ones_first(weights_file, image):
    extractor = build_extractor("vgg16", ("relu2_1", "pool1"), weights_path=weights_file("vgg16", "relu2_2"))
    assert {name: tuple(layer.shape) for name, layer in extractor(image).items()} == {
        "pool1": (1, 64, 32, 36),
        "relu2_1": (1, 128, 32, 36),
    }
    assert list(extractor(image)) == ["pool1", "relu2_1"]


@pytest.mark.parametrize(("name", "layer", "absent"), [
    ("vgg19", "relu1_2", "features.5.weight"), ("alexnet", "relu2", "features.6.weight"),
    ("resnet50", "layer1", "layer2.0.conv1.weight"), ("slim", "relu2_1", "features.7.weight"),
])  # fmt: skip
def test_nothing_deeper_than_asked_for_is_built_or_needed_in_the_file(name, layer, absent, weights_file, image):
    extractor = build_extractor(name, (layer,), weights_path=weights_file(name, layer))
    assert absent not in extractor.network.state_dict()
    assert list(extractor(image)) == [layer]


def test_slim_has_a_readout_for_each_layer_asked_for_and_for_no_other(weights_file):
    extractor = build_extractor("slim", ("relu1_2",), weights_path=weights_file("slim", "relu1_2"))
    readouts = [key for key in extractor.network.state_dict() if key.startswith("readouts")]
    assert readouts == ["readouts.relu1_2.weight"]


@torch.no_grad()
def test_a_readout_turns_the_students_activations_and_nothing_else(weights_file, image):
    extractor = build_extractor("slim", ("relu1_1",), weights_path=weights_file("slim", "relu1_1"))
    activation = extractor.activations(image)["relu1_1"]
    matrix = extractor.network.readouts["relu1_1"].weight[:, :, 0, 0]
    torch.testing.assert_close(extractor(image)["relu1_1"], torch.einsum("oi,bihw->bohw", matrix, activation))


@torch.no_grad()
@pytest.mark.parametrize("layer", ["relu1_2", "relu2_1", "relu2_2", "relu3_3"])
def test_a_gram_matrix_turned_afterwards_is_that_of_the_features(layer, weights_file, image):
    extractor = build_extractor("slim", (layer,), weights_path=weights_file("slim", layer))
    found = extractor.gram_matrix(layer, extractor.activations(image)[layer])
    torch.testing.assert_close(found, gram_matrix(extractor(image)[layer]))


def test_gradients_reach_the_picture_and_never_the_weights(weights_file, image):
    extractor = build_extractor("slim", ("relu2_1",), weights_path=weights_file("slim", "relu2_1"))
    picture = image.clone().requires_grad_()
    extractor(picture)["relu2_1"].square().mean().backward()
    assert picture.grad.abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in extractor.parameters())


def test_the_picture_is_not_changed_by_normalisation(weights_file, image):
    before = image.clone()
    build_extractor("vgg16", ("conv1_1",), weights_path=weights_file("vgg16", "conv1_1"))(image)
    assert torch.equal(image, before)


def test_an_extractor_stays_in_evaluation_mode():
    extractor = Extractor(build_network("resnet50", ("stem",))).train()
    assert not any(module.training for module in extractor.network.modules())


def test_average_pooling_keeps_a_constant_activation_at_its_documented_scale():
    assert ScaledAveragePool(2, 2)(torch.ones(1, 1, 4, 4)).unique().item() == pytest.approx(1.6)
    assert ScaledAveragePool(3, 2)(torch.ones(1, 1, 7, 7)).unique().item() == pytest.approx(2.2)


@pytest.mark.parametrize("name", EXTRACTORS)
def test_the_pooling_asked_for_is_the_only_one(name):
    deepest = (EXTRACTORS[name].names[-1],)
    with torch.device("meta"):
        kinds = {
            pooling: {type(module) for module in build_network(name, deepest, pooling).modules()}
            for pooling in ("max", "average")
        }
    assert nn.MaxPool2d in kinds["max"]
    assert ScaledAveragePool not in kinds["max"]
    assert ScaledAveragePool in kinds["average"]
    assert nn.MaxPool2d not in kinds["average"]


@torch.no_grad()
@pytest.mark.parametrize("name", EXTRACTORS)
def test_a_layer_asked_for_is_never_overwritten_by_the_one_after_it(name, image):
    torch.manual_seed(0)
    everything = build_network(name, EXTRACTORS[name].names).eval()
    for layer, activation in everything(image).items():
        alone = build_network(name, (layer,)).eval()
        alone.load_state_dict(everything.state_dict(), strict=False)
        assert torch.equal(alone(image)[layer], activation)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.bfloat16, 0.05)])
@pytest.mark.parametrize("name", ["slim", "resnet50"])
def test_what_is_measured_in_one_pass_is_what_is_read_layer_by_layer(name, dtype, tolerance, weights_file, image):
    content, style = {"slim": ("relu1_2", "relu2_1"), "resnet50": ("stem", "layer1")}[name]
    path = None if name == "slim" else weights_file(name, style)
    extractor = build_extractor(name, (content, style), weights_path=path)
    given = image.clone().requires_grad_()
    features = extractor(given)
    contents, (gram,) = extractor.measure(given, (content,), (style,), dtype)
    read = [features[content], gram_matrix(features[style])]
    for found, expected in zip((contents[content].float(), gram), read, strict=True):
        assert (found - expected).norm() < tolerance * expected.norm()
        slope, wanted = (
            torch.autograd.grad(tensor.square().sum(), given, retain_graph=True)[0] for tensor in (found, expected)
        )
        assert (slope - wanted).norm() < tolerance * wanted.norm()


@torch.no_grad()
@pytest.mark.parametrize("asked", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", ["slim", "resnet50"])
def test_what_is_measured_does_not_depend_on_the_callers_autocast(name, asked, weights_file, image):
    layers = {"slim": ("relu1_2", "relu2_1"), "resnet50": ("stem", "layer1")}[name]
    path = None if name == "slim" else weights_file(name, layers[1])
    extractor = build_extractor(name, layers, weights_path=path)
    expected = extractor.measure(image, layers, layers, asked)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(extractor.measure(image, layers, layers, asked), expected, rtol=0, atol=0)


def test_weights_loaded_later_are_those_that_are_measured_with(image):
    extractor = build_extractor("slim", ("relu1_1",))
    extractor.measure(image, (), ("relu1_1",), torch.bfloat16)
    extractor.load_state_dict({name: 2 * tensor for name, tensor in extractor.state_dict().items()})
    fresh = Extractor(extractor.network)
    found, expected = (each.measure(image, (), ("relu1_1",), torch.bfloat16) for each in (extractor, fresh))
    torch.testing.assert_close(found, expected, rtol=0, atol=0)


def test_weights_moved_or_changed_are_those_that_are_measured_with(image):
    extractor = build_extractor("slim", ("relu1_1",))
    before = extractor.measure(image, (), ("relu1_1",), torch.bfloat16)[1][0]
    with torch.no_grad():
        extractor._apply(lambda tensor: 2 * tensor)
    after = extractor.measure(image, (), ("relu1_1",), torch.bfloat16)[1][0]
    assert (after - before).norm() > 0.5 * before.norm()
