"""An artwork's settings as a table that needs no knowledge of the engine."""

from collections.abc import Mapping
from typing import Any

from gallery.models import Artwork
from gallery.web.gatys_settings import ADVANCED, EXTRACTOR_WORDS, SIZES, SMOOTHNESS, STARTS, STEPS, strength_of
from gallery.web.network_settings import FINISHES, INSTANT_SIZES, STROKES

COLOR_WORDS = {"none": "the style's", "luminance": "the photo's", "histogram": "the style in the photo's"}
OPTIMIZER_WORDS = {"adam": "Adam", "lbfgs": "L-BFGS"}
TECHNICAL = frozenset(ADVANCED) - {"stroke", "preserve_color"}


def settings_in_words(method: str, parameters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Rows of label and text for the fields in `parameters`, of the configuration that `method` has; those left to
    the engine are skipped."""
    rows = _network_rows() if method == Artwork.Method.NETWORK else _gatys_rows()
    return [
        (label, words(parameters[name])) for name, (label, words) in rows.items() if parameters.get(name) is not None
    ]


def plain_and_technical(method: str, parameters: Mapping[str, Any]) -> tuple[list, list]:
    """The rows that everybody understands, and those for who knows the engine."""
    technical = {name: value for name, value in parameters.items() if name in TECHNICAL}
    plain = {name: value for name, value in parameters.items() if name not in TECHNICAL}
    return settings_in_words(method, plain), settings_in_words(method, technical)


def _network_rows() -> dict:
    return {
        "image_size": ("Size", lambda value: _preset(INSTANT_SIZES, value, f"{value} px, long edge")),
        "strength": ("Strength", lambda value: f"{round(100 * value)} of 100"),
        "refine_steps": (
            "Finish",
            lambda value: _preset(FINISHES, value, f"{value} steps" if value else "by the network"),
        ),
        "stroke": (
            "Strokes",
            lambda value: _preset(STROKES, value, "as painted" if value == 1 else f"{value:g} times"),
        ),
        "preserve_color": ("Colours", COLOR_WORDS.get),
    }


def _gatys_rows() -> dict:
    return {
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


def _preset(words: Mapping[Any, tuple[str, str]], value: Any, exact: str) -> str:
    return f"{words[value][0]} ({exact})" if value in words else exact
