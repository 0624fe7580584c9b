"""What a network under way is measured and shown by: always the same photographs."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from stylize_engine.datasets import PictureDirectory
from stylize_engine.images import load_image, resize_to_cover, save_image
from stylize_engine.training.state import Training

MAX_PHOTOS = 8
SAMPLE_PHOTOS, SAMPLE_STYLES = 4, 12
SAMPLE_SIZE = 256


class Validation:
    """Photographs held out of the training: `(V, 3, S, S)`, their middles."""

    def __init__(self, training: Training):
        self.training = training
        size = training.config.image_size
        pictures = [load_image(path, 2 * size).tensor for path in readable(training.held_out)]
        self.photos = torch.cat([resize_to_cover(picture, (size, size)) for picture in pictures]).to(training.device)
        samples = [resize_to_cover(picture, (SAMPLE_SIZE, SAMPLE_SIZE)) for picture in pictures[:SAMPLE_PHOTOS]]
        self.samples = torch.cat(samples).to(training.device)

    @torch.no_grad()
    def losses(self) -> dict[str, float]:
        """Means of the losses over pairs of a photograph and a style, each style at least once."""
        training, styles = self.training, len(self.training.config.styles)
        sums = None
        pairs = range(max(len(self.photos), styles))
        for pair in pairs:
            photo = self.photos[pair % len(self.photos)][None]
            style = torch.tensor([pair % styles], device=photo.device)
            losses = training.losses(photo, style, torch.ones(1, device=photo.device))
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
            painted = training.painter(self.samples, styles, torch.ones(len(self.samples), device=styles.device))
            rows.append(torch.cat(painted.clamp(0, 1).unbind(0), dim=-1))
        return torch.cat(rows, dim=-2)[None]


def readable(paths: list[Path]) -> list[Path]:
    """Up to `MAX_PHOTOS` of the files that are pictures, spread over all of them."""
    chosen = PictureDirectory(paths, "dataset", short_edge=64)
    step = max(1, len(chosen.paths) // MAX_PHOTOS)
    return chosen.paths[::step][:MAX_PHOTOS]


def save_strip(strip: Tensor, folder: Path, step: int) -> None:
    """Write the samples of a step."""
    folder.mkdir(parents=True, exist_ok=True)
    save_image(strip, folder / f"step_{step:06d}.jpg", quality=90)
