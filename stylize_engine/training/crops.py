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
from stylize_engine.training.lanes import Lanes
from stylize_engine.training.perceptual_loss import PerceptualLoss

# How many pixels of a photograph make one of a crop, as binary logarithms: enlarged crops teach the network what to do
# with the smooth areas of large pictures.
ZOOM = (-1.2, 1.0)
# The share of pictures painted with less than full strength, so that the way there is a good one too. None for a base's
# new styles: it has learnt the way already, and a row learnt at full strength alone comes nearer to its painting.
PARTIAL_STRENGTH = 0.2
# Where the convolutions rest, a crop is painted so many times before others are drawn, for what should be kept of its
# content to be measured once. No more crops are held meanwhile than fit into these bytes.
TURNS, HELD_BYTES = 2, 160 * 2**20


@dataclass(frozen=True)
class Batch:
    """Photos `(B, 3, H, W)`, by layer the features `(B, C, h, w)` that painting should keep of them, after which style
    each is painted, `(B,)`, and how strongly, `(B,)` in [0, 1]."""

    photos: Tensor
    contents: dict[str, Tensor]
    styles: Tensor
    strengths: Tensor

    def split(self, count: int) -> list[Batch]:
        """The same in up to `count` shares, no two of which differ by more than one picture."""
        count = min(count, len(self.photos))
        by_layer = [features.tensor_split(count) for features in self.contents.values()]
        contents = [dict(zip(self.contents, features, strict=True)) for features in zip(*by_layer, strict=True)]
        tensors = (whole.tensor_split(count) for whole in (self.photos, self.styles, self.strengths))
        return [
            Batch(photos, kept, styles, strengths)
            for kept, photos, styles, strengths in zip(contents, *tensors, strict=True)
        ]


class Crops:
    """An endless source of batches for a training of `steps` steps.

    Crops of `photos` are drawn in sets, whose features `perceptual_loss` finds in `lanes`; `random` is the only source
    of chance.
    """

    def __init__(
        self,
        config: TrainingConfig,
        photos: PictureDirectory,
        random: np.random.Generator,
        steps: int,
        perceptual_loss: PerceptualLoss,
        lanes: Lanes,
    ):
        self.perceptual_loss, self._lanes = perceptual_loss, lanes
        self._config, self._photos, self._random = config, photos, random
        self._turns, self._batches = (TURNS, ceil(steps / TURNS)) if config.base else (1, 1)
        self._held: list[tuple[Tensor, dict[str, Tensor]]] = []
        # What makes up each batch of a set: places of its crops among those held, styles and strengths.
        self._plan: list[tuple[list[int], Tensor, Tensor]] = []
        self._drawn, self._beginning = 0, self._chance()

    def draw(self) -> Batch:
        """The next batch."""
        if self._drawn == len(self._plan):
            self._begin_set()
        places, styles, strengths = self._plan[self._drawn]
        self._drawn += 1
        crops, features = zip(*(self._held[place] for place in places), strict=True)
        contents = {layer: torch.cat([found[layer] for found in features]) for layer in features[0]}
        return Batch(torch.cat(crops), contents, styles, strengths)

    def _begin_set(self) -> None:
        self._beginning, self._held = self._chance(), []
        self._hold_a_batch()
        size = sum(tensor.nbytes for crop, found in self._held for tensor in (crop, *found.values()))
        sets = ceil(self._batches / max(1, HELD_BYTES // size))
        for _ in range(1, ceil(self._batches / sets)):
            self._hold_a_batch()
        random, count = self._random, self._config.resolved_batch_size
        places = np.concatenate([random.permutation(len(self._held)) for _ in range(self._turns)])
        styles = random.integers(len(self._config.styles), size=len(places))
        partial = random.random(len(places)) < (0.0 if self._config.base else PARTIAL_STRENGTH)
        strengths = np.where(partial, random.random(len(places)), 1.0).astype(np.float32)
        chosen = (
            torch.from_numpy(values).to(self.perceptual_loss.device).split(count) for values in (styles, strengths)
        )
        self._plan = list(zip(places.reshape(-1, count).tolist(), *chosen, strict=True))
        self._drawn = 0

    def _hold_a_batch(self) -> None:
        size, count = self._config.image_size, self._config.resolved_batch_size
        crops = torch.stack([self._photos.crop(self._random, size, ZOOM) for _ in range(count)])
        shares = crops.to(self.perceptual_loss.device).tensor_split(min(self._lanes.count, count))
        for share, found in zip(shares, self._lanes.map(self.perceptual_loss.content_targets, shares), strict=True):
            by_crop = zip(*(features.split(1) for features in found.values()), strict=True)
            self._held += [
                (crop, dict(zip(found, features, strict=True)))
                for crop, features in zip(share.split(1), by_crop, strict=True)
            ]

    def _chance(self) -> dict[str, str]:
        """All that says which crops come next."""
        chance = self._random.bit_generator.state
        return {"random": json.dumps(chance), "left_out": json.dumps(sorted(self._photos.left_out))}

    def state(self) -> dict[str, Any]:
        """All that says which batches come next: the chance that a set under way began with, and how far it is."""
        ended = self._drawn == len(self._plan)
        chance, drawn = (self._chance(), 0) if ended else (self._beginning, self._drawn)
        return {**chance, "drawn": drawn, "turns": self._turns}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken, but for a set whose crops were to be painted more often or less, as in
        earlier versions: another one begins."""
        self._random.bit_generator.state = json.loads(state["random"])
        self._photos.leave_out(json.loads(state.get("left_out", "[]")))
        self._plan, self._drawn = [], 0
        if state.get("drawn") and state.get("turns") == self._turns:
            self._begin_set()
            self._drawn = state["drawn"]
