"""Every setting of a training, with its range and what it does; what is left empty is decided by the preset."""

import re
from dataclasses import dataclass

from django import forms
from django.conf import settings

from stylize_engine.config import DEFAULT_LEARNING_RATE, POOLINGS, PRECISIONS, Architecture, TrainingConfig
from stylize_engine.layers import EXTRACTORS

STEPS = {preset: min(usual, settings.MAX_TRAINING_STEPS) for preset, usual in {"style": 200, "network": 4000}.items()}
# What a training of each kind is told where its form is left empty.
PRESETS = {
    "style": {"steps": STEPS["style"], "batch_size": 2, "report_every": 5, "sample_every": 10, "checkpoint_every": 50},
    "network": {
        "steps": STEPS["network"],
        "batch_size": 4,
        "report_every": 10,
        "sample_every": 100,
        "checkpoint_every": 250,
    },
}


@dataclass(frozen=True)
class Option:
    """A field of `TrainingConfig`, or of its `Architecture`, in the form. `least` and `most` bound a number."""

    name: str
    label: str
    help: str
    kind: type = int
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def field(self) -> forms.Field:
        """The form's field; never required."""
        default = getattr(TrainingConfig, self.name, None) or getattr(Architecture, self.name, None)
        given = {"label": self.label, "required": False, "help_text": self.help}
        if self.choices:
            choices = [("", f"as usual ({default})"), *((name, name) for name in self.choices)]
            return forms.ChoiceField(choices=choices, **given)
        if self.kind is tuple:
            return NamesField(**given)
        given["help_text"] = f"{self.help} {_range(self.least, self.most)}".strip()
        kind = forms.IntegerField if self.kind is int else forms.FloatField
        return kind(min_value=self.least, max_value=self.most, **given)


class NamesField(forms.CharField):
    """Names or numbers with commas or blanks between them; None where empty."""

    def to_python(self, value):
        return re.split(r"[\s,]+", value.strip()) if value and value.strip() else None


def _range(least: float | None, most: float | None) -> str:
    if least is None or most is None:
        return ""
    return f"{_written(least)} to {_written(most)}."


def _written(number: float) -> str:
    return f"{number:,f}".rstrip("0").rstrip(".")


LENGTH = (
    Option(
        "steps",
        "Steps",
        "How long to train. Empty: {style} for new styles, {network} for a network.".format(**STEPS),
        int,
        1,
        settings.MAX_TRAINING_STEPS,
    ),
    Option("epochs", "Epochs", "How long, in passes over the photos, where no steps are given.", int, 1, 10_000),
    Option("batch_size", "Pictures in a step", "More are steadier and slower. Empty: 2 or 4.", int, 1, 64),
    Option("image_size", "Size of crops", f"Edge in pixels; empty: {TrainingConfig.image_size}.", int, 64, 512),
    Option(
        "learning_rate",
        "Learning rate",
        "Of Adam. Empty: {base} for new styles, {new} for a network.".format(**DEFAULT_LEARNING_RATE),
        float,
        1e-6,
        1,
    ),
    Option("patience", "Patience", "End after so many checkpoints without improvement. Empty: never.", int, 1, 1000),
    Option("seed", "Seed", "The same number gives the same training; empty: 0.", int, 0, 2**32 - 1),
)
LOSSES = (
    Option("style_weight", "Style weight", "How much the painting counts; empty: 12.", float, 0, 10_000),
    Option("content_weight", "Content weight", "How much the photo counts; empty: 1.", float, 0, 10_000),
    Option("tv_weight", "Smoothness", "How much calm areas count; empty: 1.", float, 0, 10_000),
    Option("style_size", "Size of style pictures", "Long edge in pixels: larger teaches larger strokes; empty: 512.",
           int, 64, 2048),
    Option("extractor", "Loss network", "The network that compares pictures. Larger ones are slower, and paint better.",
           str, choices=tuple(EXTRACTORS)),
    Option("pooling", "Pooling", "How the loss network shrinks its layers.", str, choices=POOLINGS),
    Option("pyramid_levels", "Pyramid", "At how many sizes strokes are compared; empty: 3.", int, 1, 6),
    Option("content_layers", "Photo layers", "Empty: the loss network's own.", tuple),
    Option("style_layers", "Painting layers", "Empty: the loss network's own.", tuple),
)  # fmt: skip
REPORTS = (
    Option("sample_every", "Samples", "Steps between strips of samples.", int, 1, 100_000),
    Option("report_every", "Reports", "Steps between points of the curves.", int, 1, 100_000),
    Option("checkpoint_every", "Checkpoints", "Steps between checkpoints, each with a validation.", int, 1, 100_000),
    Option("validation_share", "Held out", "Share of the photos never trained on; empty: 0.05.", float, 0, 0.5),
    Option("precision", "Precision", "Of convolutions; auto measures which is faster.", str, choices=PRECISIONS),
)
NETWORK = (
    Option("fold", "Fold", "Edge of the squares of pixels that become channels; empty: 2.", int, 1, 4),
    Option("widths", "Widths", "Channels at each size, from the largest down; empty: 24, 64.", tuple),
    Option("blocks", "Residual blocks", "At the smallest size; empty: 5.", int, 1, 16),
    Option("edge_kernel", "Edge kernel", "Of the first and last convolution: 1, 3, 5, 7 or 9; empty: 3.", int, 1, 9),
    Option("bound", "Bound", "How far activations may go, in standard deviations; empty: 8.", float, 1, 100),
)
GROUPS = {"How long": LENGTH, "What counts": LOSSES, "Reports and checks": REPORTS, "The network (of its own)": NETWORK}
