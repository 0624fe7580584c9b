"""Gatys' method: paint one picture by optimising its pixels (Gatys et al., CVPR 2016)."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from stylize_engine.checkpoints import check_replaceable, digest_of, identity_of, load_checkpoint, save_checkpoint
from stylize_engine.config import MAX_IMAGE_SIZE, MAX_STYLES, GatysConfig
from stylize_engine.devices import memory_errors_named, resolve_device
from stylize_engine.errors import CheckpointError, ConfigurationError, DivergenceError, ImageTooSmallError
from stylize_engine.extractors import Extractor, build_extractor
from stylize_engine.gatys.search import Pictures, Search
from stylize_engine.images import check_shape
from stylize_engine.layers import EXTRACTORS
from stylize_engine.progress import Progress


# Whatever mode torch is in: what a search computes has gradients.
@torch.inference_mode(False)
@torch.enable_grad()
def optimize(
    content: Tensor,
    styles: Sequence[Tensor],
    config: GatysConfig,
    *,
    start: Tensor | None = None,
    extractor: Extractor | None = None,
    weights_path: str | os.PathLike | None = None,
    device: str = "auto",
    report_every: int | None = None,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_every: int | None = 50,
    resume: bool = False,
) -> Iterator[Progress]:
    """Paint `content` in the manner of `styles`; yields a `Progress` every `report_every` steps and at the last one.

    All pictures are `(1, 3, H, W)` in [0, 1]; each is scaled here, in its own ratio. The search runs from coarse to
    fine through the scales of `config.plan`; the last one has a long edge of `config.image_size`, and the content
    picture scaled to it gives the size of the result. A step is one evaluation of the loss, with either optimizer.
    Losses in a `Progress` are weighted, so that content, style and tv add up to total; they belong to the picture
    before the step, and `preview`, which has the size of its scale, to the one after it. With `config.patience` the
    search may need fewer steps than planned: `total` then shrinks, and the last report still has `step == total`.

    On a CPU the same seed gives the same picture, by the same precision and memory plan: "auto" chooses them by what is
    fast and free at the moment, which the size of tiles follows too. A GPU adds up gradients in an order that changes.

    `start` is a picture that the search begins with instead of what `config.init` says, scaled to the first scale's
    size. `extractor` saves building one; it must offer the layers that `config` asks for. `report_every` defaults to 1
    on a CPU and to 10 on a GPU, which has to wait for each report.

    `checkpoint` names a file that holds the whole state every `checkpoint_every` steps, and once the generator is
    closed before its end, as leaving its loop does, where it can be written then; with None only then. With `resume`,
    and where the file exists, the search goes on from it and ends as one that was never interrupted, on a CPU with
    exactly its picture. From the checkpoint of a finished search, its last report comes again. A file that is no
    checkpoint is never replaced by one.

    Arguments are checked, weights loaded and targets computed before this returns. Raises `ConfigurationError`,
    `ImageTooSmallError`, `WeightsError`, `CheckpointError` and `DeviceError` here, `DivergenceError` and
    `OutOfMemoryError` while iterating, and `ValueError` for tensors of another shape. Closing the generator cancels.
    """
    _check_pictures(content, styles, config)
    if start is not None:
        check_shape(start)
    if checkpoint is not None and not resume:
        check_replaceable(checkpoint)
    target_device = resolve_device(device)
    if extractor is None:
        extractor = build_extractor(config.extractor, config.resolved_layers, config.pooling, weights_path)
    for name, number in (("report_every", report_every), ("checkpoint_every", checkpoint_every)):
        if number is not None and number < 1:
            raise ConfigurationError(name, f"{name} is {number}; give 1 or more.")
    if report_every is None:
        report_every = 1 if target_device.type == "cpu" else 10
    beginning = None if start is None else _usable(start)
    pictures = Pictures(_usable(content), [_usable(style) for style in styles], beginning)
    with memory_errors_named():
        search = Search(pictures, config, _on_device(extractor, target_device), target_device)
    keeper = None
    if checkpoint is not None:
        keeper = _Keeper(Path(checkpoint), checkpoint_every, _identity(pictures, config, extractor))
        if resume and os.path.exists(keeper.path):
            with memory_errors_named():
                search.restore(load_checkpoint(keeper.path, keeper.identity))
    return _paint(search, report_every, keeper)


def _check_pictures(content: Tensor, styles: Sequence[Tensor], config: GatysConfig) -> None:
    if not 1 <= len(styles) <= MAX_STYLES:
        raise ConfigurationError("styles", f"There are {len(styles)} style pictures; give 1 to {MAX_STYLES}.")
    if config.style_weights is not None and len(config.style_weights) != len(styles):
        given = len(config.style_weights)
        raise ConfigurationError(
            "style_weights", f"style_weights has {given} numbers for {len(styles)} style pictures; give one for each."
        )
    min_edge = EXTRACTORS[config.extractor].min_edge
    paintings = [f"Style picture {number}" for number in range(1, len(styles) + 1)]
    for name, picture in zip(("The photo", *paintings), (content, *styles), strict=True):
        check_shape(picture)
        height, width = picture.shape[-2:]
        if min(height, width) * config.image_size < min_edge * max(height, width):
            # The edges are rounded, where the picture was scaled: half a pixel less of the short one is possible.
            least = math.ceil(min_edge * max(height, width) / max(0.5, min(height, width) - 0.5))
            larger = f"choose image_size {least} or more, or" if least <= MAX_IMAGE_SIZE else "choose"
            raise ImageTooSmallError(
                f"{name} is too narrow at image_size {config.image_size}; {larger} a picture that is less narrow."
            )


# Each step anew: the caller's own mode is back between them.
@torch.inference_mode(False)
@torch.enable_grad()
def _paint(search: Search, report_every: int, keeper: _Keeper | None) -> Iterator[Progress]:
    if search.finished:  # restored from a checkpoint after its last step
        yield _progress(search)
    try:
        while not search.finished:
            search.advance()
            if keeper:
                keeper.keep(search)
            if search.step % report_every == 0 or search.finished:
                yield _progress(search)
    except GeneratorExit:
        if keeper:
            keeper.keep_last(search)
        raise


def _progress(search: Search) -> Progress:
    losses = search.read_losses()
    if search.finished:
        _check_picture(search)
    return Progress(search.step, search.total, losses, search.picture(), search.work)


def _check_picture(search: Search) -> None:
    """The losses are those before the step: of what it has made of the picture only the next ones would tell."""
    if not search.image.isfinite().all():
        raise DivergenceError(
            "The picture is no longer one of finite numbers; lower the learning rate or the weights, or use the adam "
            "optimizer."
        )


@dataclass(frozen=True)
class _Keeper:
    """Writes the checkpoints of one search."""

    path: Path
    every: int | None
    identity: str

    def keep(self, search: Search) -> None:
        if self._is_due(search):
            self._save(search)

    def keep_last(self, search: Search) -> None:
        """Write what is not kept yet of a search that is left; where the disk fails or the search has diverged, an
        older state stays, and where the folder is gone, nothing is written."""
        if not self._is_due(search) and self.path.parent.is_dir():
            with suppress(CheckpointError, DivergenceError):
                self._save(search)

    def _save(self, search: Search) -> None:
        """Write the state, which must not take the place of one that can still be gone on with if this one cannot."""
        search.read_losses()
        _check_picture(search)
        save_checkpoint(self.path, self.identity, search.state())

    def _is_due(self, search: Search) -> bool:
        return self.every is not None and (search.step % self.every == 0 or search.finished)


def _identity(pictures: Pictures, config: GatysConfig, extractor: Extractor) -> str:
    """What must be the same for a checkpoint to go on exactly: settings, pictures and weights."""
    started = () if pictures.start is None else (pictures.start,)
    inputs = digest_of((pictures.content, *pictures.styles, *started, *extractor.state_dict().values()))
    return identity_of(config.to_dict() | {"inputs": inputs})


def _usable(tensor: Tensor) -> Tensor:
    """The tensor, or a copy of one from torch's inference mode, which gradients must not be taken through."""
    return tensor.clone() if tensor.is_inference() else tensor


def _on_device(extractor: Extractor, device: torch.device) -> Extractor:
    """The extractor on `device` and as `_usable` as its pictures, a copy unless it is so already: the caller's own must
    stay as it is."""
    tensors = [*extractor.parameters(), *extractor.buffers()]
    if all(tensor.device == device and not tensor.is_inference() for tensor in tensors):
        return extractor
    return copy.deepcopy(extractor).to(device)
