"""The settings of painting with trained styles."""

from django import forms
from django.conf import settings

from gallery.examples import REFINE_STEPS
from gallery.web.presets import offer, segments, up_to
from stylize_engine.config import ApplyConfig

INSTANT_SIZES = {720: ("Small", "720 px"), 1080: ("Medium", "1080 px"), 1600: ("Large", "1600 px")}
STROKES = {0.7: ("Fine", "small strokes"), 1.0: ("Normal", "as painted"), 1.5: ("Bold", "large strokes")}
COLORS = {
    "none": ("Style", "its palette"),
    "luminance": ("Photo", "as they are"),
    "histogram": ("Mixed", "toned alike"),
}
FINISHES = {0: ("At once", "by the network alone"), REFINE_STEPS: ("Refined", "nearer to the painting")}
# The engine's names for the fields.
FIELDS = {
    "instant_finish": "refine_steps",
    "instant_size": "image_size",
    "instant_stroke": "stroke",
    "instant_color": "preserve_color",
}


class NetworkSettings(forms.Form):
    """The fields of `ApplyConfig` that a person may set."""

    instant_strength = forms.IntegerField(
        label="Strength", min_value=0, max_value=100, initial=100, widget=forms.NumberInput(attrs={"type": "range"})
    )
    instant_finish = forms.IntegerField(label="Finish", initial=ApplyConfig.refine_steps, widget=forms.RadioSelect)
    instant_size = forms.IntegerField(label="Size", widget=forms.RadioSelect)
    instant_stroke = forms.FloatField(label="Strokes", initial=ApplyConfig.stroke, widget=forms.RadioSelect)
    instant_color = forms.ChoiceField(
        label="Colours", choices=segments(COLORS), initial=ApplyConfig.preserve_color, widget=forms.RadioSelect
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        offer(self, "instant_finish", FINISHES)
        sizes = up_to(settings.MAX_ARTWORK_SIZE, INSTANT_SIZES, "Largest", "px")
        self.fields["instant_size"].initial = min(settings.DEFAULT_INSTANT_SIZE, max(sizes))
        offer(self, "instant_size", sizes)
        offer(self, "instant_stroke", STROKES)

    def network_parameters(self) -> dict:
        """The settings as fields of `ApplyConfig`; for a form that is valid."""
        given = {engine: self.cleaned_data[name] for name, engine in FIELDS.items()}
        return given | {"strength": self.cleaned_data["instant_strength"] / 100}
