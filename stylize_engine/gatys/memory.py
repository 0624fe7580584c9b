"""How much memory a search needs, and which plan of working fits into what is free."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import torch
from torch import Tensor, nn

from stylize_engine.config import MIN_IMAGE_SIZE, GatysConfig
from stylize_engine.devices import free_memory
from stylize_engine.errors import OutOfMemoryError
from stylize_engine.topologies import build_network

PLANS = ("whole", "checkpointed", "tiled")
# Of what is free, this share may be planned with: others use the machine too.
USABLE = 0.8
# What an evaluation takes for each byte of activations, measured on VGG-19 and slim, on a CPU: gradients and the
# convolutions' own workspace come on top of what is kept for going back.
WHOLE_OVERHEAD = 1.2
RECOMPUTING_OVERHEAD = 1.4
# Pictures the size of the result that a search keeps: iterate, gradient, average, two moments, photo, pyramid. L-BFGS
# keeps 20 pairs of steps and changes of gradient.
KEPT_PICTURES = {"adam": 14, "lbfgs": 14 + 2 * 20}
BYTES_PER_PICTURE_PIXEL = 3 * 4
# Of these, those that exist while the paintings are measured, before a scale's first step.
EARLY_PICTURES = 6
# Of the largest painting, beside itself: smaller sizes, mirrored, and that with channels last.
PAINTING_COPIES = 3
MIN_TILE = 256
# The long edge that the extractors' numbers of pyramid levels are made for.
USUAL_SIZE = 512
# Of the picture that an extractor's footprint is measured on, in pixels.
MEASURED_EDGE = 128


@dataclass(frozen=True)
class Footprint:
    """What an extractor takes per pixel, and how its layers lie on the picture.

    `activations` are values per pixel of all modules together, `features` those of each layer. A layer's `strides` are
    pixels per position; `reach` is how far from a position, in pixels, the picture matters to it.
    """

    activations: float
    features: dict[str, float]
    strides: dict[str, int]
    reach: int

    @property
    def alignment(self) -> int:
        """Tiles must begin at multiples of this, so that every layer's positions fall where the whole picture's do."""
        return max(self.strides.values())


@cache
@torch.no_grad()
def footprint(extractor: str, layers: tuple[str, ...], pooling: str = "max") -> Footprint:
    """Measured on a small picture with a network of zeros, so that no weights are needed."""
    # torch's meta device would need no picture at all, but takes over a second to import what shapes a ReLU there.
    with torch.device("meta"):
        network = build_network(extractor, layers, pooling).eval()
    network.to_empty(device="cpu")
    for value in network.state_dict().values():
        value.zero_()
    counts: list[int] = []
    for module in network.modules():
        if not list(module.children()):
            module.register_forward_hook(lambda module, inputs, output: counts.append(output.numel()))
    found = network(torch.zeros(1, 3, MEASURED_EDGE, MEASURED_EDGE))
    strides = {name: 2 ** round(math.log2(MEASURED_EDGE / value.shape[-1])) for name, value in found.items()}
    features = {name: value.numel() / MEASURED_EDGE**2 for name, value in found.items()}
    return Footprint(sum(counts) / MEASURED_EDGE**2, features, strides, _reach(network))


def _reach(network: nn.Module) -> int:
    field, jump = 1, 1
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) and "downsample" not in name:
            kernel, stride = (
                value if isinstance(value, int) else value[0] for value in (module.kernel_size, module.stride)
            )
            field += (kernel - 1) * jump
            jump *= stride
    return field // 2 + jump


def wanted_levels(config: GatysConfig, long_edge: int) -> int:
    """At how many sizes the style of a picture is compared, where it and the paintings are large enough for them.

    Unless `config` says so, there are more where the picture is larger than the extractor's number of them was made
    for, so that large shapes stay in sight.
    """
    if config.pyramid_levels is not None:
        return config.pyramid_levels
    return config.resolved_pyramid_levels + max(0, round(math.log2(long_edge / USUAL_SIZE)))


def estimate_memory(
    config: GatysConfig,
    size: tuple[int, int],
    plan: str,
    *,
    itemsize: int = 4,
    tile: int | None = None,
    paintings: Sequence[tuple[int, int]] = (),
) -> int:
    """Bytes that painting a picture of `size` (height, width) takes beyond torch itself, by `plan`.

    "whole" keeps all activations of all pyramid levels until the gradient is known. "checkpointed" keeps those of one
    level at a time and computes them twice (Chen et al., 2016). "tiled" keeps those of one tile, also computed twice.
    Each keeps the content picture's features, and of what it computes at a time how far from them it is, and the
    gradients of that. `itemsize` is that of the features: 2 in bf16. Before, `paintings` of such sizes are measured.
    """
    pixels = size[0] * size[1]
    shape = footprint(config.extractor, config.resolved_layers, config.pooling)
    content = itemsize * sum(shape.features[layer] for layer in config.resolved_content_layers)
    activations = itemsize * shape.activations
    tile_pixels = ((tile or MIN_TILE) + 2 * _up(shape.reach, shape.alignment)) ** 2
    computed = min(pixels, tile_pixels) if plan == "tiled" else pixels
    overhead = RECOMPUTING_OVERHEAD
    if plan == "whole":
        overhead = WHOLE_OVERHEAD * sum(0.25**level for level in range(wanted_levels(config, max(size))))
    searching = pixels * (BYTES_PER_PICTURE_PIXEL * KEPT_PICTURES[config.optimizer] + content)
    searching += computed * (activations * overhead + 2 * content)
    areas = [height * width for height, width in paintings]
    largest = max(areas, default=0)
    measuring = pixels * (BYTES_PER_PICTURE_PIXEL * EARLY_PICTURES + content)
    measuring += BYTES_PER_PICTURE_PIXEL * (sum(areas) + PAINTING_COPIES * largest)
    measuring += min(largest, max(tile_pixels, computed)) * activations
    return round(max(searching, measuring))


def choose_plan(
    config: GatysConfig,
    size: tuple[int, int],
    device: torch.device,
    itemsize: int = 4,
    paintings: Sequence[tuple[int, int]] = (),
) -> str:
    """The fastest plan that fits into the memory free on `device`; `config.memory_plan` decides unless it is auto.
    `size` is the picture's, `paintings` are those of the paintings that are measured for it, (height, width).

    Raises `OutOfMemoryError`, which tells what is needed, what is free, and what would fit, where none does.
    """
    free = free_memory(device) * USABLE
    plans = PLANS if config.memory_plan == "auto" else (config.memory_plan,)
    needs = {plan: estimate_memory(config, size, plan, itemsize=itemsize, paintings=paintings) for plan in plans}
    for plan, need in needs.items():
        if need <= free:
            return plan
    least = min(needs.values())
    raise OutOfMemoryError(
        f"Painting {size[1]} x {size[0]} pixels needs about {least / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB may "
        f"be used; choose {_advice(config, size, free, itemsize, paintings)}."
    )


def _advice(
    config: GatysConfig, size: tuple[int, int], free: float, itemsize: int, paintings: Sequence[tuple[int, int]]
) -> str:
    """What to choose instead, and nothing that would not help."""
    given = (size, free, itemsize, paintings)
    fitting = _fitting_size(config, *given)
    ways = [f"image_size {fitting} or less"]
    for name, others in (("memory_plan", "auto"), ("optimizer", "adam")):
        reached = _fitting_size(replace(config, **{name: others}), *given)
        if reached > fitting:
            ways.append(f"{name} {others}, with which {reached} fits")
    if config.extractor != "slim":
        ways.append("a smaller extractor")
    return ", or ".join(ways)


def choose_tile(config: GatysConfig, size: tuple[int, int], device: torch.device, itemsize: int = 4) -> int:
    """The largest tile, in pixels along an edge, that fits: the larger, the less is computed twice."""
    free, tile = free_memory(device) * USABLE / 2, MIN_TILE
    while tile < max(size) and estimate_memory(config, size, "tiled", itemsize=itemsize, tile=2 * tile) <= free:
        tile *= 2
    return tile


def _fitting_size(
    config: GatysConfig, size: tuple[int, int], free: float, itemsize: int, paintings: Sequence[tuple[int, int]]
) -> int:
    """The long edge, no more than that of `size` (height, width), with which the smallest plan fits."""
    plan = PLANS[-1] if config.memory_plan == "auto" else config.memory_plan
    long_edge = max(size)
    while long_edge > MIN_IMAGE_SIZE:
        own, *others = (
            tuple(max(1, round(edge * long_edge / max(size))) for edge in picture) for picture in (size, *paintings)
        )
        if estimate_memory(config, own, plan, itemsize=itemsize, paintings=others) <= free:
            break
        long_edge = max(MIN_IMAGE_SIZE, round(long_edge * 0.9))
    return long_edge


@dataclass(frozen=True)
class Tile:
    """A part of a picture: the `interior`, and `outer` around it as far as the extractor looks; (top, left, bottom,
    right) in pixels."""

    interior: tuple[int, int, int, int]
    outer: tuple[int, int, int, int]

    def cut(self, picture: Tensor) -> Tensor:
        top, left, bottom, right = self.outer
        return picture[..., top:bottom, left:right]

    def interior_of(self, features: Tensor, stride: int, last: tuple[bool, bool]) -> Tensor:
        """The interior's positions of the features `(B, C, h, w)` of the outer part."""
        top, left = ((self.interior[axis] - self.outer[axis]) // stride for axis in (0, 1))
        lengths = [(self.interior[axis + 2] - self.interior[axis]) // stride for axis in (0, 1)]
        bottom = features.shape[-2] if last[0] else top + lengths[0]
        right = features.shape[-1] if last[1] else left + lengths[1]
        return features[..., top:bottom, left:right]

    def place(self, stride: int, shape: Sequence[int]) -> tuple[slice, slice]:
        """Where the interior's positions, `shape` (h, w) of them, lie among the whole picture's."""
        top, left = self.interior[0] // stride, self.interior[1] // stride
        return slice(top, top + shape[0]), slice(left, left + shape[1])


def tiles_of(size: tuple[int, int], tile: int, shape: Footprint) -> list[Tile]:
    """Tiles that cover a picture of `size` (height, width), none a mere sliver at the edges."""
    step = _up(tile, shape.alignment)
    margin = _up(shape.reach, shape.alignment)
    spans = []
    for length in size:
        starts = list(range(0, length, step))
        if len(starts) > 1 and length - starts[-1] < step // 2:
            starts.pop()
        ends = [*starts[1:], length]
        spans.append(list(zip(starts, ends, strict=True)))
    return [
        Tile(
            (top, left, bottom, right),
            (max(0, top - margin), max(0, left - margin), min(size[0], bottom + margin), min(size[1], right + margin)),
        )
        for top, bottom in spans[0]
        for left, right in spans[1]
    ]


def _up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple
