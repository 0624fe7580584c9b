"""The pictures a network paints while it is being trained.

A small network that has only seen photographs is fooled by what it paints itself: optimising pixels for its losses
finds whatever the network fails to see. So pictures are painted with the network as it stands, by the very search that
will use it, and the network is trained on them too.
"""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from stylize_engine.config import GatysConfig
from stylize_engine.datasets import PictureDirectory
from stylize_engine.extractors import Extractor
from stylize_engine.gatys import optimize

# Binary logarithms: the edge of a painting relative to that of a crop in training, and the steps of its search.
SIZES, STEPS = (0.6, 1.2), (5.2, 6.8)
# Decimal logarithms of the weights of style and smoothness.
STYLE_WEIGHTS, TV_WEIGHTS = (1.5, 2.7), (0.0, 1.3)
# Shares of the last scale's steps after which a painting is kept: just enlarged, under way, and done.
MOMENTS = (0.0, 0.25, 1.0)
# So often the painting that is looked at is one that is done.
DONE_SHARE = 0.6


@dataclass(frozen=True)
class Iterate:
    """A `picture` on its way from a `photo` to look like a `painting`, each `(1, 3, S, S)` in [0, 1]."""

    picture: Tensor
    photo: Tensor
    painting: Tensor
    style_weight: float


class Iterates:
    """The last `count` paintings, each at several moments of its search.

    `paintings` holds, oldest first, for each: `pictures` `(moments, 3, S, S)`, `photo` and `painting` `(1, 3, S, S)`,
    float16, and its `style_weight`.
    """

    def __init__(self, random: np.random.Generator, photos: PictureDirectory, styles: PictureDirectory, *, size: int,
                 count: int, precision: str, device: torch.device):  # fmt: skip
        self._random, self._photos, self._styles = random, photos, styles
        self._size, self._count, self._precision, self._device = size, count, precision, device
        self.paintings: list[dict[str, Any]] = []

    def paint(self, network: nn.Module) -> None:
        """Paint one more with an extractor's `network` as it stands, in place of the oldest where there are enough."""
        random = self._random
        config = GatysConfig(
            image_size=round(self._size * 2 ** random.uniform(*SIZES)),
            num_steps=round(2 ** random.uniform(*STEPS)),
            style_weight=10 ** random.uniform(*STYLE_WEIGHTS),
            tv_weight=10 ** random.uniform(*TV_WEIGHTS),
            precision=self._precision,
        )
        photo, painting = (
            source.crop(random, config.image_size)[None].to(self._device)
            for source in (self._photos, self._styles if random.random() < 0.85 else self._photos)
        )
        extractor = Extractor(copy.deepcopy(network))
        search = optimize(photo, [painting], config, extractor=extractor, device=str(self._device), report_every=1)
        last = [progress.preview for progress in search if progress.preview.shape == photo.shape]
        kept = torch.cat([last[round(moment * (len(last) - 1))] for moment in MOMENTS])
        new = {"pictures": kept.half(), "photo": photo.half(), "painting": painting.half()}
        self.paintings = [*self.paintings, new | {"style_weight": config.style_weight}][-self._count :]

    def choose(self) -> Iterate:
        """One of them at random, more often done than not."""
        painting = self.paintings[self._random.integers(len(self.paintings))]
        moment = -1 if self._random.random() < DONE_SHARE else self._random.integers(len(MOMENTS))
        picture, photo, style = (
            tensor.float().contiguous(memory_format=torch.channels_last)
            for tensor in (painting["pictures"][moment][None], painting["photo"], painting["painting"])
        )
        return Iterate(picture, photo, style, painting["style_weight"])
