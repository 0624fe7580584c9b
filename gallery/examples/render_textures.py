"""Renders textures: `python -m gallery.examples.render_textures NAME=FILE [NAME=FILE ...] [--steps NUMBER]`.

A texture has the strokes and colours of a painting and nothing that it shows (Gatys et al., NeurIPS 2015), so that what
a trained style paints can be refined where the painting itself does not ship. Each NAME, a style of trained.json, gets
`trained/<name>-texture.jpg`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import torch

from gallery.examples import NETWORK, load_catalogue
from gallery.examples.saving import jpeg
from stylize_engine.config import GatysConfig
from stylize_engine.config.inference import LEARNT_EDGE
from stylize_engine.errors import StylizeError
from stylize_engine.gatys import optimize
from stylize_engine.images import load_image, to_picture
from stylize_engine.progress import Progress

QUALITY, TEXTURE_BYTES = 90, 160_000
HEIGHT = LEARNT_EDGE * 3 // 4


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m gallery.examples.render_textures", description="Render textures of paintings."
    )
    parser.add_argument("paintings", nargs="+", metavar="NAME=FILE", help="a bundled style and its painting")
    parser.add_argument("--steps", type=int, default=300, help="steps of the search (default: 300)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1 (default auto)")
    options = parser.parse_args(arguments)
    models = {model.slug: model for model in load_catalogue().models}
    pairs = [pair.partition("=") for pair in options.paintings]
    if unknown := [name for name, _, path in pairs if name not in models or not path]:
        parser.error(f"{', '.join(unknown)}: give NAME=FILE, each NAME a style of trained.json.")
    try:
        for name, _, path in pairs:
            *_, last = search(Path(path), options.steps, options.device)
            (NETWORK.parent / f"{name}-texture.jpg").write_bytes(jpeg(to_picture(last.preview), QUALITY, TEXTURE_BYTES))
            print(f"{name}: {last.losses['style']:.3f}", flush=True)
    except StylizeError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def search(painting: Path, steps: int, device: str) -> Iterator[Progress]:
    """A texture of a painting under way, from noise, with a long edge like that of what a network learns from."""
    config = GatysConfig(image_size=LEARNT_EDGE, num_steps=steps, init="noise", content_weight=0, tv_weight=1)
    nothing = torch.full((1, 3, HEIGHT, LEARNT_EDGE), 0.5)
    return optimize(nothing, [load_image(painting, LEARNT_EDGE).tensor], config, device=device)


if __name__ == "__main__":
    sys.exit(main())
