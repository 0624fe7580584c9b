"""A painting coming about, as an animated picture."""

from __future__ import annotations

import os
from pathlib import Path

from PIL import Image
from torch import Tensor

from stylize_engine.errors import ImageError
from stylize_engine.images import resize, to_picture
from stylize_engine.outputs import unfinished

# The format of a suffix, and the long edge of its frames: a GIF, which hardly compresses paint, would be too heavy.
FORMATS = {".webp": ("WEBP", 720), ".gif": ("GIF", 480)}
MAX_FRAMES = 120
# The finished picture is looked at for so many milliseconds before it all begins again.
LAST_FRAME_MS = 2000
SHORTEST_FRAME_MS = 20


class Timelapse:
    """Collects the pictures of a search and writes them as an animated WebP or GIF, of `seconds` and the last frame.

    However many pictures come, memory holds 120 at the most: where more come, every second one is dropped and from
    then on half as many are taken. Raises `ImageError` for another suffix.
    """

    def __init__(self, path: str | os.PathLike, seconds: float = 6.0):
        self.path, self.seconds = Path(path), seconds
        if self.path.suffix.lower() not in FORMATS:
            raise ImageError(f"{self.path.name} cannot hold an animation; use {' or '.join(FORMATS)}.")
        self._format, self._long_edge = FORMATS[self.path.suffix.lower()]
        self._frames: list[Image.Image] = []
        self._stride, self._seen = 1, 0
        self._last: Tensor | None = None
        self._frames_end_with_the_last = False

    def add(self, picture: Tensor) -> None:
        """Take the next picture, `(1, 3, H, W)` in [0, 1]; sizes may differ."""
        self._last = picture
        self._frames_end_with_the_last = self._seen % self._stride == 0
        if self._frames_end_with_the_last:
            self._frames.append(self._frame(picture))
        self._seen += 1
        if len(self._frames) >= MAX_FRAMES:
            del self._frames[1::2]
            self._frames_end_with_the_last = False
            self._stride *= 2

    def save(self) -> None:
        """Write the file, whole or not at all; raises `ImageError` where there is no picture or no room for it."""
        if self._last is None:
            raise ImageError("A timelapse needs at least one picture.")
        last = self._frame(self._last)
        earlier = self._frames[:-1] if self._frames_end_with_the_last else self._frames
        # Previews at coarse scales are smaller than the finished picture.
        frames = [
            frame if frame.size == last.size else frame.resize(last.size, Image.Resampling.BICUBIC) for frame in earlier
        ] + [last]
        if self._format == "GIF":
            frames = _in_common_colors(frames)
        pace = max(SHORTEST_FRAME_MS, round(1000 * self.seconds / len(frames)))
        try:
            with unfinished(self.path) as part:
                frames[0].save(
                    part, self._format, save_all=True, append_images=frames[1:], loop=0,
                    duration=[pace] * (len(frames) - 1) + [LAST_FRAME_MS], quality=80,
                )  # fmt: skip
        except OSError as error:
            reason = error.strerror or error
            raise ImageError(f"{self.path} cannot be written ({reason}); choose another place.") from error

    def _frame(self, picture: Tensor) -> Image.Image:
        return to_picture(resize(picture, min(self._long_edge, max(picture.shape[-2:]))))


def _in_common_colors(frames: list[Image.Image]) -> list[Image.Image]:
    """The frames in 256 colours of the first and the last; a palette for each frame flickers and takes long to find."""
    width, height = frames[0].size
    both = Image.new("RGB", (2 * width, height))
    both.paste(frames[0], (0, 0))
    both.paste(frames[-1], (width, 0))
    palette = both.quantize(256)
    return [frame.quantize(palette=palette) for frame in frames]
