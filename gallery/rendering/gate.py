"""Samples of a trained style and what the gate before publishing asks to know of it."""

import math
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import torch
from django.conf import settings

from gallery.examples.samples import render_cover, render_strip
from gallery.models import ContentImage, StyleModel
from stylize_engine.config import ApplyConfig
from stylize_engine.decoding import open_picture
from stylize_engine.errors import ImageError, WeightsMismatchError
from stylize_engine.evaluation import LONG_EDGE, Judge
from stylize_engine.images import load_image, save_image
from stylize_engine.inference import apply_network
from stylize_engine.networks import LoadedNetwork

SAMPLE_PHOTOS = 3


def readable(photos: Iterable[Path], count: int = SAMPLE_PHOTOS) -> list[Path]:
    """The first few photos that can be read: what is only shown by them is not to fail for the others."""
    return list(islice(filter(_is_readable, photos), count))


def present(photos: Iterable[ContentImage]) -> list[Path]:
    """The files of those photos whose file is still there: of many to train on, one that is lost is no loss."""
    return [path for photo in photos if (path := Path(photo.file.path)).exists()]


def _is_readable(photo: Path) -> bool:
    try:
        open_picture(photo)
    except ImageError:
        return False
    return True


class Inspection:
    """Renders and measures the styles of a network on the gallery's own photos, which whoever sees a style may see.

    `mark` is part of the names of the files made; `written` lists them, to be removed again where all was in vain.
    """

    def __init__(self, mark: str, loaded: LoadedNetwork, network_bytes: int):
        self.mark, self.loaded, self.network_bytes = mark, loaded, network_bytes
        examples = ContentImage.objects.examples().order_by("title")
        self.photos = readable(Path(photo.file.path) for photo in examples)
        self.judge = Judge(device=settings.DEVICE)
        self.written: list[Path] = []

    def inspect(self, style: StyleModel, name: str, paintings: list[str]) -> dict:
        """The fields `cover`, `strip` and `gate` of a style, called `name` in the network and learnt from `paintings`.

        Without example photos that can be read there are no samples. Raises `WeightsMismatchError` where it paints no
        picture.
        """
        gate = {"network_bytes": self.network_bytes, "samples": bool(self.photos)}
        if not self.photos:
            return {"gate": gate}
        started = time.monotonic()
        samples = {
            "cover": render_cover(self.loaded, name, self.photos[0], settings.DEVICE),
            "strip": render_strip(self.loaded, name, self.photos, settings.DEVICE),
        }
        megapixels = sum(picture[0, 0].numel() for picture in samples.values()) / 1e6
        gate["seconds_a_megapixel"] = round((time.monotonic() - started) / megapixels, 2)
        fields = {kind: self._keep(style, kind, picture) for kind, picture in samples.items()}
        return fields | {"gate": gate | self.scores(name, paintings)}

    def scores(self, name: str, paintings: list[str]) -> dict:
        """How near a photo painted in a style comes to its paintings, None where that cannot be said, and to it."""
        photo = load_image(self.photos[0], LONG_EDGE).tensor
        painted = apply_network(self.loaded, photo, ApplyConfig({name: 1}), device=settings.DEVICE)
        pictures = [load_image(path, LONG_EDGE).tensor for path in paintings]
        score = self.judge.reference(photo, pictures or [photo]).score(painted)
        # A painting that is the very photo leaves nothing to be measured: the untouched photo is its distance.
        known = pictures and math.isfinite(score.style)
        return {
            "style_score": round(score.style, 4) if known else None,
            "content_score": round(score.content, 4),
            "judge": score.judge,
        }

    def _keep(self, style: StyleModel, kind: str, picture: torch.Tensor) -> str:
        if not picture.isfinite().all():
            raise WeightsMismatchError(f"The style {style.title!r} paints no picture: its training has failed.")
        name = f"samples/{style.pk}-{kind}-{self.mark}.jpg"
        path = Path(settings.MEDIA_ROOT) / name
        self.written.append(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        save_image(picture, path, quality=88)
        return name
