"""What a network under way is measured and shown by: always the same photographs."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from stylize_engine.datasets import middles
from stylize_engine.images import save_image
from stylize_engine.margins import MARGIN
from stylize_engine.training.crops import Batch
from stylize_engine.training.state import Training

SAMPLE_PHOTOS, SAMPLE_STYLES = 4, 12
SAMPLE_SIZE = 256


class Validation:
    """Losses and samples of photographs held out of the training."""

    def __init__(self, training: Training):
        self.training = training
        self.photos = training.validation_photos
        self.samples = self._samples().to(training.device)

    def _samples(self) -> Tensor:
        """Those asked for, each of which must be usable, or some of those held out, `(V, 3, S, S)`."""
        asked = self.training.config.samples
        if not asked:
            return middles(self.training.held_out, SAMPLE_SIZE, SAMPLE_PHOTOS)
        return torch.cat([middles([Path(path)], SAMPLE_SIZE) for path in asked])

    def losses(self) -> dict[str, float]:
        """Means of the losses over pairs of a photograph and a style, each style at least once."""
        pairs = range(max(len(self.photos), len(self.training.config.styles)))
        found = self.training.lanes.map(self._losses_of_pair, pairs)
        return {name: round(sum(losses[name] for losses in found) / len(pairs), 6) for name in found[0]}

    @torch.no_grad()
    def _losses_of_pair(self, pair: int) -> dict[str, float]:
        training, photo = self.training, self.photos[pair % len(self.photos)][None]
        style = torch.tensor([pair % len(training.config.styles)], device=photo.device)
        batch = Batch(photo, training.perceptual_loss.content_targets(photo), style, torch.ones_like(photo[:, 0, 0, 0]))
        return {name: loss.item() for name, loss in training.losses(batch).items()}

    def strip(self) -> Tensor:
        """The samples painted in the styles under training, a row a style, as one picture `(1, 3, H, W)`."""
        count = min(SAMPLE_STYLES, len(self.training.config.styles))
        photos, lanes = self.samples.split(1), self.training.lanes
        rows = [torch.cat(lanes.map(partial(self._sample, style), photos), dim=-1) for style in range(count)]
        return torch.cat(rows, dim=-2)

    @torch.no_grad()
    def _sample(self, style: int, photo: Tensor) -> Tensor:
        styles = torch.tensor([style], device=photo.device)
        return self.training.paint(photo, styles, torch.ones_like(photo[:, 0, 0, 0]), MARGIN).clamp(0, 1)


def save_strip(strip: Tensor, folder: Path, step: int) -> None:
    """Write the samples of a step."""
    save_image(strip, folder / f"step_{step:06d}.jpg", quality=90)
