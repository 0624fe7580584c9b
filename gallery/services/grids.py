"""Whether the grid of an experiment makes sense: every combination is asked of the engine before anything is queued."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from itertools import product
from typing import Any

from django.conf import settings

from gallery.exceptions import InvalidRequest
from gallery.models import Experiment, StyleNetwork
from gallery.services.configurations import (
    OF_ANOTHER_KIND,
    beyond_limits,
    check_architecture,
    lowered_defaults,
    unknown_settings,
)
from gallery.services.workers import missing_weights
from stylize_engine.config import GatysConfig, TrainingConfig
from stylize_engine.errors import ConfigurationError

CONFIGURATIONS = {Experiment.Method.GATYS: GatysConfig, Experiment.Method.TRAINING: TrainingConfig}
DEFAULT_TRAINING_STEPS = min(100, settings.MAX_TRAINING_STEPS)
# What the worker sets itself: pictures, files, how often it looks, and that a training is short.
SET_BY_WORKER = {
    Experiment.Method.GATYS: set(),
    Experiment.Method.TRAINING: {
        "dataset", "styles", "output", "base", "start", "samples", "extractor_weights", "epochs", "keep_epochs",
        "checkpoint_every", "sample_every", "report_every", "resume",
    },
}  # fmt: skip
Configuration = GatysConfig | TrainingConfig


def setting_names(method: str) -> list[str]:
    """The settings of a method that `parameters` may hold and that may be varied."""
    return [field.name for field in fields(CONFIGURATIONS[method]) if field.name not in SET_BY_WORKER[method]]


def default_parameters(method: str) -> dict[str, Any]:
    """The settings of a method with the values they have when nothing else is asked for."""
    return _kept(method, _base(method, {}, None))


def shared_settings(method: str, parameters: Mapping[str, Any], base: StyleNetwork | None) -> dict[str, Any]:
    """All settings that trials with these `parameters` share, whichever weights workers have. Raises
    `InvalidRequest`."""
    if unknown := unknown_settings(parameters, setting_names(method), "parameters"):
        raise InvalidRequest.of(unknown)
    return _kept(method, _configured(lambda: _base(method, parameters, base)))


def checked_grid(
    method: str,
    pictures: int,
    parameters: Mapping[str, Any],
    varied: Mapping[str, Sequence[Any]],
    *,
    base: StyleNetwork | None,
) -> tuple[dict[str, Any], list[Configuration]]:
    """All settings that the trials share, and the configuration of each trial, within the limits of this gallery.

    `pictures` is how many paintings there are, and `base` the network that trainings begin from, if any. Raises
    `InvalidRequest`, which names the setting at fault.
    """
    names = setting_names(method)
    if unknown := unknown_settings(parameters, names, "parameters") | unknown_settings(varied, names, "varied"):
        raise InvalidRequest.of(unknown)
    _check_size(varied)
    shared = _configured(lambda: _base(method, parameters, base))
    combinations = [dict(zip(varied, values, strict=True)) for values in product(*varied.values())]
    trials = [_configured(lambda settings=settings: replace(shared, **settings)) for settings in combinations]
    for trial in trials:
        _check_limits(trial, pictures)
        check_architecture(trial, base)
    return _kept(method, shared), trials


def _check_size(varied: Mapping[str, Sequence[Any]]) -> None:
    for name, values in varied.items():
        if not values:
            raise InvalidRequest(f"{name} has no values to try; give some or leave it out.", field=name)
    count = math.prod(len(values) for values in varied.values())
    if count < 2:
        raise InvalidRequest("Vary at least one setting: give it two values or more.", field="varied")
    if count > settings.MAX_TRIALS:
        raise InvalidRequest(
            f"These values make {count} trials; {settings.MAX_TRIALS} are the most in this gallery, so name fewer.",
            field="varied",
        )
    # Last, for it compares each with each; values may be lists, which no set can hold.
    for name, values in varied.items():
        if any(value in values[:index] for index, value in enumerate(values)):
            raise InvalidRequest(f"{name} has a value twice; give each once.", field=name)


def _base(method: str, parameters: Mapping[str, Any], base: StyleNetwork | None) -> Configuration:
    parameters = {**lowered_defaults(CONFIGURATIONS[method], _limits()), **parameters}
    if method == Experiment.Method.GATYS:
        return GatysConfig(**parameters)
    # Only names: the worker puts the files in their place.
    files = {"dataset": "photos", "styles": {"style": ["style"]}, "output": "output", "base": "base" if base else None}
    return TrainingConfig(**{"steps": DEFAULT_TRAINING_STEPS, **parameters, **files})


def _kept(method: str, config: Configuration) -> dict[str, Any]:
    return {name: value for name, value in config.to_dict().items() if name in setting_names(method)}


def _configured(make) -> Configuration:
    try:
        return make()
    except ConfigurationError as error:
        raise InvalidRequest.of(error.refused) from error
    except (TypeError, ValueError) as error:
        raise InvalidRequest(OF_ANOTHER_KIND, field="varied") from error


def _limits() -> dict[str, int]:
    return {
        "image_size": settings.MAX_ARTWORK_SIZE,
        "num_steps": settings.MAX_ARTWORK_STEPS,
        "steps": settings.MAX_TRAINING_STEPS,
    }


def _check_limits(config: Configuration, pictures: int) -> None:
    if getattr(config, "steps", 0) is None:
        raise InvalidRequest("steps says how long each trial trains; give a number.", field="steps")
    if refused := beyond_limits(vars(config), _limits()) | missing_weights(config.extractor):
        raise InvalidRequest.of(refused)
    shares = getattr(config, "style_weights", None)
    if shares is not None and len(shares) != pictures:
        message = f"style_weights needs a number for each of the {pictures} paintings."
        raise InvalidRequest(message, field="style_weights")
