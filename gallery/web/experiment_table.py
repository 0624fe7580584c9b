"""An experiment's trials as a table: what was varied, what came of it, and where to go on from there."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from gallery.models import Artwork, Experiment, StyleImage
from gallery.web.artwork_settings import settings_in_words
from gallery.web.gatys_settings import ADVANCED, PLAIN, strength_of, style_weight_of
from gallery.web.varied_settings import LABELS, TICKED

# Further than this from what a slider can say, a style weight is another setting.
SLIDER_PRECISION = 0.03


def varied_labels(experiment: Experiment) -> list[str]:
    """What the varied settings are called, in the order of the table's columns."""
    return [_label(name) for name in experiment.varied]


def settings_of(experiment: Experiment) -> list[tuple[str, str]]:
    """What all trials share, as label and text."""
    shared = {name: value for name, value in experiment.parameters.items() if name not in experiment.varied}
    if experiment.method == Experiment.Method.GATYS:
        return settings_in_words(Artwork.Method.GATYS, shared)
    shared.pop("architecture", None)
    return [(_label(name), _written(name, value)) for name, value in shared.items() if value is not None]


def rows_of(experiment: Experiment, pictures: Sequence[StyleImage]) -> list[dict[str, Any]]:
    """The trials of an experiment with these paintings done so far, the lowest total loss first, failed ones last."""
    return [
        {
            "trial": result["trial"],
            "cells": [(_label(name), _written(name, result["settings"].get(name))) for name in experiment.varied],
            "words": ", ".join(f"{_label(name)} {_written(name, value)}" for name, value in result["settings"].items()),
            "failed": result.get("failed"),
            "total": result.get("losses", {}).get("total"),
            "style_score": result.get("style_score"),
            "content_score": result.get("content_score"),
            "paint_address": _paint_address(experiment, pictures, result),
        }
        for result in experiment.results
    ]


def _paint_address(experiment: Experiment, pictures: Sequence[StyleImage], result: dict) -> str | None:
    """The create page with the settings of a trial; None where that page cannot say them."""
    if experiment.method != Experiment.Method.GATYS or "failed" in result:
        return None
    settings = experiment.parameters | experiment.varied_settings(result["trial"])
    weight, strength = settings["style_weight"], strength_of(settings["style_weight"])
    if abs(style_weight_of(strength) - weight) > SLIDER_PRECISION * weight:
        return None
    given = {name: settings[name] for name in (*PLAIN, *ADVANCED) if settings.get(name) is not None}
    query = {"method": "gatys", "content": experiment.content_id, "strength": strength}
    query |= {"style": [picture.pk for picture in pictures]}
    query |= {name: ", ".join(value) if isinstance(value, list) else value for name, value in given.items()}
    return f"{reverse('create:create')}?{urlencode(query, doseq=True)}"


def _label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " ").capitalize())


def _written(name: str, value: Any) -> str:
    if value is None:
        return "as usual"
    if name in TICKED:
        return TICKED[name][1].get(value, value)
    if isinstance(value, list):
        return " + ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
