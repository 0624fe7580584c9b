"""An artwork's settings as a table that needs no knowledge of the engine."""

from collections.abc import Mapping
from typing import Any

from gallery.web.create_form import EXTRACTOR_WORDS, SIZES, SMOOTHNESS, STARTS, STEPS, strength_of

COLOR_WORDS = {"none": "the painting's", "luminance": "the photo's", "histogram": "a painting in the photo's"}
OPTIMIZER_WORDS = {"adam": "Adam", "lbfgs": "L-BFGS"}


def settings_in_words(parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Rows of label and text for the fields of `GatysConfig` in `parameters`; those left to the engine are skipped."""
    rows = {
        "image_size": ("Size", lambda value: _preset(SIZES, value, f"{value} px, long edge")),
        "num_steps": ("Care", lambda value: _preset(STEPS, value, f"{value} steps")),
        "style_weight": ("Strength", lambda value: f"{strength_of(value)} of 100"),
        "init": ("Started from", lambda value: STARTS[value][0].lower()),
        "tv_weight": ("Smoothness", lambda value: _preset(SMOOTHNESS, value, f"{value:g}")),
        "extractor": ("Extractor", lambda value: EXTRACTOR_WORDS[value]),
        "scales": ("Scales", str),
        "stroke": ("Stroke size", "{:g}".format),
        "preserve_color": ("Colours", COLOR_WORDS.get),
        "optimizer": ("Optimizer", OPTIMIZER_WORDS.get),
        "learning_rate": ("Learning rate", "{:g}".format),
        "content_weight": ("Photo weight", "{:g}".format),
        "content_layers": ("Photo layers", ", ".join),
        "style_layers": ("Painting layers", ", ".join),
        "pyramid_levels": ("Pyramid levels", str),
        "pooling": ("Pooling", str),
        "precision": ("Precision", str),
        "seed": ("Seed", str),
    }
    return [
        (label, words(parameters[name])) for name, (label, words) in rows.items() if parameters.get(name) is not None
    ]


def _preset(words: Mapping[Any, tuple[str, str]], value: Any, exact: str) -> str:
    return f"{words[value][0]} ({exact})" if value in words else exact
