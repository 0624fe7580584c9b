"""What is measured in one function is what autograd finds module by module."""

import weakref

import pytest
import torch

from stylize_engine.chain import measure
from stylize_engine.losses import gram_matrix
from stylize_engine.topologies import build_network

CHAINS = {
    "slim": ("slim", ("relu3_2",), ("relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_3")),
    "the last layer for both": ("slim", ("relu2_1",), ("relu2_1",)),
    "no content": ("slim", (), ("relu1_1", "relu2_2")),
    "no style": ("slim", ("relu1_2", "relu3_1"), ()),
    "before and after ReLU": ("vgg16", ("conv1_2", "relu2_1"), ("conv1_1", "relu1_1", "conv2_1")),
    "pooling": ("vgg16", ("pool1",), ("relu1_2", "pool1", "pool2")),
    "large strides": ("alexnet", ("relu3",), ("relu1", "pool1", "relu2")),
}


def picture(edge=70):
    noise = torch.rand(1, 3, edge, edge + 9, generator=torch.Generator().manual_seed(0))
    return (4 * noise - 2).contiguous(memory_format=torch.channels_last).requires_grad_()


@pytest.fixture(params=["max", "average"])
def pooling(request):
    return request.param


@pytest.mark.parametrize("chain", CHAINS.values(), ids=CHAINS)
def test_activations_gram_matrices_and_gradients_are_those_of_autograd(chain, pooling):
    name, contents, styles = chain
    torch.manual_seed(0)
    network = build_network(name, (*contents, *styles), pooling).requires_grad_(False)
    given = picture()
    found = network(given)
    expected = [found[layer] for layer in contents] + [gram_matrix(found[layer]) for layer in styles]
    wanted = [torch.randn(tensor.shape) for tensor in expected]
    measured = [tensor for part in measure(network, given, contents, styles) for tensor in part]
    torch.testing.assert_close(measured, expected)
    torch.testing.assert_close(
        torch.autograd.grad(measured, given, wanted), torch.autograd.grad(expected, given, wanted)
    )


def test_what_is_not_asked_back_gives_nothing_back():
    torch.manual_seed(0)
    network = build_network("slim", ("relu1_2", "relu2_2")).requires_grad_(False)
    given = picture()
    _, (shallow, deep) = measure(network, given, (), ("relu1_2", "relu2_2"))
    assert deep.shape != shallow.shape
    found = torch.autograd.grad(shallow.sum(), given)
    expected = torch.autograd.grad(gram_matrix(network(given)["relu1_2"]).sum(), given)
    torch.testing.assert_close(found, expected)


def test_the_callers_autocast_changes_nothing():
    torch.manual_seed(0)
    network = build_network("slim", ("relu1_2", "relu2_2")).requires_grad_(False)
    given = picture()

    def measured():
        found = [tensor for part in measure(network, given, ("relu2_2",), ("relu1_2", "relu2_2")) for tensor in part]
        return [*found, *torch.autograd.grad(found, given, [torch.ones_like(tensor) for tensor in found])]

    expected = measured()
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(measured(), expected, rtol=0, atol=0)


def test_gradients_given_are_left_as_they_are():
    torch.manual_seed(0)
    network = build_network("slim", ("relu2_1",)).requires_grad_(False)
    given = picture()
    (content,), _ = measure(network, given, ("relu2_1",), ())
    wanted = torch.randn_like(content)
    before = wanted.clone()
    torch.autograd.grad(content, given, wanted)
    assert torch.equal(wanted, before)


def test_without_gradients_only_what_is_needed_is_computed_and_kept():
    network = build_network("vgg16", ("relu2_2", "relu3_1")).requires_grad_(False)
    made_so_far, alive = [], []

    def note(module, given, made):
        made_so_far.append(weakref.ref(made))
        alive.append(len({tensor.data_ptr() for one in made_so_far if (tensor := one()) is not None}))

    for module in network.features:
        module.register_forward_hook(note)
    with torch.no_grad():
        measure(network, picture(), ("relu2_2",), ("relu1_2",))
    assert len(alive) == network.names.index("relu2_2") + 1
    assert max(alive) == 2
