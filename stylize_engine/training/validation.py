"""What a network under way is measured and shown by: always the same photographs."""

from __future__ import annotations

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
        asked = [Path(path) for path in training.config.samples]
        chosen, count = (asked, len(asked)) if asked else (training.held_out, SAMPLE_PHOTOS)
        self.samples = middles(chosen, SAMPLE_SIZE, count).to(training.device)

    @torch.no_grad()
    def losses(self) -> dict[str, float]:
        """Means of the losses over pairs of a photograph and a style, each style at least once."""
        training, styles = self.training, len(self.training.config.styles)
        sums = None
        pairs = range(max(len(self.photos), styles))
        for pair in pairs:
            photo = self.photos[pair % len(self.photos)][None]
            style = torch.tensor([pair % styles], device=photo.device)
            contents = training.objective.content_targets(photo)
            losses = training.losses(Batch(photo, contents, style, torch.ones(1, device=photo.device)))
            values = torch.stack(tuple(losses.values()))
            sums = values if sums is None else sums + values
        return {name: round(value / len(pairs), 6) for name, value in zip(losses, sums.tolist(), strict=True)}

    @torch.no_grad()
    def strip(self) -> Tensor:
        """The samples painted in the styles under training, a row a style, as one picture `(1, 3, H, W)`."""
        training = self.training
        rows = []
        for style in range(min(SAMPLE_STYLES, len(training.config.styles))):
            styles = torch.full((len(self.samples),), style, device=self.samples.device)
            strengths = torch.ones(len(self.samples), device=styles.device)
            painted = training.painter(self.samples, styles, strengths, MARGIN)
            rows.append(torch.cat(painted.clamp(0, 1).unbind(0), dim=-1))
        return torch.cat(rows, dim=-2)[None]


def save_strip(strip: Tensor, folder: Path, step: int) -> None:
    """Write the samples of a step."""
    save_image(strip, folder / f"step_{step:06d}.jpg", quality=90)
