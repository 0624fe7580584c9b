"""The settings of optimisation: plain words in front, the engine's own settings behind."""

import math
import re

from django import forms
from django.conf import settings

from gallery.services.workers import usable_extractors
from gallery.web.presets import offer, segments, up_to
from stylize_engine.config import POOLINGS, PRECISIONS, GatysConfig
from stylize_engine.layers import EXTRACTORS

MIDDLE_STRENGTH = 50
STRENGTH_FACTOR = 10

SIZES = {384: ("Small", "384 px"), 512: ("Medium", "512 px"), 768: ("Large", "768 px"), 1024: ("Extra", "1024 px")}
STEPS = {50: ("Sketch", "50 steps"), 150: ("Normal", "150 steps"), 400: ("Fine", "400 steps")}
SMOOTHNESS = {2.0: ("Crisp", "every grain"), 10.0: ("Even", "as usual"), 40.0: ("Smooth", "calm areas")}
STARTS = {"content": ("Photo", "true to it"), "style": ("Painting", "bolder"), "noise": ("Noise", "freest")}
EXTRACTOR_WORDS = {"slim": "slim (quick, made for this gallery)", "vgg16": "VGG-16", "vgg19": "VGG-19 (the paper's)",
                   "alexnet": "AlexNet", "resnet50": "ResNet-50"}  # fmt: skip
PLAIN = ("image_size", "num_steps", "init", "tv_weight")
ADVANCED = ("extractor", "scales", "stroke", "preserve_color", "optimizer", "learning_rate", "content_weight",
            "content_layers", "style_layers", "pyramid_levels", "pooling", "precision", "seed")  # fmt: skip


def style_weight_of(strength: float) -> float:
    """The engine's `style_weight` for a strength in [0, 100].

    50 is the engine's default; each 50 points multiply or divide it by 10: equal ways on the slider are equal ratios.
    """
    weight = GatysConfig.style_weight * STRENGTH_FACTOR ** ((strength - MIDDLE_STRENGTH) / 50)
    return float(f"{weight:.4g}")


def strength_of(style_weight: float) -> int:
    """The strength in [0, 100] that comes nearest to a `style_weight` of the engine."""
    if style_weight <= 0:
        return 0
    strength = MIDDLE_STRENGTH + 50 * math.log(style_weight / GatysConfig.style_weight, STRENGTH_FACTOR)
    return round(min(100, max(0, strength)))


def _plain(names) -> list[tuple[str, str]]:
    return [(name, name.capitalize()) for name in names]


class LayersField(forms.CharField):
    """Layer names with commas or blanks between them; None where empty, which means the extractor's own."""

    def to_python(self, value):
        return tuple(re.split(r"[\s,]+", value.strip())) if value and value.strip() else None

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list | tuple) else value


class GatysSettings(forms.Form):
    """The fields of `GatysConfig` that a person may set."""

    strength = forms.IntegerField(
        min_value=0, max_value=100, initial=MIDDLE_STRENGTH, widget=forms.NumberInput(attrs={"type": "range"})
    )
    image_size = forms.IntegerField(label="Size", initial=512, widget=forms.RadioSelect)
    num_steps = forms.IntegerField(label="Care", initial=GatysConfig.num_steps, widget=forms.RadioSelect)
    init = forms.ChoiceField(
        label="Start from", initial=GatysConfig.init, widget=forms.RadioSelect, choices=segments(STARTS)
    )
    tv_weight = forms.FloatField(label="Smoothness", initial=GatysConfig.tv_weight, widget=forms.RadioSelect)

    extractor = forms.ChoiceField(
        initial=GatysConfig.extractor, help_text="The network that compares pictures. Larger ones are slower."
    )
    scales = forms.IntegerField(
        required=False, help_text="How many sizes are painted, coarse to fine, 1 to 8. Empty: as suits the size."
    )
    stroke = forms.FloatField(
        label="Stroke size", initial=GatysConfig.stroke, help_text="2 doubles the strokes, 0.5 halves them."
    )
    preserve_color = forms.ChoiceField(
        label="Colours",
        choices=[("none", "The painting's"), ("luminance", "The photo's"), ("histogram", "A painting in the photo's")],
        initial=GatysConfig.preserve_color,
        help_text="Whose colours the picture has.",
    )
    optimizer = forms.ChoiceField(
        choices=[("lbfgs", "L-BFGS"), ("adam", "Adam")],
        initial=GatysConfig.optimizer,
        help_text="L-BFGS needs about half the steps; Adam less memory.",
    )
    learning_rate = forms.FloatField(
        required=False, help_text="How far a step goes, above 0. Empty: as suits the optimizer."
    )
    content_weight = forms.FloatField(
        label="Photo weight",
        min_value=0,
        initial=GatysConfig.content_weight,
        help_text="How much the photo's shapes count, 0 or more.",
    )
    content_layers = LayersField(label="Photo layers", required=False)
    style_layers = LayersField(label="Painting layers", required=False)
    pyramid_levels = forms.IntegerField(
        required=False, help_text="At how many sizes the strokes are compared, 1 to 6. Empty: as suits the extractor."
    )
    pooling = forms.ChoiceField(choices=_plain(POOLINGS), initial=GatysConfig.pooling, help_text="Average is softer.")
    precision = forms.ChoiceField(
        choices=_plain(PRECISIONS),
        initial=GatysConfig.precision,
        help_text="Auto takes what was measured to be fastest.",
    )
    seed = forms.IntegerField(initial=GatysConfig.seed, min_value=0, help_text="Another number gives another noise.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["extractor"].choices = [(name, EXTRACTOR_WORDS[name]) for name in usable_extractors()]
        sizes = up_to(settings.MAX_ARTWORK_SIZE, SIZES, "Largest", "px")
        steps = up_to(settings.MAX_ARTWORK_STEPS, STEPS, "Finest", "steps")
        for name, words in (("image_size", sizes), ("num_steps", steps)):
            self.fields[name].initial = min(self.fields[name].initial, max(words))
            offer(self, name, words)
        offer(self, "tv_weight", SMOOTHNESS)

    def gatys_parameters(self) -> dict:
        """The settings as fields of `GatysConfig`, without those left to the engine; for a form that is valid."""
        given = {name: self.cleaned_data[name] for name in (*PLAIN, *ADVANCED)}
        style_weight = style_weight_of(self.cleaned_data["strength"])
        return {name: value for name, value in given.items() if value is not None} | {"style_weight": style_weight}

    @property
    def advanced_fields(self) -> list:
        return [self[name] for name in ADVANCED]

    @property
    def advanced_is_open(self) -> bool:
        """Whether the folded part must be seen, because something in it is wrong."""
        return any(self[name].errors for name in ADVANCED)

    @property
    def layer_names(self) -> list[tuple[str, str]]:
        """What may be typed into the layer fields, for each extractor on offer."""
        return [(name, ", ".join(EXTRACTORS[name].names)) for name, _ in self.fields["extractor"].choices]
