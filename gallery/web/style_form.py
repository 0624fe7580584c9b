"""Forms of trained styles."""

import uuid

from django import forms

from gallery.models import StyleImage
from gallery.picture_fields import ChoosesPictures, PictureChoices
from gallery.services.teaching import MAX_LESSON_PICTURES
from gallery.web.picture_form import ANY_SCRIPT


class StyleForm(forms.Form):
    """What a style is called and after whom."""

    title = forms.CharField(max_length=120, widget=forms.TextInput(ANY_SCRIPT))
    credit = forms.CharField(
        label="Painted after",
        max_length=200,
        required=False,
        widget=forms.TextInput(ANY_SCRIPT),
        help_text="Who made what it was learnt from, and when.",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, label_suffix="", **kwargs)


class LessonForm(ChoosesPictures):
    """The pictures that teach a new style; `user` decides which there are."""

    request_id = forms.UUIDField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label="Name of the style",
        max_length=120,
        required=False,
        widget=forms.TextInput(ANY_SCRIPT),
        help_text="Left empty, it is named after its picture.",
    )
    pictures = forms.ModelMultipleChoiceField(
        StyleImage.objects.none(),
        label="Picture",
        error_messages={
            "required": "Choose a picture to learn from.",
            "invalid_choice": "One of the pictures is not there any more; choose another.",
        },
    )

    def __init__(self, *args, user, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.initial.setdefault("request_id", uuid.uuid4())
        self.fields["pictures"].queryset = StyleImage.objects.offered_to(user)

    def choices(self) -> PictureChoices:
        return self.choices_of("pictures")

    def clean_pictures(self):
        pictures = self.cleaned_data["pictures"]
        if len(pictures) > MAX_LESSON_PICTURES:
            raise forms.ValidationError(f"Choose {MAX_LESSON_PICTURES} pictures at the most.")
        return pictures
