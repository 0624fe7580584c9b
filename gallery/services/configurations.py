"""The engine's configurations as they are asked for: all that is wrong with the settings is told at once."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from gallery.exceptions import InvalidRequest
from gallery.models import StyleNetwork
from stylize_engine.config import Architecture, TrainingConfig, check_own_architecture
from stylize_engine.errors import ConfigurationError

OF_ANOTHER_KIND = "A setting has a value of another kind than it takes."


def configured(
    kind: type,
    parameters: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    limits: Mapping[str, int],
    own: Iterable[str] = (),
    refused: Mapping[str, str] | None = None,
) -> Any:
    """The configuration `kind` with `parameters`, those asked for, and those `given`, which the gallery decides.

    Nobody may ask for those of `own`. `limits` says how large settings may be here, and are where the engine's own
    default is larger; `refused` holds what else is known to be wrong, in a sentence by field. Raises `InvalidRequest`,
    which names each field that is.
    """
    names = [field.name for field in fields(kind) if field.name not in own]
    refused = unknown_settings(parameters, names, "parameters") | dict(refused or {})
    known = {name: value for name, value in parameters.items() if name in names}
    asked = lowered_defaults(kind, limits) | known | given
    try:
        config = kind(**asked)
        asked = vars(config)
    except ConfigurationError as error:
        refused = error.refused | refused
    except TypeError:
        refused.setdefault("parameters", OF_ANOTHER_KIND)
        asked = {}
    comparable = {name: value for name, value in asked.items() if name not in refused}
    if refused := refused | beyond_limits(comparable, limits):
        raise InvalidRequest.of(refused)
    return config


def lowered_defaults(kind: type, limits: Mapping[str, int]) -> dict[str, int]:
    """The settings of a configuration whose default is larger than this gallery allows, each with what it allows."""
    return {field: limits[field] for field in beyond_limits(vars(kind), limits)}


def beyond_limits(settings: Mapping[str, Any], limits: Mapping[str, int]) -> dict[str, str]:
    """What is larger than this gallery allows: a sentence by field."""
    return {
        field: f"{field} may be {limit} at the most in this gallery."
        for field, limit in limits.items()
        if (settings.get(field) or 0) > limit
    }


def check_architecture(config: TrainingConfig, base: StyleNetwork | None) -> None:
    """Raises `InvalidRequest` where a training on a network asks for another architecture than that one has."""
    if base is None or "architecture" not in base.manifest:
        return
    try:
        own = Architecture(**base.manifest["architecture"])
        check_own_architecture(config.architecture, own, f"“{base.title}”")
    except ConfigurationError as error:
        raise InvalidRequest.of(error.refused) from error


def unknown_settings(given: Iterable[str], known: Sequence[str], field: str) -> dict[str, str]:
    """What is no setting: by `field` a sentence for each, with the nearest one there is, or all; else nothing."""
    sentences = [_unknown(name, known) for name in given if name not in known]
    return {field: " ".join(sentences)} if sentences else {}


def _unknown(name: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}."
    return f"There is no setting {name!r}; {hint}"
