"""Renders the bundled styles' samples: `python -m gallery.examples.render_styles [--sheet FILE] [--refined FILE]`.

Each style of trained.json gets `trained/<slug>-cover.jpg` and `trained/<slug>-strip.jpg`, painted by the bundled
network from bundled photographs; `--sheet` adds one picture of all styles beside all photographs, `--refined` one of
what refining makes of some of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image

from gallery.examples import NETWORK, REFINE_STEPS, Catalogue, load_catalogue
from gallery.examples.samples import render_cover, render_strip
from gallery.examples.saving import jpeg
from stylize_engine.charts import contact_sheet
from stylize_engine.config import ApplyConfig
from stylize_engine.config.inference import LEARNT_EDGE
from stylize_engine.errors import StylizeError
from stylize_engine.images import load_image, resize, to_picture
from stylize_engine.inference import apply_network
from stylize_engine.networks import LoadedNetwork, load_network

COVER_PHOTO, STRIP_PHOTOS = "summer-palace", ("astronaut", "chelsea", "dahlia")
QUALITY, COVER_BYTES, STRIP_BYTES, SHEET_BYTES = 88, 90_000, 160_000, 2_500_000
SHEET_CELL = 240
# Photographs and styles that show what refining does, and how large.
REFINED = {
    "astronaut": "wheat-field", "rocket": "starry-night", "summer-palace": "stained-glass",
    "chelsea": "great-wave", "dahlia": "the-kiss", "raccoon": "udnie",
}  # fmt: skip
REFINED_CELL, REFINED_BYTES = 480, 1_500_000


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gallery.examples.render_styles", description="Render the samples of the bundled styles."
    )
    parser.add_argument("--network", type=Path, default=NETWORK, help="the network file (default: the bundled one)")
    parser.add_argument("--output", type=Path, default=NETWORK.parent, help="folder for the files")
    parser.add_argument("--sheet", type=Path, help="also write a sheet of styles by photographs to this JPEG file")
    parser.add_argument("--refined", type=Path, help="also write a sheet of refined pictures to this JPEG file")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1 (default auto)")
    options = parser.parse_args(arguments)
    catalogue = load_catalogue()
    photos = {photo.slug: photo.path for photo in catalogue.photos}
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        loaded = load_network(options.network)
        for model in catalogue.models:
            cover = to_picture(render_cover(loaded, model.slug, photos[COVER_PHOTO], options.device))
            strip = render_strip(loaded, model.slug, [photos[slug] for slug in STRIP_PHOTOS], options.device)
            (options.output / model.cover.name).write_bytes(jpeg(cover, QUALITY, COVER_BYTES))
            (options.output / model.strip.name).write_bytes(jpeg(to_picture(strip), QUALITY, STRIP_BYTES))
            print(model.slug, flush=True)
        if options.sheet:
            options.sheet.write_bytes(jpeg(_sheet(loaded, catalogue, options.device), QUALITY, SHEET_BYTES))
        if options.refined:
            options.refined.write_bytes(jpeg(_refined(loaded, catalogue, options.device), QUALITY, REFINED_BYTES))
    except StylizeError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _sheet(loaded: LoadedNetwork, catalogue: Catalogue, device: str) -> Image.Image:
    """A row for each style, a column for each photograph; the first row is the photographs themselves."""
    photos = [resize(load_image(photo.path).tensor, 2 * SHEET_CELL) for photo in catalogue.photos]
    rows = [[(to_picture(photo), example.title) for photo, example in zip(photos, catalogue.photos, strict=True)]]
    for model in catalogue.models:
        config = ApplyConfig({model.slug: 1})
        rows.append(
            [(to_picture(apply_network(loaded, photo, config, device=device)), model.title) for photo in photos]
        )
    return contact_sheet(rows, cell=SHEET_CELL)


def _refined(loaded: LoadedNetwork, catalogue: Catalogue, device: str) -> Image.Image:
    """A row for each of `REFINED`: the photograph, painted at once, and refined."""
    photos = {photo.slug: photo for photo in catalogue.photos}
    models = {model.slug: model for model in catalogue.models}
    rows = []
    for slug, style in REFINED.items():
        photo, painting = load_image(photos[slug].path).tensor, load_image(models[style].texture, LEARNT_EDGE).tensor
        painted = [
            apply_network(loaded, photo, config, paintings={style: [painting]}, device=device)
            for config in (ApplyConfig({style: 1}), ApplyConfig({style: 1}, refine_steps=REFINE_STEPS))
        ]
        words = (photos[slug].title, f"{models[style].title}, at once", f"{models[style].title}, refined")
        rows.append(list(zip(map(to_picture, (photo, *painted)), words, strict=True)))
    return contact_sheet(rows, cell=REFINED_CELL)


if __name__ == "__main__":
    sys.exit(main())
