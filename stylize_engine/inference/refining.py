"""A few steps of Gatys' search that go on from what a fast network has painted.

A network paints every photo by the same rule, and has to leave out what only some photos need. Three dozen steps from
there find it for this photo: they take the picture nearly five times as near to the paintings, no further from the
photo. From the photo itself as many steps have only begun. Two thirds of them are cheap: large shapes are found at a
quarter and at half of the size, of which the picture keeps all that fits into so few pixels, beside its own detail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from stylize_engine.config import MAX_STYLES, ApplyConfig, GatysConfig, Scale, refining_plan
from stylize_engine.config.checks import MAX_STROKE, MIN_STROKE
from stylize_engine.config.inference import LEARNT_EDGE, least_refined_edge
from stylize_engine.errors import ConfigurationError, ImageTooSmallError
from stylize_engine.extractors import build_extractor
from stylize_engine.gatys import optimize
from stylize_engine.images import edge_ratio, resize
from stylize_engine.inference.levels import keep_coarse

# Less than a quarter of what a search usually has: so few steps with more leave holes in faces.
STYLE_WEIGHT = 45.0
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


def scales_of(photo: Tensor, paintings: Paintings, config: ApplyConfig) -> tuple[Scale, ...]:
    """The scales at which what is painted from the photo `(B, 3, H, W)` is refined: none at a strength of 0, and, but
    for the last one, none at which one of the pictures is too narrow to be compared.

    Raises `ImageTooSmallError` where one is too narrow at the photo's own size.
    """
    if not config.strength or not config.refine_steps:
        return ()
    edge, pictures = max(photo.shape[-2:]), [("The photo", photo)]
    for name, style in _named(paintings, config).items():
        pictures += [(f"A painting of {name!r}", painting) for painting in style]
    for who, picture in pictures:
        if edge < (least := least_refined_edge(edge_ratio(picture))):
            raise ImageTooSmallError(
                f"{who} is too small or too narrow: pictures are refined with a long edge of {edge} pixels here, and "
                f"this one needs {least}. Choose a larger image_size, a smaller stroke, or 0 refine_steps."
            )
    return refining_plan(edge, min(edge_ratio(picture) for _, picture in pictures), config.refine_steps)


def refine(
    painted: Tensor, photo: Tensor, paintings: Paintings, config: ApplyConfig, plan: Sequence[Scale]
) -> Iterator[Tensor]:
    """Refine `(B, 3, H, W)` that a network has painted from a photo of that size, at the scales of `plan`; returns it.

    `paintings` are `(1, 3, h, w)`, by style; strokes get the size in pixels that the network has learnt from them. Of
    a style with very many the first ones count. After each step the picture that is worked on is yielded, `(1, 3, H,
    W)`.
    """
    paintings = _named(paintings, config)
    search = GatysConfig(
        scales=1,
        # At half strength the photo counts four times as much, as far as the network leaves it then.
        style_weight=STYLE_WEIGHT * config.strength**2,
        style_weights=[config.styles[name] / len(style) for name, style in paintings.items() for _ in style],
        stroke=min(MAX_STROKE, max(MIN_STROKE, LEARNT_EDGE / max(photo.shape[-2:]))),
        precision=config.precision,
    )
    styles, refined = [picture for style in paintings.values() for picture in style], []
    ways = {
        "extractor": build_extractor(search.extractor, search.resolved_layers),
        "device": str(photo.device),
        "report_every": 1,
    }
    for picture, seen in zip(painted.split(1), photo.split(1), strict=True):
        for scale in plan:
            at_scale = replace(search, image_size=scale.image_size, num_steps=scale.steps)
            small, start = (resize(whole, scale.image_size) for whole in (seen, picture))
            for progress in optimize(small, styles, at_scale, start=start, **ways):
                shown = _enlarged(progress.preview, picture)
                yield shown
            picture = shown
        refined.append(picture)
    return torch.cat(refined)


def _named(paintings: Paintings, config: ApplyConfig) -> Paintings:
    """The paintings of the styles that have a share, as many of each as a search compares."""
    names = [name for name, share in config.styles.items() if share]
    return {name: paintings[name][: max(1, MAX_STYLES // len(names))] for name in names}


def _enlarged(small: Tensor, picture: Tensor) -> Tensor:
    """What has been found in fewer pixels, with the picture's own detail."""
    if small.shape == picture.shape:
        return small
    enlarged = picture.clone()
    keep_coarse(enlarged, small)
    return enlarged
