"""The form that asks for an experiment: pictures, what is varied, and what all trials share."""

import re
import uuid

from django import forms
from django.conf import settings

from gallery.exceptions import GalleryError
from gallery.models import ContentImage, Experiment, StyleImage, StyleNetwork
from gallery.picture_fields import ChoosesPictures, PaintingsField, PhotoField, PictureChoices
from gallery.services.experiments import MAX_PICTURES
from gallery.services.grids import DEFAULT_TRAINING_STEPS
from gallery.services.rights import check_may_train
from gallery.services.styles import base_network
from gallery.web.gatys_settings import GatysSettings
from gallery.web.picture_form import ANY_SCRIPT
from gallery.web.varied_settings import VariedSettings
from stylize_engine.config import TrainingConfig

Method = Experiment.Method
METHODS = [(Method.GATYS, "Any painting"), (Method.TRAINING, "Short trainings")]
QUICK_SIZE, QUICK_STEPS, QUICK_BATCH = 384, 50, 2
SHARED_BY_TRAININGS = ("steps", "batch_size", "image_size", "style_weight", "content_weight", "tv_weight",
                       "learning_rate")  # fmt: skip
PREFIXES = {Method.GATYS: "vary_", Method.TRAINING: "train_vary_"}


class TrainingSettings(forms.Form):
    """The fields of `TrainingConfig` that all trials share, `train_...`, and the network they begin from."""

    base = forms.ModelChoiceField(
        StyleNetwork.objects.none(),
        label="Begin from",
        required=False,
        empty_label="nothing: a new network",
        help_text="A trained network learns a style in few steps; a new one needs thousands.",
    )
    train_steps = forms.IntegerField(label="Steps", initial=DEFAULT_TRAINING_STEPS)
    train_batch_size = forms.IntegerField(label="Photos at a time", initial=QUICK_BATCH)
    train_image_size = forms.IntegerField(label="Size of the crops in pixels", initial=TrainingConfig.image_size)
    train_style_weight = forms.FloatField(label="Style weight", initial=TrainingConfig.style_weight)
    train_content_weight = forms.FloatField(label="Photo weight", initial=TrainingConfig.content_weight)
    train_tv_weight = forms.FloatField(label="Smoothness weight", initial=TrainingConfig.tv_weight)
    train_learning_rate = forms.FloatField(
        label="Learning rate", required=False, help_text="Empty: as suits what is trained."
    )

    @property
    def training_fields(self) -> list:
        return [self[name] for name in ("base", *(f"train_{name}" for name in SHARED_BY_TRAININGS))]

    def training_parameters(self) -> dict:
        """The settings as fields of `TrainingConfig`; for a form that is valid."""
        given = {name: self.cleaned_data[f"train_{name}"] for name in SHARED_BY_TRAININGS}
        return {name: value for name, value in given.items() if value is not None}


class ExperimentForm(VariedSettings, TrainingSettings, GatysSettings, ChoosesPictures):
    """Everything about a new experiment; `user` decides which pictures there are and whether trainings are offered.

    Of the settings only those of the chosen method must make sense.
    """

    request_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        max_length=120,
        required=False,
        widget=forms.TextInput(ANY_SCRIPT),
        help_text="Left empty, it is named after those of its pictures that everybody may see.",
    )
    method = forms.ChoiceField(choices=METHODS, required=False)
    content = PhotoField()
    pictures = PaintingsField()
    # As on the page: what is wrong is named from top to bottom.
    field_order = ["content", "pictures"]

    def __init__(self, *args, user, initial=None, **kwargs):
        kwargs.setdefault("label_suffix", "")
        quick = {
            "image_size": min(QUICK_SIZE, settings.MAX_ARTWORK_SIZE),
            "num_steps": min(QUICK_STEPS, settings.MAX_ARTWORK_STEPS),
            "request_id": uuid.uuid4(),
        }
        super().__init__(*args, initial=quick | (initial or {}), **kwargs)
        self.fields["content"].queryset = ContentImage.objects.offered_to(user)
        self.fields["pictures"].queryset = StyleImage.objects.offered_to(user)
        self.may_train = _may_train(user)
        if self.may_train:
            self.fields["base"].queryset = StyleNetwork.objects.checked()
            self.initial.setdefault("base", base_network())

    @property
    def chosen_method(self) -> str:
        method = self["method"].value()
        return method if self.may_train and method in PREFIXES else Method.GATYS

    @property
    def is_training(self) -> bool:
        return self.chosen_method == Method.TRAINING

    def clean(self):
        cleaned = super().clean()
        for name in list(self.errors):
            if self._of_the_other_method(name):
                del self.errors[name]
        if len(cleaned.get("pictures", ())) > MAX_PICTURES:
            self.add_error("pictures", f"Choose {MAX_PICTURES} paintings at the most.")
        cleaned["request_id"] = cleaned.get("request_id") or uuid.uuid4()
        return cleaned

    def _of_the_other_method(self, name: str) -> bool:
        trainings = name == "base" or name.startswith("train_")
        gatys = name in GatysSettings.base_fields or name.startswith("vary_")
        return gatys if self.is_training else trainings

    def wish(self) -> dict:
        """The arguments of `request_experiment`, without its pictures; for a form that is valid."""
        parameters = self.training_parameters() if self.is_training else self.gatys_parameters()
        return {
            "method": self.chosen_method,
            "parameters": parameters,
            "varied": self.varied(PREFIXES[self.chosen_method]),
            "base": self.cleaned_data["base"] if self.is_training else None,
        }

    def add_refusals(self, error: GalleryError) -> None:
        """Show what a service refused, each beside the field that holds the values, with its name on this page."""
        for field, message in error.fields.items() or [(None, error.message)]:
            self._add_refusal(message, field)

    def _add_refusal(self, message: str, field: str | None) -> None:
        varied = f"{PREFIXES[self.chosen_method]}{field}"
        shared = f"train_{field}" if self.is_training else {"style_weight": "strength"}.get(field, field)
        name = varied if self.cleaned_data.get(varied) else shared if shared in self.fields else field
        if name not in self.fields:
            self.add_error(None, message)
        else:
            self.add_error(name, re.sub(rf"^{field}\b", self[name].label, message))

    def content_choices(self) -> PictureChoices:
        return self.choices_of("content")

    def picture_choices(self) -> PictureChoices:
        return self.choices_of("pictures")


def _may_train(user) -> bool:
    try:
        check_may_train(user)
    except GalleryError:
        return False
    return True
