"""Renders the example artworks: `python -m gallery.examples.render [--device DEVICE] [--sheet FILE] [NAME ...]`.

What to render is in artworks.json. Each artwork becomes `artworks/<slug>.jpg` and, written last, a record
`artworks/<slug>.json` with everything it was made from and its losses; one whose record already says so is skipped.
`--sheet` adds one picture of some of them, each beside its photo and its painting.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from gallery.examples import HERE, NETWORK, configuration, load_catalogue
from gallery.examples.saving import jpeg
from stylize_engine.config import ApplyConfig, GatysConfig
from stylize_engine.config.inference import LEARNT_EDGE
from stylize_engine.devices import resolve_device
from stylize_engine.errors import StylizeError
from stylize_engine.gatys import optimize
from stylize_engine.images import load_image, to_picture
from stylize_engine.inference import apply_in_steps
from stylize_engine.networks import load_network
from stylize_engine.progress import Progress
from stylize_engine.weights import find_weights

QUALITY, MAX_BYTES = 90, 280_000
GIVEN_BY_STYLES = ("style_weights", "styles")
LOSS_POINTS = 60
SHEET_ARTWORKS = ("palace-in-points-of-light", "raccoon-by-night", "cat-in-lead-and-light", "coffee-on-batik")
SHEET_WIDTH, SHEET_GAP, SHEET_BYTES = 1100, 9, 500_000


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gallery.examples.render", description="Render the artworks.")
    parser.add_argument("--output", type=Path, default=HERE / "artworks", help="folder for the files")
    parser.add_argument("--sheet", type=Path, help="also write photos, paintings and artworks to this JPEG file")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1 (default auto)")
    parser.add_argument("names", nargs="*", metavar="NAME", help="which to render (default all)")
    options = parser.parse_args(arguments)
    entries = json.loads((HERE / "artworks.json").read_text(encoding="utf-8"))
    unknown = set(options.names) - {entry["slug"] for entry in entries}
    if unknown:
        print(f"There is no artwork called {min(unknown)!r}; artworks.json names them.", file=sys.stderr)
        return 2
    options.output.mkdir(parents=True, exist_ok=True)
    try:
        for entry in entries:
            if not options.names or entry["slug"] in options.names:
                print(f"{entry['slug']}: {_render_unless_present(entry, options.output, options.device)}", flush=True)
        if options.sheet:
            shown = [entry for slug in SHEET_ARTWORKS for entry in entries if entry["slug"] == slug]
            options.sheet.write_bytes(jpeg(sheet(shown, options.output), QUALITY, SHEET_BYTES))
    except StylizeError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _render_unless_present(entry: dict, folder: Path, device: str) -> str:
    picture, record = folder / f"{entry['slug']}.jpg", folder / f"{entry['slug']}.json"
    config = _config(entry, entry["parameters"])
    made = {"photo": entry["photo"], "styles": entry["styles"], **_weights(config)}
    present = picture.is_file() and record.is_file()
    if present and _is_made_of(json.loads(record.read_text(encoding="utf-8")), made, entry, config):
        return "already rendered"
    rendered, seconds, losses = render(entry, config, device)
    picture.write_bytes(jpeg(rendered, QUALITY, MAX_BYTES))
    kept = {field: value for field, value in config.to_dict().items() if field not in GIVEN_BY_STYLES}
    made |= {"parameters": kept, "device": resolve_device(device).type, "seconds": round(seconds, 1)}
    record.write_text(_readable(made, losses), encoding="utf-8")
    return f"{seconds:.0f} s" + "".join(f", {name} {losses[-1][name]:.3f}" for name in ("style", "content") if losses)


def _config(entry: dict, parameters: dict) -> GatysConfig | ApplyConfig:
    shares = {style["slug"]: style["weight"] for style in entry["styles"]}
    return configuration(entry.get("method", "gatys"), shares, parameters)


def _is_made_of(record: dict, made: dict, entry: dict, config: GatysConfig | ApplyConfig) -> bool:
    """Whether a record tells of just this photo, these styles, these weights and these settings."""
    same = all(record.get(name) == value for name, value in made.items())
    return same and _config(entry, record["parameters"]) == config


def _weights(config: GatysConfig | ApplyConfig) -> dict[str, str]:
    if isinstance(config, ApplyConfig):
        return {"network_sha256": hashlib.sha256(NETWORK.read_bytes()).hexdigest()}
    return {"extractor_sha256": hashlib.sha256(find_weights(config.extractor).read_bytes()).hexdigest()}


def render(entry: dict, config: GatysConfig | ApplyConfig, device: str = "auto"):
    """One entry of artworks.json as a Pillow picture, the seconds it took, and about `LOSS_POINTS` of its losses."""
    started, losses, progress = time.monotonic(), [], None
    for progress in _steps(entry, config, device):
        if progress.losses:
            rounded = {name: round(value, 5) for name, value in progress.losses.items()}
            losses.append({"step": progress.step, **rounded})
    return to_picture(progress.preview), time.monotonic() - started, losses


def _steps(entry: dict, config: GatysConfig | ApplyConfig, device: str) -> Iterator[Progress]:
    content = load_image(HERE / "photos" / f"{entry['photo']}.jpg").tensor
    if isinstance(config, ApplyConfig):
        textures = {model.slug: model.texture for model in load_catalogue().models}
        paintings = {slug: [load_image(textures[slug], LEARNT_EDGE).tensor] for slug in config.styles}
        return apply_in_steps(load_network(NETWORK), content, config, paintings=paintings, device=device)
    styles = [load_image(HERE / "styles" / f"{style['slug']}.jpg").tensor for style in entry["styles"]]
    every = max(1, config.num_steps // LOSS_POINTS)
    return optimize(content, styles, config, device=device, report_every=every)


def sheet(entries: list[dict], artworks: Path) -> Image.Image:
    """A row for each entry: its photo, its paintings and the artwork, as high as makes the row `SHEET_WIDTH` wide."""
    rows = []
    for entry in entries:
        styles = [HERE / "styles" / f"{style['slug']}.jpg" for style in entry["styles"]]
        paths = [HERE / "photos" / f"{entry['photo']}.jpg", *styles, artworks / f"{entry['slug']}.jpg"]
        rows.append(_row([Image.open(path).convert("RGB") for path in paths]))
    whole = Image.new("RGB", (SHEET_WIDTH, sum(row.height for row in rows) + SHEET_GAP * (len(rows) - 1)), "white")
    top = 0
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height + SHEET_GAP
    return whole


def _row(pictures: list[Image.Image]) -> Image.Image:
    ratios = [picture.width / picture.height for picture in pictures]
    height = round((SHEET_WIDTH - SHEET_GAP * (len(pictures) - 1)) / sum(ratios))
    row, left = Image.new("RGB", (SHEET_WIDTH, height), "white"), 0
    for picture, ratio in zip(pictures, ratios, strict=True):
        row.paste(picture.resize((round(height * ratio), height), Image.Resampling.LANCZOS), (left, 0))
        left += round(height * ratio) + SHEET_GAP
    return row


def _readable(record: dict, losses: list[dict]) -> str:
    """The record as JSON with one line for each point of the loss curve."""
    head = json.dumps(record, indent=1)[:-2]
    lines = ",\n  ".join(json.dumps(loss) for loss in losses)
    return f'{head},\n "losses": [\n  {lines}\n ]\n}}\n'


if __name__ == "__main__":
    sys.exit(main())
