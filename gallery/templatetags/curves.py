"""Losses over steps, drawn as SVG on a logarithmic scale."""

import math
from collections.abc import Mapping, Sequence

from django import template

register = template.Library()

WIDTH, HEIGHT = 400, 200
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 10, 26
NAMES = {
    "total": "Total",
    "style": "Painting",
    "content": "Photo",
    "tv": "Smoothness",
    "gamut": "Beyond the colours",
    "speckle": "Specks of colour",
    "grid": "Repeated grid",
    "validation": "Total on photos held out",
}
LAYER, LAYER_LINES = "style ", 6
SMALLEST = 1e-9


@register.inclusion_tag("curves/loss_curve.html")
def loss_curve(history: Sequence[Mapping[str, float]]) -> dict:
    """A diagram of all losses; `history` holds one mapping of a step to its losses per report."""
    return _diagram(history, NAMES)


@register.inclusion_tag("curves/loss_curve.html")
def layer_curve(history: Sequence[Mapping[str, float]]) -> dict:
    """A diagram of the style loss, a line a layer."""
    layers = dict.fromkeys(name for entry in history for name in entry if name.startswith(LAYER))
    return _diagram(history, {name: name.removeprefix(LAYER) for name in layers})


def _diagram(history: Sequence[Mapping[str, float]], labels: Mapping[str, str]) -> dict:
    """What the template draws: a line for each of the losses that `labels` names and `history` knows."""
    names = [name for name in labels if any(entry.get(name, 0) > 0 for entry in history)]
    if len(history) < 2 or not names:
        return {"lines": []}
    values = [entry[name] for entry in history for name in names if entry.get(name, 0) > 0]
    low, high = math.floor(math.log10(max(min(values), SMALLEST))), math.ceil(math.log10(max(values)))
    high = max(high, low + 1)
    first, last = history[0], history[-1]

    def place(step: float, loss: float) -> tuple[float, float]:
        across = (step - first["step"]) / max(1, last["step"] - first["step"])
        up = (math.log10(max(loss, SMALLEST)) - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    return {
        "lines": [
            {
                "name": name if name in NAMES else f"layer-{index % LAYER_LINES}",
                "label": labels[name],
                "points": _points(place(entry["step"], entry[name]) for entry in history if entry.get(name, 0) > 0),
                "last": _rounded(last.get(name, 0)),
            }
            for index, name in enumerate(names)
        ],
        "grid": [
            {"y": round(place(first["step"], 10.0**power)[1], 1), "label": f"{10.0**power:g}"}
            for power in range(low, high + 1, max(1, (high - low) // 4))
        ],
        "first_step": first["step"],
        "last_step": last["step"],
        "first_loss": _rounded(first.get(names[0], 0)),
        "last_loss": _rounded(last.get(names[0], 0)),
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "label_x": LEFT - 6,
        "baseline": HEIGHT - 8,
        "width": WIDTH,
        "height": HEIGHT,
    }


@register.inclusion_tag("curves/sparkline.html")
def sparkline(history: Sequence[Mapping[str, float]]) -> dict:
    """The total loss so far as one small line."""
    losses = [math.log10(max(entry["total"], SMALLEST)) for entry in history if "total" in entry]
    if len(losses) < 2:
        return {"points": ""}
    low, spread = min(losses), (max(losses) - min(losses)) or 1
    across = 200 / (len(losses) - 1)
    return {
        "points": _points((index * across, 46 - 42 * (loss - low) / spread) for index, loss in enumerate(losses)),
        "first": _rounded(history[0]["total"]),
        "last": _rounded(history[-1]["total"]),
    }


def _points(places) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _rounded(loss: float) -> str:
    return f"{loss:.3g}"
