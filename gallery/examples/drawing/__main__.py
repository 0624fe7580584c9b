"""The command that draws the style pictures into JPEG files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gallery.examples.drawing import PICTURES, draw
from gallery.examples.saving import jpeg

MAX_BYTES = 450_000
QUALITY = 88


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gallery.examples.drawing", description="Draw the style pictures.")
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).parents[1] / "styles", help="folder for the files"
    )
    parser.add_argument("--size", type=int, default=1024, help="long edge in pixels (default 1024)")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to draw (default all): {', '.join(PICTURES)}")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in PICTURES]
    if unknown:
        print(f"There is no picture called {unknown[0]!r}; choose from: {', '.join(PICTURES)}.", file=sys.stderr)
        return 2
    if not 64 <= options.size <= 4096:
        print(f"--size is {options.size}; give a whole number from 64 to 4096.", file=sys.stderr)
        return 2
    options.output.mkdir(parents=True, exist_ok=True)
    for name in options.names or PICTURES:
        path = options.output / f"{name}.jpg"
        path.write_bytes(jpeg(draw(name, options.size), QUALITY, MAX_BYTES))
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
