"""Settings small enough for a test."""

from stylize_engine.config import GatysConfig

LAYERS = ("relu1_2", "relu2_1")
SMALL = {"content_layers": LAYERS[1:], "style_layers": LAYERS, "image_size": 64, "precision": "fp32"}


def config(**fields):
    return GatysConfig(**SMALL | {"num_steps": 6} | fields)
