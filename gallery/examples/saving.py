"""Pictures that ship are JPEG files of limited size."""

from __future__ import annotations

import io

from PIL import Image

LOWEST_QUALITY = 60


def jpeg(picture: Image.Image, quality: int, max_bytes: int) -> bytes:
    """The picture as a JPEG of that quality, or of the best lower one that fits into `max_bytes`."""
    for tried in range(quality, LOWEST_QUALITY, -2):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=tried, optimize=True, progressive=True)
        if file.tell() <= max_bytes:
            return file.getvalue()
    raise ValueError(f"even at quality {LOWEST_QUALITY} the picture takes more than {max_bytes} bytes")
