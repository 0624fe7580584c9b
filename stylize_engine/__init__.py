"""Neural style transfer in PyTorch; the library behind the gallery and the command `python -m stylize_engine`.

Importing the package costs nothing: each name below is loaded, and torch with it, when it is first used.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOMES = {
    "ApplyConfig": "config",
    "GatysConfig": "config",
    "Judge": "evaluation",
    "Progress": "progress",
    "StylizeError": "errors",
    "TrainingConfig": "config",
    "apply_network": "inference",
    "load_image": "images",
    "load_network": "networks",
    "optimize": "gatys",
    "save_image": "images",
    "train": "training",
}
__all__ = sorted(_HOMES)


def __getattr__(name: str):
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
