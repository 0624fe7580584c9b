"""The settings that an experiment may vary: several values of each, typed or ticked."""

from django import forms

from gallery.web.artwork_settings import COLOR_WORDS
from gallery.web.gatys_settings import EXTRACTOR_WORDS, STARTS, usable_extractors
from stylize_engine.config import GatysConfig, TrainingConfig
from stylize_engine.config.grids import parse_values
from stylize_engine.errors import ConfigurationError

# By method the fields of its configuration: what they are called, and values that are worth a try.
GATYS = {
    "style_weight": ("Style weight", "20, 200, 2000"),
    "tv_weight": ("Smoothness weight", "2, 10, 40"),
    "num_steps": ("Steps", "50, 150"),
    "image_size": ("Size in pixels", "256, 512"),
    "stroke": ("Stroke size", "0.5, 1, 2"),
    "content_weight": ("Photo weight", "0.5, 1, 2"),
    "content_layers": ("Photo layers", "relu2_2, relu3_1, relu3_2+relu3_3"),
    "style_layers": ("Painting layers", "relu1_2+relu2_2, relu2_1+relu3_1+relu3_3"),
    "pyramid_levels": ("Pyramid levels", "1, 2, 3"),
    "learning_rate": ("Learning rate", "none, 0.5, 1"),
    "seed": ("Seed", "0, 1, 2"),
}
TRAINING = {
    "style_weight": ("Style weight", "6, 12, 24"),
    "tv_weight": ("Smoothness weight", "0.5, 1, 4"),
    "content_weight": ("Photo weight", "0.5, 1, 2"),
    "steps": ("Steps", "50, 100"),
    "learning_rate": ("Learning rate", "none, 0.01"),
    "batch_size": ("Photos at a time", "1, 2, 4"),
    "image_size": ("Size of the crops in pixels", "128, 256"),
    "content_layers": ("Photo layers", "relu2_2, relu3_2"),
    "style_layers": ("Painting layers", "relu1_2+relu2_2, relu2_1+relu3_1+relu3_3"),
    "seed": ("Seed", "0, 1"),
}
TICKED = {
    "init": ("Start from", {name: words[0] for name, words in STARTS.items()}),
    "preserve_color": ("Colours", {name: words.capitalize() for name, words in COLOR_WORDS.items()}),
    "extractor": ("Extractor", EXTRACTOR_WORDS),
}
LABELS = {name: label for name, (label, _) in {**TRAINING, **GATYS, **TICKED}.items()} | {
    "pooling": "Pooling",
    "optimizer": "Optimizer",
    "precision": "Precision",
    "scales": "Scales",
}


class ValuesField(forms.CharField):
    """Several values of one field of a configuration, with commas between them; None where there are none."""

    def __init__(self, config: type, setting: str, label: str, example: str):
        attributes = {"placeholder": f"e.g. {example}", "autocomplete": "off"}
        super().__init__(label=label, required=False, max_length=300, widget=forms.TextInput(attrs=attributes))
        self.config, self.setting = config, setting

    def clean(self, value):
        text = super().clean(value)
        try:
            return parse_values(self.config, self.setting, text) if text else None
        except ConfigurationError as error:
            sentence = str(error).removeprefix("vary: ").replace(f"for {self.setting}", "here")
            raise forms.ValidationError(sentence) from error

    def prepare_value(self, value):
        return value if value is None or isinstance(value, str) else ", ".join(map(_written, value))


class VariedSettings(forms.Form):
    """A field for each setting that may be varied: `vary_...` for optimisation, `train_vary_...` for trainings."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, (label, example) in GATYS.items():
            self.fields[f"vary_{name}"] = ValuesField(GatysConfig, name, label, example)
        for name, (label, words) in TICKED.items():
            offered = usable_extractors() if name == "extractor" else list(words)
            if len(offered) > 1:
                choices = [(value, words[value]) for value in offered]
                self.fields[f"vary_{name}"] = forms.MultipleChoiceField(
                    label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
                )
        for name, (label, example) in TRAINING.items():
            self.fields[f"train_vary_{name}"] = ValuesField(TrainingConfig, name, label, example)

    def varied(self, prefix: str) -> dict[str, list]:
        """The values given of each setting whose field begins with `prefix`; for a form that is valid."""
        given = {name: values for name, values in self.cleaned_data.items() if name.startswith(prefix) and values}
        return {name.removeprefix(prefix): values for name, values in given.items()}

    @property
    def gatys_varied_fields(self) -> list:
        return [field for field in self if field.name.startswith("vary_")]

    @property
    def training_varied_fields(self) -> list:
        return [field for field in self if field.name.startswith("train_vary_")]


def _written(value) -> str:
    return "none" if value is None else "+".join(value) if isinstance(value, list | tuple) else f"{value}"
