"""The form of a new training."""

import re
import uuid
from collections.abc import Iterable
from itertools import chain, count

from django import forms
from django.conf import settings
from django.utils.text import slugify

from gallery.admin.studio.options import GROUPS, NETWORK, PRESETS
from gallery.exceptions import GalleryError
from gallery.form_uploads import ACCEPTED
from gallery.models import PhotoSet, StyleImage, StyleModel, StyleNetwork
from gallery.picture_fields import ChoosesPictures, PictureChoices
from gallery.services.styles import base_network
from gallery.services.workers import usable_extractors
from gallery.sizes import size_in_words

BUNDLED = "bundled"


class PicturesInput(forms.ClearableFileInput):
    """A file input for several files; the view takes them, since a form's field cleans one."""

    allow_multiple_selected = True


class TrainingForm(ChoosesPictures):
    """What a new training learns, from what, and how; `user` decides which pictures there are.

    Fields of the settings are those of `options.GROUPS`.
    """

    request_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(max_length=120, required=False, help_text="Left empty, it is called like its styles.")
    preset = forms.ChoiceField(
        label="What to train",
        choices=[
            ("style", "New styles of a network: minutes"),
            ("network", "A network of its own: hours, better on a GPU"),
        ],
        initial="style",
        widget=forms.RadioSelect,
    )
    base = forms.ModelChoiceField(
        StyleNetwork.objects.none(), label="Network", required=False, empty_label=None,
        help_text="The network itself stays as it is: the new styles can be blended with those it has.",
    )  # fmt: skip
    pictures = forms.ModelMultipleChoiceField(StyleImage.objects.none(), required=False)
    new_pictures = forms.FileField(
        label="Add paintings", required=False, widget=PicturesInput(attrs={"accept": ACCEPTED})
    )
    together = forms.BooleanField(
        label="All pictures teach one style", required=False, help_text="Otherwise each teaches one of its own."
    )
    photos = forms.ChoiceField(label="Photos to practise on", initial=BUNDLED)
    archive = forms.FileField(label="Add photos", required=False)

    def __init__(self, *args, user, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.initial.setdefault("request_id", uuid.uuid4())
        for options in GROUPS.values():
            for option in options:
                self.fields[option.name] = option.field
        usable = {"", *usable_extractors()}
        self.fields["extractor"].choices = [pair for pair in self.fields["extractor"].choices if pair[0] in usable]
        self.fields["base"].queryset = StyleNetwork.objects.checked()
        self.initial.setdefault("base", base_network())
        self.fields["pictures"].queryset = StyleImage.objects.offered_to(user)
        self.fields["photos"].choices = photo_choices()
        self._name_limits()

    def _name_limits(self) -> None:
        pictures, archive = map(size_in_words, (settings.MAX_UPLOAD_BYTES, settings.MAX_PHOTO_SET_BYTES))
        self.fields["new_pictures"].help_text = f"JPEG, PNG, WebP, TIFF, HEIC or AVIF, up to {pictures} each."
        self.fields["archive"].help_text = f"A zip archive of JPEG, PNG or WebP files, up to {archive}."

    def choices(self) -> PictureChoices:
        return self.choices_of("pictures")

    def groups(self) -> list[tuple[str, list]]:
        """The fields of the settings by subject."""
        return [(name, [self[option.name] for option in options]) for name, options in GROUPS.items()]

    @property
    def settings_are_wrong(self) -> bool:
        """Whether something in the folded part must be seen."""
        return any(field.errors for _, fields in self.groups() for field in fields)

    def clean_widths(self):
        """Channels as whole numbers."""
        widths = self.cleaned_data["widths"]
        if widths and not all(width.isdecimal() and len(width) < 10 for width in widths):
            raise forms.ValidationError("Give whole numbers with commas between them.")
        return [int(width) for width in widths] if widths else None

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("preset") == "style" and not cleaned.get("base"):
            self.add_error("base", "Choose a network, or train one of its own.")
        return cleaned

    @property
    def chosen_base(self) -> StyleNetwork | None:
        """The network that new styles are trained for."""
        return self.cleaned_data["base"] if self.cleaned_data.get("preset") == "style" else None

    def parameters(self) -> dict:
        """The settings as fields of `TrainingConfig`; for a form that is valid."""
        preset = self.cleaned_data["preset"]
        shape = {option.name for option in NETWORK}
        given = {
            option.name: value
            for options in GROUPS.values()
            for option in options
            if (value := self.cleaned_data.get(option.name)) not in (None, "")
        }
        architecture = {name: value for name, value in given.items() if name in shape}
        usual = {name: value for name, value in PRESETS[preset].items() if name != "steps" or "epochs" not in given}
        parameters = usual | {name: value for name, value in given.items() if name not in shape}
        return parameters | ({"architecture": architecture} if architecture and preset == "network" else {})

    def add_refusals(self, error: GalleryError) -> None:
        """Show what a service refused, each beside its field."""
        for name, message in error.fields.items() or [(None, error.message)]:
            field = {"styles": "pictures", "photo_set": "photos", "folder": "photos"}.get(name, name)
            if field in self.fields:
                self.add_error(field, re.sub(rf"^{name}\b", self[field].label, message))
            else:
                self.add_error(None, message)

    def styles(self) -> dict[str, list[StyleImage]]:
        """The pictures by the name of the style they teach; for a form that is valid."""
        pictures = list(self.cleaned_data["pictures"])
        if self.cleaned_data["together"] and pictures:
            return {slugify(self.cleaned_data["title"] or pictures[0].title)[:80] or "style": pictures}
        styles: dict[str, list[StyleImage]] = {}
        for picture in pictures:
            base = slugify(picture.title)[:80] or "style"
            numbered = (f"{base}-{number}" for number in count(2))
            styles[next(name for name in chain([base], numbered) if name not in styles)] = [picture]
        return styles

    def photo_source(self) -> dict:
        """The photos chosen, as `request_training` takes them."""
        kind, _, which = self.cleaned_data["photos"].partition(":")
        if kind == "set":
            return {"photo_set": PhotoSet.objects.get(pk=which)}
        return {"folder": which} if kind == "folder" else {}


def photo_choices() -> list[tuple[str, str]]:
    """Where photos to practise on may come from."""
    sets = [(f"set:{photos.pk}", photos.title) for photos in PhotoSet.objects.all()]
    folders = [(f"folder:{folder}", f"{folder} on the server") for folder in settings.TRAINING_FOLDERS]
    return [(BUNDLED, "The bundled photos"), *sets, *folders]


class OriginForm(forms.Form):
    """Where a network comes from, before any of its styles is published."""

    title = forms.CharField(max_length=120)
    provenance = forms.CharField(label="Where it comes from", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    licence = forms.CharField(max_length=200, help_text="Of its weights, for example CC0 1.0.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)


class VersionForm(forms.Form):
    """Which style another takes the place of, one of those `published`, or none."""

    earlier = forms.ChoiceField(label="New version of", required=False)

    def __init__(self, *args, style: StyleModel, published: Iterable[StyleModel], **kwargs):
        super().__init__(*args, label_suffix="", prefix=str(style.pk), **kwargs)
        self.others = {str(other.pk): other for other in published}
        titles = [(key, other.title) for key, other in self.others.items()]
        self.fields["earlier"].choices = [("", "a style of its own"), *titles]
        self.initial["earlier"] = next((key for key, other in self.others.items() if other.family == style.family), "")

    def clean_earlier(self) -> StyleModel | None:
        """The style itself; None for a style of its own."""
        return self.others.get(self.cleaned_data["earlier"])
