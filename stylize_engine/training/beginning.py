"""Where a training begins: a new network, or one to which styles are added."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from stylize_engine.config import Architecture, TrainingConfig, check_own_architecture, trained_further
from stylize_engine.errors import ConfigurationError
from stylize_engine.networks import LoadedNetwork, load_network
from stylize_engine.stages import COLORS
from stylize_engine.transformer_net import TransformerNet

# A style's row is seen only when its style is drawn, and its numbers are near 1: they may move faster than weights.
ROW_FACTOR = 5.0
# What a new style changes of a base's weights, relative to the rate of the rest of its row.
CHANGES_FACTOR = 0.05
# Numbers that no style of the base has needed yet may still move a little.
SLOWEST = 0.1


def check_apart(config: TrainingConfig) -> None:
    """A training writes no network over the one it begins from, however that is linked. Raises `ConfigurationError`."""
    beginning = config.base or config.start
    if beginning is None:
        return
    own = os.path.realpath(beginning)
    folders = {os.path.realpath(os.path.dirname(beginning)), os.path.dirname(own)}
    written = {os.path.realpath(path) for path in Path(config.output).glob("*.safetensors")}
    if os.path.realpath(config.output) in folders or own in written:
        message = f"output {config.output} holds {beginning}, which must stay as it is; choose another folder."
        raise ConfigurationError("output", message)


def begin_network(config: TrainingConfig, device: torch.device) -> tuple[LoadedNetwork, int]:
    """The network as it is before the first step, and the row of its first style to be trained.

    Styles that `base` or `start` does not have begin as the mean of those it has. Raises `ConfigurationError` for a
    name the base has, for a style of the start's that is not named, and for an architecture that is not theirs. That of
    `start` may be asked for what of it may change (`CHANGEABLE`).
    """
    names = tuple(config.styles)
    if config.start is not None:
        start = load_network(config.start)
        architecture = trained_further(config.architecture, start.network.architecture, config.start)
        for name in start.style_names:
            if name not in names:
                raise ConfigurationError("styles", f"styles: {config.start} has a style {name!r}; name it too.")
        loaded, first = _with_styles(start, names, architecture), 0
    elif config.base is None:
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(config.seed)  # torch's own manual_seed would also seed GPUs
            network = TransformerNet(config.architecture, len(names))
        loaded, first = LoadedNetwork(network, names, {}), 0
    else:
        base = load_network(config.base)
        architecture, every_name = base.network.architecture, base.style_names + names
        check_own_architecture(config.architecture, architecture, config.base)
        for name in names:
            if name in base.style_names:
                raise ConfigurationError("styles", f"styles: the base has a style {name!r} already; choose a new name.")
        loaded, first = _with_styles(base, every_name, architecture, changing=names), len(base.style_names)
    loaded.network.to(device, memory_format=torch.channels_last)
    return loaded, first


def _with_styles(
    loaded: LoadedNetwork, names: Sequence[str], architecture: Architecture, changing: Sequence[str] = ()
) -> LoadedNetwork:
    """The network, in an architecture that has all its weights, with a row for each of `names`, in that order; those of
    `changing` may change convolutions."""
    before, changed = loaded.network, len(names)
    longer = torch.zeros(len(names), before.row_length + before.change_length)
    for index, name in reversed(list(enumerate(names))):
        row = loaded.row(name) if name in loaded.style_names else before.styles.mean(0)
        longer[index, : len(row)] = row
        if name in changing or len(row) > before.row_length:
            changed = index
    network = TransformerNet(architecture, len(names), len(names) - changed)
    rows, changes = longer[:, : before.row_length], longer[changed:, before.row_length :]
    state = network.state_dict() | before.state_dict() | {"styles": rows, "changes": changes}
    network.load_state_dict(state)
    return LoadedNetwork(network, tuple(names), loaded.manifest)


def trainable_groups(network: TransformerNet, first_style: int | None) -> list[dict[str, Any]]:
    """What to train, as groups of an optimizer, each with a `factor` of the learning rate: everything, or with
    `first_style` the rows of the styles from that one on, as far as those before differ, with their changes.

    What must rest within a parameter gets no gradient: rows of the base's styles, and the end of the identity row,
    which makes the photo come back exactly.
    """
    network.train().requires_grad_(first_style is None)
    if first_style is not None:
        new = len(network.styles) - first_style
        for rows in (network.styles, network.changes):
            rows.requires_grad_(True).register_hook(lambda gradient: _zeroed_before(gradient, len(gradient) - new))
        return [
            {"params": [network.styles], "factor": 1.0, "scale": spread(network, first_style)},
            {"params": [network.changes], "factor": CHANGES_FACTOR},
        ]
    end = 2 * network.stages[-1].outputs + 2 * COLORS
    network.identity.register_hook(lambda gradient: _zeroed_from(gradient, len(gradient) - end))
    rows = [network.styles, network.identity]
    weights = [*network.convolutions.parameters(), *network.painter.parameters()]
    if network.skip is not None:
        weights.append(network.skip.weight)
    if len(network.changes):
        weights.append(network.changes)
    else:  # several processes wait for the gradient of all that is trained
        network.changes.requires_grad_(False)
    return [{"params": weights, "factor": 1.0}, {"params": rows, "factor": ROW_FACTOR}]


@torch.no_grad()
def spread(network: TransformerNet, count: int) -> Tensor:
    """How far the first `count` styles differ from one another, `(N,)`, relative to the mean of all numbers and at
    least `SLOWEST`: alike for all scales of a stage, for all its shifts, and so on. 1 throughout where nothing differs.

    A style that is learnt quickly is led astray by numbers that hardly differ, such as the last stage's scales.
    """
    variances = network.styles[:count].var(0, correction=0).split(network.row_parts)
    found = torch.cat([part.mean().sqrt().expand(len(part)) for part in variances])
    return (found / found.mean()).clamp_min(SLOWEST) if found.any() else torch.ones_like(found)


def _zeroed_before(gradient: Tensor, index: int) -> Tensor:
    return torch.cat([torch.zeros_like(gradient[:index]), gradient[index:]])


def _zeroed_from(gradient: Tensor, index: int) -> Tensor:
    return torch.cat([gradient[:index], torch.zeros_like(gradient[index:])])
