"""A few steps of Gatys' search that go on from what a fast network has painted.

A network paints every photo by the same rule, and has to leave out what only some photos need. Two dozen steps from
there find it for this photo: they take the picture nearly five times as near to the paintings, hardly further from the
photo. From the photo itself as many steps have only begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor

from stylize_engine.config import MAX_STYLES, ApplyConfig, GatysConfig
from stylize_engine.config.checks import MAX_STROKE, MIN_STROKE
from stylize_engine.config.inference import LEARNT_EDGE
from stylize_engine.errors import ConfigurationError
from stylize_engine.gatys import optimize
from stylize_engine.progress import Progress

# Less than a third of what a search usually has: so few steps with more leave holes in faces.
STYLE_WEIGHT = 60.0
Paintings = Mapping[str, Sequence[Tensor]]


def check_paintings(config: ApplyConfig, paintings: Paintings) -> None:
    """Raises `ConfigurationError` where a picture is to be refined and a style has no painting to be compared with, or
    where more styles are blended than a search compares."""
    if not config.refine_steps:
        return
    names = [name for name, share in config.styles.items() if share]
    if len(names) > MAX_STYLES:
        message = f"styles: {len(names)} are blended; refine_steps takes {MAX_STYLES} at the most."
        raise ConfigurationError("styles", message)
    for name in names:
        if not paintings.get(name):
            raise ConfigurationError(
                "refine_steps", f"refine_steps needs a painting of the style {name!r}; give one, or 0 steps."
            )


def refine(
    painted: Tensor, photo: Tensor, paintings: Paintings, config: ApplyConfig, device: torch.device
) -> Iterator[Progress]:
    """Refine `(B, 3, H, W)` that a network has painted from a photo of that size; returns it.

    `paintings` are `(1, 3, h, w)`, by style; strokes get the size in pixels that the network has learnt from them. Of
    a style with very many the first ones count. Each `Progress` shows the picture that is worked on.
    """
    names = [name for name, share in config.styles.items() if share]
    paintings = {name: paintings[name][: max(1, MAX_STYLES // len(names))] for name in names}
    size = max(photo.shape[-2:])
    search = GatysConfig(
        image_size=size,
        num_steps=config.refine_steps,
        scales=1,
        # At half strength the photo counts four times as much, as far as the network leaves it then.
        style_weight=STYLE_WEIGHT * config.strength**2,
        style_weights=[config.styles[name] / len(paintings[name]) for name in names for _ in paintings[name]],
        stroke=min(MAX_STROKE, max(MIN_STROKE, LEARNT_EDGE / size)),
        precision=config.precision,
    )
    styles, refined = [painting for name in names for painting in paintings[name]], []
    for start, seen in zip(painted.split(1), photo.split(1), strict=True):
        for progress in optimize(seen, styles, search, start=start, device=str(device), report_every=1):
            yield progress
        refined.append(progress.preview)
    return torch.cat(refined)
