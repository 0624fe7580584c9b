"""A picture painted from coarse to fine: large strokes at a small size, and what is too fine for it at larger ones.

A network learns strokes of so many pixels, so that in a picture of many pixels they are small. Painted small and
enlarged they are as large as in the painting, but blurred; so each size gives what the smaller ones cannot hold (the
Laplacian pyramid of Burt and Adelson, ACM Transactions on Graphics 1983; painting by sizes after Wang et al., CVPR
2017, though with one network for all and each size painted from the photo).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from torch import Tensor
from torch.nn.functional import interpolate

from stylize_engine.config import Scale
from stylize_engine.images import resize_to
from stylize_engine.progress import Progress

# What a step of refining takes for a pixel, beside what painting it takes.
REFINING_COST = 6.0


def reduced(image: Tensor, levels: Sequence[tuple[int, int]]) -> list[Tensor]:
    """`(B, 3, H, W)` in each of those sizes, which rise; the last one comes first, and each is made from the one before
    it, so that painting which changes nothing gives the photo back."""
    sizes = [resize_to(image, levels[-1])]
    for level in reversed(levels[:-1]):
        sizes.append(resize_to(sizes[-1], level))
    return sizes


def keep_coarse(painted: Tensor, coarse: Tensor) -> None:
    """Give `painted` `(B, 3, H, W)`, in place, the shapes and colours of `coarse` `(B, 3, h, w)`, the same in fewer
    pixels, and leave it its own detail; both in [0, 1]."""
    # Colour by colour, for each of a large picture takes 130 MB.
    for channel, wanted in zip(painted.split(1, 1), coarse.split(1, 1), strict=True):
        missing = wanted - resize_to(channel, tuple(wanted.shape[-2:]))
        channel.add_(interpolate(missing, size=channel.shape[-2:], mode="bicubic", antialias=True)).clamp_(0, 1)


class Reports:
    """What is told while a batch of pictures is painted at those sizes, in so many layers, and refined at the first,
    one picture after the other, at those scales: a step is a layer of a picture or one of refining it."""

    def __init__(
        self, levels: Sequence[tuple[int, int]], layers: int, refining: Sequence[Scale] = (), *, batch: int = 1
    ):
        self._pixels, self._layers = [height * width for height, width in levels], batch * layers
        self._level = self._layer = self._refine_steps = 0
        # What the first so many steps of refining take, in pixels that the batch is painted at.
        ratio = REFINING_COST * min(levels[0]) / max(levels[0]) / batch
        costs = batch * [ratio * scale.image_size**2 for scale in refining for _ in range(scale.steps)]
        self._refined = [0.0, *accumulate(costs)]
        self.total = len(levels) * self._layers + len(costs)

    def next_layer(self) -> Progress:
        """One more layer of this size is painted."""
        self._layer += 1
        return self._report(None)

    def next_step(self, preview: Tensor | None) -> Progress:
        """The first size is refined by one more step."""
        self._layer, self._refine_steps = self._layers, self._refine_steps + 1
        return self._report(preview)

    def next_level(self, preview: Tensor) -> Progress:
        """This size is painted, and `preview` what can be seen."""
        self._level, self._layer = self._level + 1, 0
        return self._report(preview)

    def _report(self, preview: Tensor | None) -> Progress:
        pixels = [*self._pixels, 0]
        done = sum(pixels[: self._level]) + pixels[self._level] * self._layer / self._layers
        done += self._refined[self._refine_steps]
        step = self._level * self._layers + self._layer + self._refine_steps
        return Progress(step, self.total, {}, preview, 0.99 * done / (sum(pixels) + self._refined[-1]))
