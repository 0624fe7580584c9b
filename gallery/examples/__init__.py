"""What the gallery shows before anyone has uploaded anything: photographs, style pictures, trained styles and
finished artworks.

Standard library and the engine's configurations only; the pictures' sources and licences are in ATTRIBUTION.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stylize_engine.config import ApplyConfig, GatysConfig

HERE = Path(__file__).parent
NETWORK = HERE / "trained" / "network.safetensors"
# Width and height of a trained style's samples, in pixels.
COVER_SIZE, STRIP_SIZE = (480, 480), (1200, 360)
# Steps in which a trained style's picture is refined: more bring the paintings nearer, but slowly.
REFINE_STEPS = 36


@dataclass(frozen=True)
class ExamplePhoto:
    """A photograph to try; `path` is its JPEG file."""

    slug: str
    title: str
    alt: str
    credit: str
    licence: str
    source: str
    path: Path


@dataclass(frozen=True)
class ExampleStyle:
    """A style picture drawn by `gallery.examples.drawing`; `path` is its JPEG file."""

    slug: str
    title: str
    description: str
    alt: str
    path: Path


@dataclass(frozen=True)
class ExampleModel:
    """A style that `NETWORK` has learnt; `cover` and `strip` are JPEG files of photographs painted with it, and
    `texture` is one with its strokes: the picture that was drawn for it, or a texture of the painting."""

    slug: str
    title: str
    credit: str
    cover: Path
    strip: Path
    texture: Path


@dataclass(frozen=True)
class ExampleArtwork:
    """A picture rendered by `gallery.examples.render`.

    `method` is "gatys" or "network", as of an artwork of the gallery. `styles` are pairs of a style's slug, drawn or
    trained, and its share, `parameters` fields of `stylize_engine.config.GatysConfig` or `ApplyConfig` (without what
    the shares give), `losses` dictionaries with step, content, style, tv and total; of a network there are none.
    """

    slug: str
    title: str
    alt: str
    photo: str
    method: str
    styles: tuple[tuple[str, float], ...]
    parameters: dict
    seconds: float
    losses: tuple[dict, ...]
    path: Path


def configuration(method: str, shares: Mapping[str, float], parameters: Mapping[str, Any]) -> GatysConfig | ApplyConfig:
    """How an artwork is painted by `method` in these styles; see `ExampleArtwork`."""
    if method == "network":
        return ApplyConfig(shares, **parameters)
    return GatysConfig(**parameters, style_weights=tuple(shares.values()))


@dataclass(frozen=True)
class Catalogue:
    photos: tuple[ExamplePhoto, ...]
    styles: tuple[ExampleStyle, ...]
    models: tuple[ExampleModel, ...]
    artworks: tuple[ExampleArtwork, ...]


def load_catalogue() -> Catalogue:
    """Everything that is bundled and has its picture; an artwork not yet rendered is left out."""
    photos = tuple(
        ExamplePhoto(**entry, path=HERE / "photos" / f"{entry['slug']}.jpg") for entry in _read("photos.json")
    )
    styles = tuple(
        ExampleStyle(**entry, path=HERE / "styles" / f"{entry['slug']}.jpg") for entry in _read("styles.json")
    )
    models = tuple(_model(entry) for entry in _read("trained.json"))
    artworks = (_artwork(entry) for entry in _read("artworks.json"))
    return Catalogue(photos, styles, models, tuple(artwork for artwork in artworks if artwork is not None))


def _model(entry: dict) -> ExampleModel:
    name, trained = entry["slug"], NETWORK.parent
    drawn = HERE / "styles" / f"{name}.jpg"
    texture = drawn if drawn.is_file() else trained / f"{name}-texture.jpg"
    return ExampleModel(
        **entry, cover=trained / f"{name}-cover.jpg", strip=trained / f"{name}-strip.jpg", texture=texture
    )


def _artwork(entry: dict) -> ExampleArtwork | None:
    record = HERE / "artworks" / f"{entry['slug']}.json"
    if not record.is_file():
        return None
    rendered = json.loads(record.read_text(encoding="utf-8"))
    return ExampleArtwork(
        slug=entry["slug"],
        title=entry["title"],
        alt=entry["alt"],
        photo=entry["photo"],
        method=entry.get("method", "gatys"),
        styles=tuple((style["slug"], style["weight"]) for style in entry["styles"]),
        parameters=rendered["parameters"],
        seconds=rendered["seconds"],
        losses=tuple(rendered["losses"]),
        path=HERE / "artworks" / f"{entry['slug']}.jpg",
    )


def _read(name: str) -> list[dict]:
    return json.loads((HERE / name).read_text(encoding="utf-8"))
