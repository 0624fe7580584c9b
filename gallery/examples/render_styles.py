"""Renders the bundled styles' samples: `python -m gallery.examples.render_styles [--device DEVICE] [--sheet FILE]`.

Each style of trained.json gets `trained/<slug>-cover.jpg` and `trained/<slug>-strip.jpg`, painted by the bundled
network from bundled photographs; `--sheet` adds one picture of all styles beside all photographs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from PIL import Image

from gallery.examples import NETWORK, Catalogue, load_catalogue
from gallery.examples.samples import render_cover, render_strip
from gallery.examples.saving import jpeg
from stylize_engine.charts import contact_sheet
from stylize_engine.config import ApplyConfig
from stylize_engine.errors import StylizeError
from stylize_engine.images import load_image, resize, to_picture
from stylize_engine.inference import apply_network
from stylize_engine.networks import LoadedNetwork, load_network

COVER_PHOTO, STRIP_PHOTOS = "summer-palace", ("astronaut", "chelsea", "dahlia")
QUALITY, COVER_BYTES, STRIP_BYTES, SHEET_BYTES = 88, 90_000, 160_000, 2_500_000
SHEET_CELL = 240


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gallery.examples.render_styles", description="Render the samples of the bundled styles."
    )
    parser.add_argument("--network", type=Path, default=NETWORK, help="the network file (default: the bundled one)")
    parser.add_argument("--output", type=Path, default=NETWORK.parent, help="folder for the files")
    parser.add_argument("--sheet", type=Path, help="also write a sheet of styles by photographs to this JPEG file")
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


if __name__ == "__main__":
    sys.exit(main())
