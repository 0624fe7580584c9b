"""The pictures a network paints while it is being trained.

A small network that has only seen photographs is fooled by what it paints itself: optimising pixels for its losses
finds whatever the network fails to see. So a pool of such paintings is kept under way with the network as it stands,
and the network is trained on them too.
"""

from collections.abc import Iterable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from stylize_engine.datasets import PictureDirectory
from stylize_engine.losses import content_loss, gram_matrix, style_loss, total_variation_loss

PYRAMID_LEVELS = 3
CONTENT_LAYER = "relu3_2"
# Shares of paintings that begin as the photograph, as the photograph under a little noise, and as noise alone.
BEGINNINGS = {0.0: 0.5, 0.1: 0.25, 1.0: 0.25}
BETAS = (0.9, 0.99)


def pyramid(image: Tensor, levels: int = PYRAMID_LEVELS) -> list[Tensor]:
    """The picture at full, half, quarter ... size, each the average of 2x2 pixels of the one before."""
    sizes = [image]
    while len(sizes) < levels:
        sizes.append(F.avg_pool2d(sizes[-1], 2))
    return sizes


class IteratePool:
    """Paintings under way, those longest not worked on first.

    `rows` holds, with one row a painting: `image`, `content` and `style`, each `(3, S, S)` in [0, 1]; Adam's moments
    of the image, `first` and `second`; and numbers: `age` and `life` in optimisation steps, and `style_weight` and
    `rate`, which differ from painting to painting.
    """

    def __init__(self, random: np.random.Generator, photos: PictureDirectory, styles: PictureDirectory, *, size: int,
                 count: int, device: torch.device):  # fmt: skip
        self._random, self._photos, self._styles, self._size = random, photos, styles, size
        paintings = [self._begin() for _ in range(count)]
        self.rows = {name: torch.stack([row[name] for row in paintings]).to(device) for name in paintings[0]}
        # Unequal first lives, so that from then on there are always paintings of every age.
        self.rows["life"] *= torch.linspace(0.1, 1, count, device=device)

    def _begin(self) -> dict[str, Tensor]:
        """A painting not yet worked on."""
        random, size = self._random, self._size
        content = self._photos.crop(random, size)
        style = (self._styles if random.random() < 0.75 else self._photos).crop(random, size)
        noise = torch.from_numpy(random.random((3, size, size), dtype=np.float32))
        numbers = {
            "age": 0.0,
            "life": 2 ** random.uniform(4, 7.5),
            "style_weight": 10 ** random.uniform(0.5, 1.7),
            "rate": 10 ** random.uniform(-1.7, -1.2),
        }
        return {
            "image": torch.lerp(content, noise, random.choice(list(BEGINNINGS), p=list(BEGINNINGS.values()))),
            "content": content,
            "style": style,
            "first": torch.zeros_like(content),
            "second": torch.zeros_like(content),
            **{name: torch.tensor(value, dtype=torch.float32) for name, value in numbers.items()},
        }

    def visit(self, network: nn.Module, count: int, steps: int) -> Tensor:
        """Paint `steps` Adam steps on the next `count` paintings; gives them as `(count, 3, S, S)`.

        `network` gives `{layer: (B, C, h, w)}` of pictures in [0, 1], `CONTENT_LAYER` among them; all of its layers
        count for style. Paintings that had reached their age have been replaced by new ones before.
        """
        for row in torch.nonzero(self.rows["age"][:count] >= self.rows["life"][:count]).flatten().tolist():
            for name, value in self._begin().items():
                self.rows[name][row] = value
        with torch.no_grad():
            contents = network(self.rows["content"][:count])[CONTENT_LAYER]
            targets = _grams(map(network, pyramid(self.rows["style"][:count])))
        for _ in range(steps):
            image = self.rows["image"][:count].clone().requires_grad_()
            loss = self._loss(network, image, contents, targets)
            self._adam(torch.autograd.grad(loss, image)[0])
        painted = self.rows["image"][:count].clone()
        self.rows = {name: value.roll(-count, 0) for name, value in self.rows.items()}
        return painted

    def _loss(self, network: nn.Module, image: Tensor, contents: Tensor, targets: list[Tensor]) -> Tensor:
        """The sum of the paintings' own losses, each with its own style weight."""
        levels = [network(level) for level in pyramid(image)]
        grams, content = _grams(levels), levels[0][CONTENT_LAYER]
        total = image.new_zeros(())
        for row in range(len(image)):
            one = slice(row, row + 1)
            style = style_loss([gram[one] for gram in grams], [target[one] for target in targets])
            total = total + content_loss(content[one], contents[one]) + total_variation_loss(image[one])
            total = total + self.rows["style_weight"][row] * style
        return total

    @torch.no_grad()
    def _adam(self, gradient: Tensor) -> None:
        image, first, second, age, rate = (
            self.rows[name][: len(gradient)] for name in ("image", "first", "second", "age", "rate")
        )
        age += 1
        first.lerp_(gradient, 1 - BETAS[0])
        second.lerp_(gradient.square(), 1 - BETAS[1])
        mean, square = (
            moment / (1 - beta**age).view(-1, 1, 1, 1) for moment, beta in zip((first, second), BETAS, strict=True)
        )
        image.sub_(rate.view(-1, 1, 1, 1) * mean / (square.sqrt() + 1e-8)).clamp_(0, 1)


def _grams(levels: Iterable[dict[str, Tensor]]) -> list[Tensor]:
    return [gram_matrix(activation) for level in levels for activation in level.values()]
