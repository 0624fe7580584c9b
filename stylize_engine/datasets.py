"""Pictures for training: directories of photographs and paintings, and random crops of them."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from stylize_engine.decoding import FORMATS, open_picture
from stylize_engine.errors import ConfigurationError, ImageError
from stylize_engine.images import load_image, resize_to_cover

# Of all files that `open_picture` reads.
SUFFIXES = frozenset(suffix for suffix, format_name in Image.registered_extensions().items() if format_name in FORMATS)
# What shrunken pictures may take of the memory, where they are held so that decoding does not slow the training down.
CACHE_BYTES = 768 * 2**20
# As Pillow holds them.
_BYTES_PER_PIXEL = 4


class PictureDirectory:
    """All pictures below one or more directories (or single files), each of them once, cropped at random.

    What lies in the folder `without` does not count, unless it is one of the directories or has one of them in it.
    Pictures are shrunk on reading until their short edge is `short_edge` pixels. A file that turns out to be no
    usable picture is left out from then on, and named in `left_out`: which picture is drawn next depends on how many
    there are, so who goes on with a stored source of chance has to `leave_out` the same ones. When none remains, the
    error of the last one is raised. Directories without pictures, and files that are none by their names, raise
    `ConfigurationError` naming `field`, whatever lies in the others.
    """

    def __init__(
        self,
        directories: str | Path | Sequence[str | Path],
        field: str,
        short_edge: int,
        without: Path | None = None,
    ):
        roots = [directories] if isinstance(directories, str | Path) else directories
        pictures = {str(root): _pictures_below(Path(root), without) for root in roots}
        empty = [root for root, below in pictures.items() if not below]
        if empty or not pictures:
            message = f"There are no pictures in {', '.join(empty)}; give a directory of JPEG or PNG files."
            raise ConfigurationError(field, message)
        self.paths = sorted({os.path.realpath(path): path for below in pictures.values() for path in below}.values())
        self.left_out: set[str] = set()
        self._short_edge = short_edge
        self._kept: OrderedDict[Path, Image.Image] = OrderedDict()
        self._kept_bytes = 0

    def crop(self, random: np.random.Generator, size: int, zoom: tuple[float, float] = (-0.5, 1.3)) -> Tensor:
        """A square of random place, scale and handedness from a random picture, RGB `(3, size, size)` in [0, 1].

        `zoom` bounds the binary logarithm of the picture's pixels for one of the square's, along an edge.
        """
        picture = self._choose(random)
        short = min(picture.size)
        edge = min(short, size * 2 ** random.uniform(*zoom))
        left, top = random.uniform(0, picture.width - edge), random.uniform(0, picture.height - edge)
        box = (left, top, left + edge, top + edge)
        crop = picture.resize((size, size), Image.Resampling.BICUBIC, box=box)
        if random.random() < 0.5:
            crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return torch.from_numpy(np.array(crop)).permute(2, 0, 1).float() / 255

    def split(self, share: float, random: np.random.Generator) -> list[Path]:
        """Take about that share of the pictures out, at least one but never the last; gives their paths in order."""
        count = min(len(self.paths) - 1, max(1, round(share * len(self.paths)))) if share else 0
        taken = {int(index) for index in random.permutation(len(self.paths))[:count]}
        kept = [path for index, path in enumerate(self.paths) if index not in taken]
        held_out = [path for index, path in enumerate(self.paths) if index in taken]
        self.paths = kept
        return held_out

    def leave_out(self, paths: Iterable[str]) -> None:
        """Take pictures out for good."""
        self.left_out |= set(paths)
        self.paths = [path for path in self.paths if str(path) not in self.left_out]

    def fingerprint(self) -> str:
        """Changes when pictures are added, removed, renamed or altered in length."""
        listing = "\n".join(f"{path.name} {path.stat().st_size}" for path in self.paths)
        return hashlib.sha256(listing.encode(errors="surrogateescape")).hexdigest()[:16]

    def _choose(self, random: np.random.Generator) -> Image.Image:
        while True:
            path = self.paths[random.integers(len(self.paths))]
            try:
                return self._kept_or_read(path)
            except ImageError:
                self.leave_out([str(path)])
                if not self.paths:
                    raise

    def _kept_or_read(self, path: Path) -> Image.Image:
        """The picture from memory or its file; those used longest ago make room for it."""
        if path not in self._kept:
            self._kept[path] = self._read(path)
            self._kept_bytes += _bytes_of(self._kept[path])
            while self._kept_bytes > CACHE_BYTES and len(self._kept) > 1:
                self._kept_bytes -= _bytes_of(self._kept.popitem(last=False)[1])
        self._kept.move_to_end(path)
        return self._kept[path]

    def _read(self, path: Path) -> Image.Image:
        picture = open_picture(path).image
        scale = self._short_edge / min(picture.size)
        if scale >= 1:
            return picture
        size = (round(picture.width * scale), round(picture.height * scale))
        return picture.resize(size, Image.Resampling.LANCZOS)


def _bytes_of(picture: Image.Image) -> int:
    return _BYTES_PER_PIXEL * picture.width * picture.height


def middles(paths: Sequence[Path], size: int, count: int = 8) -> Tensor:
    """The middle squares `(V, 3, size, size)` of up to `count` pictures, spread over all `paths`.

    Files that are no usable picture are left out; raises the last one's `ImageError` when none remains.
    """
    found, error = [], None
    count = min(count, len(paths))
    for path in (paths[index * len(paths) // count] for index in range(count)):
        try:
            found.append(resize_to_cover(load_image(path, 2 * size).tensor, (size, size)))
        except ImageError as broken:
            error = broken
    if not found:
        raise error or ValueError("middles needs at least one path")
    return torch.cat(found)


def _pictures_below(root: Path, without: Path | None) -> list[Path]:
    found = [root] if os.path.isfile(root) else root.rglob("*")
    pictures = [path for path in found if path.suffix.lower() in SUFFIXES and os.path.isfile(path)]
    return outside(pictures, root, without) if without else pictures


def outside(paths: Iterable[Path], root: Path, own: Path) -> list[Path]:
    """The paths, all below `root`, but for those below `own`, where that folder lies below `root` too."""
    own = Path(os.path.realpath(own))
    apart = Path(os.path.realpath(root)) in own.parents
    return [path for path in paths if not (apart and own in Path(os.path.realpath(path)).parents)]
