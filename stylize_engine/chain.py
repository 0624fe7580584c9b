"""What a chain of modules finds in a picture, and the gradient back to the picture, as one function of autograd.

Autograd adds up what a layer's Gram matrix and the next module give back in a tensor of its own, and takes another for
each ReLU. Here each gradient is written over the one before it: new memory costs as much as the arithmetic on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn.functional import max_pool2d

from stylize_engine.losses import gram_gradient, second_moments
from stylize_engine.topologies import AVERAGE_POOLING_SCALE, ChainNetwork

aten = torch.ops.aten


def measure(
    network: ChainNetwork, picture: Tensor, content_layers: Sequence[str], style_layers: Sequence[str]
) -> tuple[list[Tensor], list[Tensor]]:
    """Activations `(B, C, h, w)` of content layers, and Gram matrices, float32 `(B, C, C)`, of style layers.

    `picture` is normalised, `(B, 3, H, W)`, channels last, of the type that the network's weights have. Gradients flow
    to it alone, and only once. The caller's autocast changes nothing.
    """
    kept = torch.is_grad_enabled() and picture.requires_grad
    with torch.autocast(picture.device.type, enabled=False):
        found = _Chain.apply(picture, network, tuple(content_layers), tuple(style_layers), kept)
    return list(found[: len(content_layers)]), list(found[len(content_layers) :])


class _Chain(torch.autograd.Function):
    """The chain and its Gram matrices, forwards and backwards."""

    @staticmethod
    def forward(
        context: FunctionCtx,
        picture: Tensor,
        network: ChainNetwork,
        content_layers: tuple[str, ...],
        style_layers: tuple[str, ...],
        kept: bool,
    ) -> tuple[Tensor, ...]:
        contents, grams, passed, places = {}, {}, [picture], []
        for name, module in _steps(network, {*content_layers, *style_layers}):
            if kept and isinstance(module, nn.MaxPool2d):
                window = (module.kernel_size, module.stride, module.padding)
                made, where = max_pool2d(passed[-1], *window, return_indices=True)
                places.append(where)
            else:
                made = module(passed[-1])
            passed = [*passed, made] if kept else [made]
            if name in style_layers:
                grams[name] = second_moments(made)
            if name in content_layers:
                contents[name] = made
        context.network, context.layers = network, (content_layers, style_layers)
        if kept:
            context.save_for_backward(*passed, *places)
        context.set_materialize_grads(False)
        return (*(contents[name] for name in content_layers), *(grams[name] for name in style_layers))

    @staticmethod
    @once_differentiable
    def backward(context: FunctionCtx, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        content_layers, style_layers = context.layers
        of_contents = dict(zip(content_layers, gradients, strict=False))
        of_grams = dict(zip(style_layers, gradients[len(content_layers) :], strict=True))
        steps = list(_steps(context.network, {*content_layers, *style_layers}))
        saved = context.saved_tensors
        passed, places = list(saved[: len(steps) + 1]), list(saved[len(steps) + 1 :])
        gradient = None
        with torch.autocast(saved[0].device.type, enabled=False):
            for name, module in reversed(steps):
                made = passed.pop()
                where = places.pop() if isinstance(module, nn.MaxPool2d) else None
                if of_grams.get(name) is not None:
                    gradient = gram_gradient(made, of_grams[name], onto=gradient)
                if of_contents.get(name) is not None:
                    gradient = of_contents[name].clone() if gradient is None else gradient.add_(of_contents[name])
                if gradient is not None:
                    gradient = _back(module, gradient, passed[-1], made, where)
        return gradient, None, None, None, None


def _steps(network: ChainNetwork, layers: set[str]) -> Iterator[tuple[str | None, nn.Module]]:
    """The modules one by one as far as the deepest of `layers`, halves of a convolution too; a name belongs to what has
    passed the whole of it."""
    depth = max((network.names.index(layer) + 1 for layer in layers), default=0)
    for name, module in zip(network.names[:depth], network.features[:depth], strict=True):
        *halves, last = module if isinstance(module, nn.Sequential) else (module,)
        yield from ((None, half) for half in halves)
        yield name, last


def _back(module: nn.Module, gradient: Tensor, given: Tensor, made: Tensor, where: Tensor | None) -> Tensor:
    """The gradient with respect to what a module was given; may be written over that of what it made.

    `where` says, after max pooling, from where each maximum came.
    """
    if isinstance(module, nn.ReLU):
        return aten.threshold_backward.grad_input(gradient, made, 0, grad_input=gradient)
    if isinstance(module, nn.Conv2d):
        shape = (module.stride, module.padding, module.dilation, False, (0, 0), module.groups)
        return aten.convolution_backward(gradient, given, module.weight, None, *shape, (True, False, False))[0]
    window = [(size, size) for size in (module.kernel_size, module.stride, module.padding)]
    if where is not None:
        return aten.max_pool2d_with_indices_backward(gradient, given, *window, (1, 1), False, where)
    scaled = gradient * AVERAGE_POOLING_SCALE[module.kernel_size]
    return aten.avg_pool2d_backward(scaled, given, *window, False, True, None)
