"""The form that asks for an artwork: pictures, styles of either kind, and the settings of the method chosen."""

import re
import uuid

from django import forms

from gallery.exceptions import GalleryError
from gallery.models import Artwork, ContentImage, StyleImage, StyleModel
from gallery.picture_fields import ChoosesPictures, PaintingsField, PhotoField, PictureChoices
from gallery.services.requests import MAX_BLENDED, why_unrefinable
from gallery.web.gatys_settings import GatysSettings
from gallery.web.network_settings import FIELDS, NetworkSettings
from gallery.web.picture_form import ANY_SCRIPT

MAX_PAINTINGS = 4
EQUAL_SHARE = 50
METHODS = [(Artwork.Method.NETWORK, "Trained style"), (Artwork.Method.GATYS, "Any painting")]
# Where the engine and this form call a setting by different names.
FORM_FIELDS = {
    Artwork.Method.GATYS: {"style_weight": "strength", "styles": "style"},
    Artwork.Method.NETWORK: {"styles": "model", "strength": "instant_strength"}
    | {engine: name for name, engine in FIELDS.items()},
}
STYLE_FIELDS = {Artwork.Method.GATYS: "style", Artwork.Method.NETWORK: "model"}


class ArtworkForm(NetworkSettings, GatysSettings, ChoosesPictures):
    """Everything about a new artwork; `user` decides which pictures and styles there are.

    Of the settings only those of the chosen method must make sense.
    """

    request_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    parent = forms.ModelChoiceField(Artwork.objects.none(), widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        max_length=120,
        required=False,
        widget=forms.TextInput(ANY_SCRIPT),
        help_text="Leave it empty and the gallery makes one up, without the names of your own pictures.",
    )
    content = PhotoField()
    method = forms.ChoiceField(choices=METHODS, widget=forms.RadioSelect, required=False)
    model = forms.ModelMultipleChoiceField(
        StyleModel.objects.none(),
        label="Trained style",
        error_messages={
            "required": "Choose a trained style.",
            "invalid_choice": "One of the trained styles is not on offer any more; choose another.",
        },
    )
    style = PaintingsField()
    # As on the page: what is wrong is named from top to bottom.
    field_order = ["content", "model", "style"]

    def __init__(self, *args, user, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.initial.setdefault("request_id", uuid.uuid4())
        self.fields["parent"].queryset = Artwork.objects.visible_to(user)
        self.fields["content"].queryset = ContentImage.objects.offered_to(user)
        self.fields["style"].queryset = StyleImage.objects.offered_to(user)
        self.fields["model"].queryset = StyleModel.objects.usable_by(user).own_first(user)
        self.initial.setdefault("method", self._first_method())

    def _first_method(self) -> str:
        """Trained styles where there are any, unless paintings were chosen already."""
        instant = self.initial.get("model") or (
            not self.initial.get("style") and self.fields["model"].queryset.exists()
        )
        return Artwork.Method.NETWORK if instant else Artwork.Method.GATYS

    @property
    def chosen_method(self) -> str:
        method = self["method"].value()
        return method if method in STYLE_FIELDS else Artwork.Method.GATYS

    @property
    def is_instant(self) -> bool:
        return self.chosen_method == Artwork.Method.NETWORK

    def clean(self):
        cleaned = super().clean()
        self._forget_the_other_method()
        # Nobody can mend a hidden field: what was remixed may have been deleted or made private meanwhile.
        self.parent_is_gone = self.errors.pop("parent", None) is not None
        cleaned.setdefault("parent", None)
        field, most = ("model", MAX_BLENDED) if self.is_instant else ("style", MAX_PAINTINGS)
        if field in cleaned:
            cleaned[field] = self._ordered(field)
            if len(cleaned[field]) > most:
                what = "trained styles" if self.is_instant else "paintings"
                self.add_error(field, f"Choose {most} {what} at the most.")
        cleaned["request_id"] = cleaned.get("request_id") or uuid.uuid4()
        return cleaned

    def _forget_the_other_method(self) -> None:
        instant = [*NetworkSettings.base_fields, "model"]
        gatys = [*GatysSettings.base_fields, "style"]
        for name in gatys if self.is_instant else instant:
            self.errors.pop(name, None)

    def _ordered(self, field: str) -> list:
        order = [str(value) for value in self[field].value()]
        return sorted(self.cleaned_data[field], key=lambda chosen: order.index(str(chosen.pk)))

    def _share(self, pk) -> int:
        source = self.data if self.is_bound else self.initial
        try:
            return min(100, max(1, int(source.get(f"share-{pk}", EQUAL_SHARE))))
        except (TypeError, ValueError):
            return EQUAL_SHARE

    def shares(self) -> list[tuple[StyleImage | StyleModel, float]]:
        """The chosen styles, each with its share as a number above 0; for a valid form."""
        chosen = self.cleaned_data[STYLE_FIELDS[self.chosen_method]]
        return [(style, float(self._share(style.pk))) for style in chosen]

    def parameters(self) -> dict:
        """The settings as fields of the configuration of the chosen method; for a form that is valid."""
        return self.network_parameters() if self.is_instant else self.gatys_parameters()

    def _refusal(self, message: str, field: str | None) -> tuple[str | None, str]:
        """What a service refused: the field of this page it is about, and the message with that field's name here."""
        name = FORM_FIELDS[self.chosen_method].get(field, field)
        if name not in self.fields:
            return None, message
        return name, re.sub(rf"^{field}\b", self[name].label, message)

    def add_refusals(self, error: GalleryError) -> None:
        """Show what a service refused, each beside its field."""
        for field, message in error.fields.items() or [(None, error.message)]:
            self.add_error(*self._refusal(message, field))

    def content_choices(self) -> PictureChoices:
        return self.choices_of("content")

    def style_choices(self) -> PictureChoices:
        choices = self.choices_of("style")
        for choice in choices:
            choice["share"] = self._share(choice["picture"].pk)
        return choices

    def model_choices(self) -> list[dict]:
        chosen = {str(value) for value in self["model"].value() or []}
        offered = self.fields["model"].queryset
        unrefinable = set(offered.unrefinable().values_list("pk", flat=True))
        return [
            {
                "picture": model,
                "chosen": str(model.pk) in chosen,
                "share": self._share(model.pk),
                "unrefinable": why_unrefinable([model]) if model.pk in unrefinable else "",
            }
            for model in offered
        ]
