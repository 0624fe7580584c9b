"""What the steps of a training paint: crops of photographs, each in some style and more or less strongly."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stylize_engine.config import TrainingConfig
from stylize_engine.datasets import PictureDirectory
from stylize_engine.training.objective import Objective

# How many pixels of a photograph make one of a crop, as binary logarithms: enlarged crops teach the network what to do
# with the smooth areas of large pictures.
ZOOM = (-1.2, 1.0)
# The share of pictures painted with less than full strength, so that the way there is a good one too.
PARTIAL_STRENGTH = 0.2
# Where the convolutions rest, a crop is painted so many times before others are drawn: what should be kept of its
# content is then measured once, a sixth of a step's work. Features of no more pixels than that are held meanwhile.
TURNS, HELD_PIXELS = 4, 40 * 256**2


@dataclass(frozen=True)
class Batch:
    """Photos `(B, 3, H, W)`, by layer the features `(B, C, h, w)` that painting should keep of them, after which style
    each is painted, `(B,)`, and how strongly, `(B,)` in [0, 1]."""

    photos: Tensor
    contents: dict[str, Tensor]
    styles: Tensor
    strengths: Tensor


class Crops:
    """An endless source of batches for a training of `steps` steps.

    Crops of `photos` are drawn in sets, whose features `objective` finds; `random` is the only source of chance.
    """

    def __init__(
        self,
        config: TrainingConfig,
        photos: PictureDirectory,
        random: np.random.Generator,
        steps: int,
        objective: Objective,
    ):
        self.objective = objective
        self._config, self._photos, self._random = config, photos, random
        count = config.resolved_batch_size
        self._turns, batches = 1, 1
        if config.base:
            self._turns = TURNS
            batches = max(1, min(ceil(steps / TURNS), HELD_PIXELS // (count * config.image_size**2)))
        self._held = batches * count
        # What makes up each batch of a set: places of its crops, styles and strengths.
        self._plan: list[tuple[Tensor, Tensor, Tensor]] = []
        self._drawn, self._beginning = 0, self._chance()

    def draw(self) -> Batch:
        """The next batch."""
        if self._drawn == len(self._plan):
            self._begin_set()
        places, styles, strengths = self._plan[self._drawn]
        self._drawn += 1
        contents = {layer: features[places] for layer, features in self._contents.items()}
        return Batch(self._crops[places], contents, styles, strengths)

    def _begin_set(self) -> None:
        self._beginning, random, config = self._chance(), self._random, self._config
        count, device = config.resolved_batch_size, self.objective.device
        crops = [self._photos.crop(random, config.image_size, ZOOM) for _ in range(self._held)]
        places = np.concatenate([random.permutation(self._held) for _ in range(self._turns)])
        styles = random.integers(len(config.styles), size=len(places))
        partial = random.random(len(places)) < PARTIAL_STRENGTH
        strengths = np.where(partial, random.random(len(places)), 1.0).astype(np.float32)
        self._crops = torch.stack(crops).to(device)
        found = [self.objective.content_targets(photos) for photos in self._crops.split(count)]
        self._contents = {layer: torch.cat([features[layer] for features in found]) for layer in found[0]}
        parts = [torch.from_numpy(values).to(device).split(count) for values in (places, styles, strengths)]
        self._plan, self._drawn = list(zip(*parts, strict=True)), 0

    def _chance(self) -> dict[str, str]:
        """All that says which crops come next."""
        chance = self._random.bit_generator.state
        return {"random": json.dumps(chance), "left_out": json.dumps(sorted(self._photos.left_out))}

    def state(self) -> dict[str, Any]:
        """All that says which batches come next: the chance that a set under way began with, and how far it is."""
        ended = self._drawn == len(self._plan)
        return {**self._chance(), "drawn": 0} if ended else {**self._beginning, "drawn": self._drawn}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken; those of earlier versions have no set under way."""
        self._random.bit_generator.state = json.loads(state["random"])
        self._photos.leave_out(json.loads(state.get("left_out", "[]")))
        self._plan, self._drawn = [], 0
        if state.get("drawn"):
            self._begin_set()
            self._drawn = state["drawn"]
